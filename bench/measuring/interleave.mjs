import { join } from "node:path";
import { runChild } from "./child.mjs";
import { whereIs } from "./tools.mjs";

/**
 * What is measured: `name`, `command` (a list, or a shell's line), and where they matter `needs` (programs), `stdin`,
 * `stdout`, `env`, `limitSeconds`, `runs` (fewer than the others), `before` and `after` (not timed; `after` checks what
 * the run left and throws). `reports` is for what may fail: the failure is a result.
 */

const inShell = (line) => ["bash", "-c", `set -o pipefail; ${line}`];

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const largest = (values) => (values.some((value) => value === null) ? null : Math.max(...values));
const middleOf = (values) => (values.some((value) => value === null) ? null : median(values));

/** Why a command was not measured, or the figures of all of its runs together. */
function summary(contestant, runs, problem) {
  const { name } = contestant;
  if (problem !== null) return { name, problem };
  const walls = runs.map(({ wallSeconds }) => wallSeconds);
  return {
    name,
    problem: null,
    runs: runs.length,
    seconds: median(walls),
    spread: [Math.min(...walls), Math.max(...walls)],
    cpuSeconds: middleOf(runs.map(({ cpuSeconds }) => cpuSeconds)),
    peakBytes: largest(runs.map(({ peakBytes }) => peakBytes)),
  };
}

const missing = ({ needs = [] }) => {
  const programs = needs.filter((program) => whereIs(program) === null);
  return programs.length === 0 ? null : `${programs.join(", ")} not installed`;
};

/** What a failed command said, on one line of a table. */
function firstWords(stderr) {
  const line = stderr.split("\n").find((text) => text.trim() !== "") ?? "";
  return line
    .replaceAll(/[|`<>]/g, " ")
    .trim()
    .slice(0, 160);
}

async function runOnce(contestant, folder) {
  const { command, stdin, stdout, env, limitSeconds, before, after, reports = false } = contestant;
  await before?.();
  const argv = typeof command === "string" ? inShell(command) : command;
  const usageFile = join(folder, "usage");
  const measured = await runChild(argv, { stdin, stdout, env, limitSeconds, usageFile });
  const problem =
    measured.code === null
      ? `did not finish within ${limitSeconds} s`
      : measured.code === 0
        ? null
        : `ended with ${measured.code} after ${measured.wallSeconds.toFixed(1)} s: ${firstWords(measured.stderr)}`;
  if (problem !== null && !reports) throw new Error(`${contestant.name} ${problem}`);
  if (problem === null) await after?.();
  return { measured, problem };
}

/**
 * Runs all in turn, and all in turn again: A B C A B C …, so that what else the machine does hits all alike. Gives one
 * summary for each, in order.
 */
export async function interleave(contestants, { runs, folder }) {
  const states = contestants.map((contestant) => ({ contestant, done: [], problem: missing(contestant) }));
  for (let round = 0; round < runs; round++) {
    for (const state of states) {
      if (state.problem !== null || round >= (state.contestant.runs ?? runs)) continue;
      const { measured, problem } = await runOnce(state.contestant, folder);
      state.done.push(measured);
      state.problem = problem;
    }
  }
  return states.map(({ contestant, done, problem }) => summary(contestant, done, problem));
}

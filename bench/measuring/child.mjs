import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { whereIs } from "./tools.mjs";

const TIME = whereIs("time");

/** GNU time's own account of a child, its waited-for children included: null where GNU time is not installed. */
function usageFrom(file) {
  const line = readFileSync(file, "utf8").trim().split("\n").at(-1);
  const [user, system, peakKib] = line.split(" ").map(Number);
  return { cpuSeconds: user + system, peakBytes: peakKib * 1024 };
}

/**
 * Runs a command to its end, or to `limitSeconds`: wall seconds of the whole process, processor seconds and peak memory
 * by the kernel's account of it, exit code (null where it was stopped), and what it wrote to stderr.
 *
 * `stdin` and `stdout` are files, or null for nothing; `usageFile` is where GNU time writes.
 */
export async function runChild(command, { stdin = null, stdout = null, env = {}, limitSeconds = 900, usageFile }) {
  const timed = TIME === null || usageFile === undefined ? [] : [TIME, "-q", "-o", usageFile, "-f", "%U %S %M"];
  if (timed.length > 0) writeFileSync(usageFile, "");
  const [program, ...args] = [...timed, ...command];
  const input = stdin === null ? "ignore" : openSync(stdin, "r");
  const output = stdout === null ? "ignore" : openSync(stdout, "w");
  try {
    const began = performance.now();
    // A group of its own: a pipeline that takes too long is stopped as a whole.
    const options = { stdio: [input, output, "pipe"], detached: true, env: { ...process.env, ...env } };
    const child = spawn(program, args, options);
    const errors = [];
    child.stderr.on("data", (chunk) => errors.push(chunk));
    let stopped = false;
    const timer = setTimeout(() => {
      stopped = true;
      process.kill(-child.pid, "SIGKILL");
    }, limitSeconds * 1000);
    const code = await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exit) => resolve(exit));
    });
    const wallSeconds = (performance.now() - began) / 1000;
    clearTimeout(timer);
    const usage = timed.length > 0 && !stopped ? usageFrom(usageFile) : { cpuSeconds: null, peakBytes: null };
    return { wallSeconds, ...usage, code: stopped ? null : code, stderr: Buffer.concat(errors).toString() };
  } finally {
    if (typeof input === "number") closeSync(input);
    if (typeof output === "number") closeSync(output);
  }
}

/** Runs what is not measured. Fails as the command does. */
export async function run(...command) {
  const { code, stderr } = await runChild(command, {});
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${stderr}`);
}

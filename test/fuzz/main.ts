import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { isImgweighError } from "../../packages/core/src/errors.ts";
import { Broken, type Part, type Place, requirePrintable } from "./part.ts";
import { layers } from "./parts/archives.ts";
import { fixes, images } from "./parts/programs.ts";
import { registries } from "./parts/registries.ts";
import { baselines, configurations, databases, dockerfiles, shell } from "./parts/texts.ts";
import { Random } from "./random.ts";

/* One run of the campaign, in a process of its own: scripts/fuzz.mjs starts it, and ends it where it hangs. */

const PARTS: readonly Part[] = [
  layers,
  images,
  fixes,
  databases,
  shell,
  dockerfiles,
  configurations,
  baselines,
  registries,
];

interface Options {
  readonly seed: number;
  readonly runs: number;
  readonly seconds: number;
  readonly part: string | null;
}

interface Tally {
  executions: number;
  read: number;
  longestMs: number;
  longestSeed: number;
}

/** No execution may take longer: the bound of every hostile input. */
const MOST_MS = 10_000;

/** The parts in turn, as often as their weights say. */
function* turns(random: Random, only: string | null): Generator<Part> {
  const parts = PARTS.filter(({ name }) => only === null || name === only);
  if (parts.length === 0) throw new Error(`no part ${only}: ${PARTS.map(({ name }) => name).join(", ")}`);
  const whole = parts.reduce((sum, { weight }) => sum + weight, 0);
  for (;;) {
    let left = random.next() * whole;
    let part = parts[0] as Part;
    for (const next of parts) {
      part = next;
      left -= next.weight;
      if (left < 0) break;
    }
    yield part;
  }
}

function emptied(place: Place): void {
  for (const name of readdirSync(place.directory)) rmSync(join(place.directory, name), { recursive: true });
  for (const name of readdirSync(place.cache)) rmSync(join(place.cache, name), { recursive: true });
}

async function execute(part: Part, seed: number, place: Place): Promise<boolean> {
  try {
    return await part.run(new Random(seed), place);
  } catch (error) {
    if (!isImgweighError(error)) throw error;
    requirePrintable(error.message, `the message of ${error.code}`);
    if (error.hint !== null) requirePrintable(error.hint, `the hint of ${error.code}`);
    return false;
  }
}

async function campaign({ seed, runs, seconds, part: only }: Options): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), "imgweigh-fuzz-"));
  const place = { directory: join(root, "input"), cache: join(root, "cache") };
  mkdirSync(place.directory);
  mkdirSync(place.cache);
  const tallies = new Map<string, Tally>();
  const order = turns(new Random(seed), only);
  const began = performance.now();
  let failures = 0;
  let highest = 0;
  try {
    for (let i = 0; i < runs && performance.now() - began < seconds * 1000; i++) {
      const part = order.next().value as Part;
      const own = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(i + 1, 0x85ebca6b)) >>> 0;
      process.send?.({ part: part.name, seed: own });
      const tally = tallies.get(part.name) ?? { executions: 0, read: 0, longestMs: 0, longestSeed: 0 };
      tallies.set(part.name, tally);
      const start = performance.now();
      try {
        if (await execute(part, runs === 1 ? seed : own, place)) tally.read++;
        const left = readdirSync(root).filter((name) => name !== "input" && name !== "cache");
        if (left.length > 0) throw new Broken(`files outside of the cache: ${left.join(", ")}`);
      } catch (error) {
        failures++;
        const what = error instanceof Error ? (error instanceof Broken ? error.message : error.stack) : String(error);
        console.log(`FAILED --part ${part.name} --seed ${runs === 1 ? seed : own} --runs 1\n  ${what}`);
      }
      const ms = performance.now() - start;
      tally.executions++;
      if (ms > tally.longestMs) Object.assign(tally, { longestMs: ms, longestSeed: own });
      if (ms > MOST_MS) {
        failures++;
        console.log(`SLOW --part ${part.name} --seed ${own} --runs 1: ${Math.round(ms)} ms`);
      }
      highest = Math.max(highest, process.memoryUsage.rss());
      emptied(place);
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  console.log(`seed ${seed}, ${Math.round((performance.now() - began) / 1000)} s, Node ${process.version}`);
  console.log("| part | executions | read | refused | longest | its seed |\n|---|---:|---:|---:|---:|---:|");
  for (const [name, { executions, read, longestMs, longestSeed }] of [...tallies].sort())
    console.log(
      `| ${name} | ${executions} | ${read} | ${executions - read} | ${Math.round(longestMs)} ms | ${longestSeed} |`,
    );
  const all = [...tallies.values()].reduce((sum, { executions }) => sum + executions, 0);
  console.log(`${all} executions, ${failures} failed, highest memory ${Math.round(highest / 1e6)} MB`);
  return failures;
}

process.exitCode = (await campaign(JSON.parse(process.argv[2] as string) as Options)) > 0 ? 1 : 0;

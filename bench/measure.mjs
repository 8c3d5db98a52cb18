import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PROGRAM = here("../packages/cli/bin/imgweigh.js");
const PRELOAD = pathToFileURL(here("resource-usage.mjs")).href;

export async function finished(child) {
  const errors = [];
  child.stderr?.on("data", (chunk) => errors.push(chunk));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`${child.spawnargs.join(" ")} ended with ${code}: ${Buffer.concat(errors)}`);
  return Buffer.concat(errors).toString();
}

/** Wall seconds of `start`, whose standard input is the file, or nothing. */
export async function timed(stdin, start) {
  const input = stdin === null ? "ignore" : openSync(stdin, "r");
  try {
    const began = performance.now();
    const printed = await finished(start(input));
    return { wallSeconds: (performance.now() - began) / 1000, printed };
  } finally {
    if (stdin !== null) closeSync(input);
  }
}

/** Wall and processor seconds and the peak of the whole program, start-up included; `cache` is a directory or null. */
export async function measureAnalysis(target, { stdin = null, cache = null, folder }) {
  const usage = join(folder, "usage.json");
  const env = { ...process.env, NODE_OPTIONS: `--import=${PRELOAD}`, IMGWEIGH_USAGE_FILE: usage };
  const cached = cache === null ? ["--no-cache"] : [];
  const args = [PROGRAM, "analyze", target, "--quiet", "--limit", "10", "--format", "json", ...cached];
  const { wallSeconds } = await timed(stdin, (input) =>
    spawn(process.execPath, args, {
      env: { ...env, ...(cache !== null && { IMGWEIGH_CACHE_DIR: cache }) },
      stdio: [input, "ignore", "pipe"],
    }),
  );
  return { wallSeconds, ...JSON.parse(await readFile(usage, "utf8")) };
}

export const seconds = (value) => value.toFixed(2);
export const mebibytes = (bytes) => (bytes === null ? "-" : (bytes / 2 ** 20).toFixed(0));
export const megabytes = (bytes) => (bytes / 1e6).toFixed(0);

export function printTable(head, rows) {
  const lines = [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows].map((row) => `| ${row.join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}

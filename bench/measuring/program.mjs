import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runChild } from "./child.mjs";

/** Files of their own for each: several may be prepared at once. */
let targets = 0;

/** The built program, as it is installed. */
export const PROGRAM = fileURLToPath(new URL("../../packages/cli/bin/imgweigh.js", import.meta.url));

const analyze = (target, options) => [
  process.execPath,
  PROGRAM,
  "analyze",
  target,
  "--format",
  "json",
  "--quiet",
  ...options,
];

async function digestOf(file) {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

/** Runs the program untimed; its JSON lies in `stdout` then. */
async function reference(command, { stdin, stdout, env }) {
  const { code, stderr } = await runChild(command, { stdin, stdout, env });
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${stderr}`);
}

/** What a run without contents has in common with one that read everything. */
const skeletonOf = ({ sizes, layers }) =>
  JSON.stringify({
    contentBytes: sizes.contentBytes,
    rootfsBytes: sizes.rootfsBytes,
    layers: layers.map(({ index, diffId, entries, contentBytes, liveBytes, deletedBytes, opaqueHiddenBytes }) => [
      [index, diffId, entries],
      [contentBytes, liveBytes, deletedBytes, opaqueHiddenBytes],
    ]),
  });

/**
 * The program on one target, to be measured by `interleave`; every run's JSON is compared with that of an untimed run on
 * the same target that reads and verifies everything, one layer after the other. Without contents (`--no-verify`) it is
 * compared with an untimed run of its own kind, and that with the verified one where neither needs contents.
 *
 * `cache` is a directory, or null for none.
 */
export async function weighing({ name, target, stdin = null, cache = null, verify = true, folder, ...rest }) {
  const number = targets++;
  const expected = join(folder, `expected-${number}.json`);
  const stdout = join(folder, `output-${number}.json`);
  await reference(analyze(target, ["--verify", "--no-cache", "--concurrency", "1"]), { stdin, stdout: expected });
  if (!verify) {
    const whole = skeletonOf(JSON.parse(await readFile(expected, "utf8")));
    await reference(analyze(target, ["--no-verify", "--no-cache", "--concurrency", "1"]), { stdin, stdout: expected });
    const skimmed = skeletonOf(JSON.parse(await readFile(expected, "utf8")));
    if (skimmed !== whole) throw new Error(`${name}: what needs no contents differs from the verified run's`);
  }
  const digest = await digestOf(expected);
  await rm(expected);
  const after = async () => {
    if ((await digestOf(stdout)) !== digest) throw new Error(`${name}: its JSON differs from the verified run's`);
    await rm(stdout);
  };
  const options = [...(verify ? [] : ["--no-verify"]), ...(cache === null ? ["--no-cache"] : [])];
  const env = cache === null ? {} : { IMGWEIGH_CACHE_DIR: cache };
  return { name, command: analyze(target, options), stdin, stdout, env, after, ...rest };
}

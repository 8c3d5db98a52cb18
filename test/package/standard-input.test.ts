import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildImage } from "../support/image-builder.ts";
import { file, filler } from "../support/tar-bytes.ts";
import { cleanEnvironment, ROOT, run } from "./workspace.ts";

const PROGRAM = join(ROOT, "packages/cli/bin/imgweigh.js");
const ARGUMENTS = [PROGRAM, "analyze", "--no-cache", "--format", "json", "-q"];
const BEFORE = Buffer.from("what somebody else has read of it already\n");

let folder: string;
let fromPath: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "imgweigh-stdin-"));
  const entries = [file("srv/app", filler(3_000_000)), file("srv/other", filler(70_001, 2))];
  const tar = buildImage({
    names: ["acme/api:1"],
    layers: [{ entries }, { entries: entries.slice(1) }],
  }).asDockerArchive();
  await writeFile(join(folder, "api.tar"), tar);
  await writeFile(join(folder, "behind.tar"), Buffer.concat([BEFORE, tar]));
  fromPath = (await run(process.execPath, [...ARGUMENTS, "./api.tar"], { cwd: folder })).stdout;
  execFileSync("mkfifo", [join(folder, "pipe")]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the program with an open file as its standard input, which it closes in the end. */
async function analyzeOf(stdin: number, meanwhile: (child: { kill(signal: "SIGINT"): void }) => Promise<void>) {
  const child = spawn(process.execPath, [...ARGUMENTS, "-"], {
    stdio: [stdin, "pipe", "pipe"],
    env: cleanEnvironment(),
  });
  const output = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => {
    output.stdout += chunk;
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    output.stderr += chunk;
  });
  try {
    const closed = once(child, "close");
    await meanwhile(child);
    const [code] = await closed;
    return { ...output, code };
  } finally {
    child.kill("SIGKILL");
    closeSync(stdin);
  }
}

const nothing = async (): Promise<void> => {};

describe("standard input, as the process has it", { timeout: 60_000 }, () => {
  test("a file is read as one that is named", async () => {
    const ended = await analyzeOf(openSync(join(folder, "api.tar"), "r"), nothing);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout === fromPath).toBe(true);
  });

  test("a file of which somebody has read the beginning goes on from there", async () => {
    // dd takes byte by byte, so no more than it was told to.
    const script = `(dd status=none bs=1 count=${BEFORE.length} >/dev/null; exec "$@") < ./behind.tar`;
    const ended = await run("sh", ["-c", script, "sh", process.execPath, ...ARGUMENTS, "-"], { cwd: folder });
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout === fromPath).toBe(true);
  });

  test.each([
    ["at once", 1_000_000_000, 0],
    ["in pieces, with pauses", 450_001, 20],
  ])("a pipe that is filled %s", async (_, pieceBytes, pauseMs) => {
    const pipe = join(folder, "pipe");
    const [writing, stdin] = [await open(pipe, "r+"), openSync(pipe, "r")];
    const tar = execFileSync("cat", [join(folder, "api.tar")], { maxBuffer: 2 ** 25 });
    const ended = await analyzeOf(stdin, async () => {
      for (let at = 0; at < tar.length; at += pieceBytes) {
        await writing.writeFile(tar.subarray(at, at + pieceBytes));
        await setTimeout(pauseMs);
      }
      await writing.close();
    });
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout === fromPath).toBe(true);
  });

  test("a pipe in which nothing comes can be left", async () => {
    const stdin = openSync(join(folder, "pipe"), "r+");
    const ended = await analyzeOf(stdin, async (child) => {
      await setTimeout(1_000);
      child.kill("SIGINT");
    });
    expect(ended).toMatchObject({ code: 130, stdout: "" });
  });

  test("nothing at all is no image", async () => {
    const ended = await analyzeOf(openSync("/dev/null", "r"), nothing);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain("standard input is empty");
  });
});

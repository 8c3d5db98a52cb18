import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PNPM, ROOT, ran, reachesRegistry, run } from "./workspace.ts";

const online = await reachesRegistry();

describe.skipIf(!online)("a fresh clone", () => {
  let folder: string;
  let clone: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "imgweigh-clone-"));
    clone = join(folder, "imgweigh");
    // What is committed, not what lies about: a file that was forgotten is missing here too.
    await ran("git", ["clone", "--quiet", "--no-local", "--depth", "1", `file://${ROOT}`, clone], { cwd: folder });
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  // What is said on stderr is npm's and pnpm's affair.
  const imgweigh = (args: readonly string[]) => run("npx", [...PNPM, "-s", "imgweigh", ...args], { cwd: clone });

  test("the very first output is the program's own: nothing but JSON, though all has to be installed and built", async () => {
    const { code, stdout, stderr } = await imgweigh(["demo", "--format", "json"]);
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, source: { kind: "demo", verified: "blob" } });
  }, 240_000);

  test("so is the second", async () => {
    const { code, stdout, stderr } = await imgweigh(["demo", "--format", "json"]);
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1 });
  }, 60_000);

  test("exit codes pass through", async () => {
    expect((await imgweigh(["--no-such-flag"])).code).toBe(2);
    expect((await imgweigh(["analyze", "./nowhere.tar"])).code).toBe(3);
  }, 60_000);

  test("relative paths count from where the command was typed", async () => {
    const elsewhere = join(clone, "packages/core");
    await mkdir(elsewhere, { recursive: true });
    const generate = join(ROOT, "bench/generate.mjs");
    await ran(process.execPath, [generate, "--out", "here.tar", "--files", "3"], { cwd: elsewhere });
    const typed = await run("npx", [...PNPM, "-s", "-w", "imgweigh", "analyze", "./here.tar", "--format", "json"], {
      cwd: elsewhere,
    });
    expect(typed).toMatchObject({ code: 0 });
    expect(JSON.parse(typed.stdout)).toMatchObject({ sizes: { contentBytes: 3000 } });
  }, 60_000);
});

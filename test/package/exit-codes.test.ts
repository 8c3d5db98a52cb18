import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFaultServer } from "../support/fault-server.ts";
import { buildImage } from "../support/image-builder.ts";
import { file } from "../support/tar-bytes.ts";
import { cleanEnvironment, ROOT, run } from "./workspace.ts";

const PROGRAM = join(ROOT, "packages/cli/bin/imgweigh.js");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "imgweigh-exit-"));
  const image = buildImage({ names: ["acme/api:1"], layers: [{ entries: [file("srv/app", "x".repeat(1000))] }] });
  await writeFile(join(folder, "api.tar"), image.asDockerArchive());
  await writeFile(join(folder, "cut.tar"), image.asDockerArchive().subarray(0, 2000));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the exit code of imgweigh check", { timeout: 60_000 }, () => {
  test.each([
    ["0: the limit is met exactly", ["./api.tar", "--max", "1000"], 0],
    ["1: a budget is exceeded", ["./api.tar", "--max", "999"], 1],
    ["2: there is no such flag", ["./api.tar", "--maximum", "999"], 2],
    ["2: nothing says what is wanted", [], 2],
    ["2: a limit that is none", ["./api.tar", "--max", "big"], 2],
    ["2: a baseline is required", ["./api.tar", "--max-increase", "1%", "--require-baseline"], 2],
    ["3: there is no such image", ["./nowhere.tar", "--max", "999"], 3],
    ["3: the image is broken", ["./cut.tar", "--max", "999"], 3],
  ])("%s", async (_, args, code) => {
    for (const CI of ["", "true"]) {
      const ended = await run(process.execPath, [PROGRAM, "check", ...args], { cwd: folder, env: { CI } });
      expect(ended.code, ended.stderr).toBe(code);
    }
  });

  /** Ctrl-C once the program has come so far as to wait. */
  async function interrupted(args: readonly string[], waits: () => Promise<void>) {
    const env = { ...cleanEnvironment(), IMGWEIGH_CACHE_DIR: join(folder, "cache") };
    const child = spawn(process.execPath, [PROGRAM, "check", ...args, "--max", "1MB"], { cwd: folder, env });
    try {
      let stdout = "";
      child.stdout.on("data", (chunk: Buffer) => {
        stdout += chunk;
      });
      const closed = once(child, "close");
      await waits();
      child.kill("SIGINT");
      const [code, signal] = await closed;
      return { code, signal, stdout };
    } finally {
      child.kill("SIGKILL");
    }
  }

  test("130: interrupted while a registry keeps it waiting", async () => {
    let asked: () => void;
    const waits = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const registry = await startFaultServer({
      backend: () => {
        asked();
        return new Promise(() => {});
      },
    });
    try {
      const ended = await interrupted([`registry:${registry.host}/acme/api:1`], () => waits);
      expect(ended).toEqual({ code: 130, signal: null, stdout: "" });
      await registry.idle();
    } finally {
      await registry.close();
    }
  });

  test("130: interrupted while standard input stands still", async () => {
    // Long enough to be waiting for input.
    const ended = await interrupted(["-"], () => new Promise((resolve) => setTimeout(resolve, 3000)));
    expect(ended).toEqual({ code: 130, signal: null, stdout: "" });
  });
});

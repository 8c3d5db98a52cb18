import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, watch } from "node:fs";
import { join } from "node:path";
import { analyzeImage } from "@imgweigh/core";
import { formatJson } from "@imgweigh/core/report";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtImages } from "./built-images.ts";
import { docker, hasEngine, imgweigh, PROGRAM, ROOT, ran, temporaryDirectory } from "./tools.ts";

const TIMES = 20;

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let count = 0;
beforeAll(async () => {
  folder = await temporaryDirectory();
});
afterAll(() => folder.remove());

function freshDirectory(): string {
  const directory = join(folder.path, `cache-${count++}`);
  mkdirSync(join(directory, "layers"), { recursive: true });
  return directory;
}

async function generate(name: string, ...options: readonly string[]): Promise<string> {
  const path = join(folder.path, name);
  await ran(process.execPath, [join(ROOT, "bench/generate.mjs"), "--out", path, ...options]);
  return path;
}

async function jsonOf(args: readonly string[], directory: string): Promise<string> {
  const options = { env: { IMGWEIGH_CACHE_DIR: directory } };
  const { code, stdout, stderr } = await imgweigh(["analyze", ...args, "--format", "json"], options);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.toString();
}

/** Weighs it here: the result, and whether any of it had to be read. */
async function weighHere(archive: string, directory: string): Promise<{ json: string; read: boolean }> {
  let read = false;
  const analysis = await analyzeImage(`oci-archive:${archive}`, {
    cache: { directory },
    onProgress: ({ type }) => {
      if (type === "read") read = true;
    },
  });
  return { json: formatJson(analysis), read };
}

const temporary = (directory: string): string[] =>
  readdirSync(join(directory, "layers")).filter((name) => name.endsWith(".tmp"));

describe("many processes and one cache", () => {
  test(`two fill it at the same time, ${TIMES} times`, async () => {
    const archive = await generate("small.tar", "--layers", "6", "--files", "300", "--compression", "gzip");
    const target = [`oci-archive:${archive}`];
    const cold = await jsonOf([...target, "--no-cache"], freshDirectory());
    for (let time = 0; time < TIMES; time++) {
      const directory = freshDirectory();
      const both = await Promise.all([jsonOf(target, directory), jsonOf(target, directory)]);
      expect(both).toEqual([cold, cold]);
      expect(temporary(directory)).toEqual([]);
      expect(await weighHere(archive, directory)).toEqual({ json: cold, read: false });
    }
  });

  test(`one is killed in the middle of a write, ${TIMES} times`, async () => {
    const archive = await generate("many.tar", "--files", "15000", "--bytes", "10", "--compression", "gzip");
    const target = [`oci-archive:${archive}`];
    const cold = await jsonOf([...target, "--no-cache"], freshDirectory());
    let leftBehind = 0;
    for (let time = 0; time < TIMES; time++) {
      const directory = freshDirectory();
      await killWhileWriting(target, directory);
      if (temporary(directory).length > 0) leftBehind++;
      // What it left is of no use to anybody, and in nobody's way.
      expect((await weighHere(archive, directory)).json).toBe(cold);
      expect(await weighHere(archive, directory)).toEqual({ json: cold, read: false });
    }
    // A busy machine may deliver the signal only when all is written; not every time.
    expect(leftBehind).toBeGreaterThan(0);
  });
});

/** Runs the program until it begins to write an entry, and kills it there and then. */
async function killWhileWriting(target: readonly string[], directory: string): Promise<void> {
  const watcher = watch(join(directory, "layers"));
  const args = [PROGRAM, "analyze", ...target, "--quiet", "--format", "json"];
  const env = { ...process.env, IMGWEIGH_CACHE_DIR: directory };
  const child: ChildProcess = spawn(process.execPath, args, { env, stdio: "ignore" });
  try {
    watcher.on("change", (_, name) => {
      if (String(name).endsWith(".tmp")) child.kill("SIGKILL");
    });
    await once(child, "exit");
  } finally {
    watcher.close();
  }
}

describe.skipIf(!hasEngine)("an engine", () => {
  /** How often the engine saved an image, as it tells itself. */
  async function saves(id: string, since: number): Promise<number> {
    const until = String(Math.ceil(Date.now() / 1000) + 1);
    const period = ["--since", String(since), "--until", until];
    const filters = ["--filter", "event=save", "--filter", `image=${id}`];
    const events = await docker("events", ...period, ...filters, "--format", "{{.Action}}");
    return events.toString().split("\n").filter(Boolean).length;
  }

  test("is asked to save an image once", async () => {
    const image = (await builtImages()).images[0] as string;
    const name = `docker:${image}`;
    const id = (await docker("image", "inspect", "--format", "{{.ID}}", image)).toString().trim();
    const cold = await jsonOf([name, "--no-cache"], freshDirectory());
    const directory = freshDirectory();
    expect(await jsonOf([name], directory)).toBe(cold);
    expect(existsSync(join(directory, "layers"))).toBe(true);
    // Events are told by the second.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const since = Math.floor(Date.now() / 1000);
    expect(await jsonOf([name], directory)).toBe(cold);
    expect(await saves(id, since)).toBe(0);
    expect(await jsonOf([name, "--verify"], directory)).toBe(cold);
    expect(await saves(id, since)).toBe(1);
  });
});

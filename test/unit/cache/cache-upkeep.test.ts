import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "../../../packages/cli/src/run.ts";
import { cacheDirectory, clearCache, inspectCache, pruneCache } from "../../../packages/core/src/doors/config.ts";
import { formatJson } from "../../../packages/core/src/doors/report.ts";
import { analyzeImage, ImgweighError } from "../../../packages/core/src/index.ts";
import { temporaryDirectory, temporaryFile } from "../../support/analyze-files.ts";
import { FakeHost, type Transcript } from "../../support/fake-host.ts";
import { buildImage } from "../../support/image-builder.ts";
import { file, filler } from "../../support/tar-bytes.ts";

const BLOCK = 4096;

/** A file that passes for an entry by its name; last used so many seconds ago. */
function entry(directory: string, name: string, bytes: number, secondsAgo: number): string {
  mkdirSync(join(directory, "layers"), { recursive: true });
  const path = join(directory, "layers", name);
  writeFileSync(path, Buffer.alloc(bytes));
  const used = Date.now() / 1000 - secondsAgo;
  utimesSync(path, used, used);
  return path;
}

const named = (digit: string, kind: string): string => `${digit.repeat(64)}.${kind}`;

describe("where the cache is", () => {
  const at = (env: Record<string, string>, os = "linux") => cacheDirectory({ env, cwd: "/here", os });

  test.each<[Record<string, string>, string | null]>([
    [{ IMGWEIGH_CACHE_DIR: "/c", XDG_CACHE_HOME: "/x", HOME: "/h" }, "/c"],
    [{ IMGWEIGH_CACHE_DIR: "c/d", HOME: "/h" }, "/here/c/d"],
    [{ IMGWEIGH_CACHE_DIR: "", XDG_CACHE_HOME: "/x", HOME: "/h" }, "/x/imgweigh"],
    [{ XDG_CACHE_HOME: "relative", HOME: "/h" }, "/h/.cache/imgweigh"],
    [{ XDG_CACHE_HOME: "", HOME: "/h" }, "/h/.cache/imgweigh"],
    [{ HOME: "/h", LOCALAPPDATA: "/local" }, "/h/.cache/imgweigh"],
    [{ HOME: "h" }, null],
    [{}, null],
  ])("%j", (env, directory) => {
    expect(at(env)).toBe(directory);
  });

  test("on Windows", () => {
    expect(at({ LOCALAPPDATA: "/local", HOME: "/h" }, "win32")).toBe("/local/imgweigh/cache");
  });
});

describe("the bound", () => {
  test("is kept by removing what was not used for longest", async () => {
    const directory = temporaryDirectory();
    const oldest = entry(directory, named("a", "layer"), 3 * BLOCK, 300);
    const older = entry(directory, named("b", "blob"), 1, 200);
    const young = entry(directory, named("c", "layer"), 2 * BLOCK, 100);
    // Six blocks in all; what takes a byte takes a block of the disk.
    expect(await inspectCache({ directory, maxBytes: 1 })).toEqual({
      directory,
      maxBytes: 1,
      entries: 3,
      bytes: 6 * BLOCK,
      kinds: {
        layer: { entries: 2, bytes: 5 * BLOCK },
        blob: { entries: 1, bytes: BLOCK },
        file: { entries: 0, bytes: 0 },
        image: { entries: 0, bytes: 0 },
      },
    });
    expect(await pruneCache({ directory, maxBytes: 6 * BLOCK })).toMatchObject({ removedEntries: 0 });
    expect(await pruneCache({ directory, maxBytes: 6 * BLOCK - 1 })).toEqual({
      directory,
      removedEntries: 1,
      removedBytes: 3 * BLOCK,
    });
    expect([oldest, older, young].map(existsSync)).toEqual([false, true, true]);
    await pruneCache({ directory, maxBytes: 0 });
    expect(readdirSync(join(directory, "layers"))).toEqual([]);
  });

  test("is kept while images are weighed: what was used last stays", async () => {
    const directory = temporaryDirectory();
    // Each layer's index takes a few blocks.
    const archives = Array.from({ length: 6 }, (_, i) => {
      const entries = Array.from({ length: 100 }, (_unused, n) => file(`${i}/${n}`, filler(10, n)));
      return temporaryFile("i.tar", buildImage({ layers: [{ entries, compression: "gzip" }] }).asOciArchive());
    });
    await new Promise((resolve) => setTimeout(resolve, 120));
    const reads = async (path: string, maxBytes: number): Promise<boolean> => {
      let read = false;
      await analyzeImage(path, {
        cache: { directory, maxBytes },
        onProgress: ({ type }) => {
          if (type === "read") read = true;
        },
      });
      return read;
    };
    await reads(archives[0] as string, 2 ** 30);
    const each = (await inspectCache({ directory })).bytes;
    const bound = 3 * each;
    for (const path of archives.slice(1)) {
      await reads(path, bound);
      // The first one is used every time.
      expect(await reads(archives[0] as string, bound)).toBe(false);
      expect((await inspectCache({ directory })).bytes).toBeLessThanOrEqual(bound);
    }
    expect(await reads(archives[5] as string, bound)).toBe(false);
    expect(await reads(archives[1] as string, bound)).toBe(true);
  });

  test("of nothing keeps nothing", async () => {
    const directory = temporaryDirectory();
    const path = temporaryFile("i.tar", buildImage({ layers: [{ entries: [file("a", "1")] }] }).asOciArchive());
    const cold = formatJson(await analyzeImage(path));
    expect(formatJson(await analyzeImage(path, { cache: { directory, maxBytes: 0 } }))).toBe(cold);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("that is none is a mistake of the caller", async () => {
    const directory = temporaryDirectory();
    await expect(inspectCache({ directory, maxBytes: Number.NaN })).rejects.toThrow(TypeError);
    await expect(analyzeImage("demo:", { cache: { directory, maxBytes: -1 } })).rejects.toThrow(TypeError);
  });
});

describe("upkeep", () => {
  const TEMPORARY = `${named("d", "layer")}.4711-0123456789ab.tmp`;

  test("removes what a killed writer left, once nobody can be writing it any more", async () => {
    const directory = temporaryDirectory();
    const path = entry(directory, TEMPORARY, 10, 300);
    expect((await inspectCache({ directory })).entries).toBe(0);
    await pruneCache({ directory });
    expect(existsSync(path)).toBe(true);
    entry(directory, TEMPORARY, 10, 3600);
    expect(await pruneCache({ directory })).toMatchObject({ removedEntries: 1 });
    expect(existsSync(path)).toBe(false);
  });

  test("clears everything of ours and nothing else", async () => {
    const directory = temporaryDirectory();
    entry(directory, named("a", "image"), 10, 0);
    entry(directory, TEMPORARY, 10, 0);
    const foreign = [entry(directory, "notes.txt", 10, 0), entry(directory, `${"a".repeat(63)}.layer`, 10, 0)];
    writeFileSync(join(directory, "beside"), "");
    expect(await clearCache({ directory })).toMatchObject({ removedEntries: 2 });
    expect(readdirSync(join(directory, "layers")).length).toBe(2);
    expect(foreign.every(existsSync)).toBe(true);
    expect(existsSync(join(directory, "beside"))).toBe(true);
  });

  test("leaves no empty folder", async () => {
    const directory = temporaryDirectory();
    entry(directory, named("a", "image"), 10, 0);
    await clearCache({ directory });
    expect(readdirSync(directory)).toEqual([]);
    expect(statSync(directory).isDirectory()).toBe(true);
  });

  test("of a directory that is not there finds nothing, and does not make it", async () => {
    const directory = join(temporaryDirectory(), "not", "there");
    expect(await inspectCache({ directory })).toMatchObject({ entries: 0, bytes: 0 });
    expect(await pruneCache({ directory })).toMatchObject({ removedEntries: 0 });
    expect(await clearCache({ directory })).toMatchObject({ removedEntries: 0 });
    expect(existsSync(directory)).toBe(false);
  });

  test("of what is no directory fails", async () => {
    const directory = temporaryFile("file", Buffer.alloc(1));
    for (const call of [inspectCache, pruneCache, clearCache]) {
      const error = await call({ directory }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ImgweighError);
      expect(error).toMatchObject({ code: "FILE_UNREADABLE", details: { path: directory } });
    }
  });
});

describe("imgweigh cache", () => {
  async function imgweigh(args: readonly string[], env: Record<string, string>): Promise<Transcript> {
    const host = new FakeHost(args, { cwd: "/", env });
    return host.transcript(await run(host));
  }

  test("tells what is there, prunes and clears", async () => {
    const directory = temporaryDirectory();
    const env = { IMGWEIGH_CACHE_DIR: directory };
    entry(directory, named("a", "layer"), 2 * BLOCK, 100);
    entry(directory, named("b", "blob"), 1, 50);
    expect(await imgweigh(["cache", "info"], env)).toEqual({
      stdout: `${directory}\n  12.3 kB of at most 1.07 GB in 2 files\n  1 layer (8.19 kB), 1 blob (4.10 kB), 0 verified files, 0 images\n`,
      stderr: "",
      code: 0,
    });
    const json = await imgweigh(["cache", "info", "--format", "json", "--cache-size", "1MB"], env);
    expect(JSON.parse(json.stdout)).toMatchObject({ directory, maxBytes: 1_000_000, entries: 2, bytes: 12_288 });
    expect((await imgweigh(["cache", "prune", "--cache-size", "4096"], env)).stdout).toBe(
      `${directory}\n  removed 1 file, 8.19 kB\n`,
    );
    expect((await imgweigh(["cache", "clear"], env)).stdout).toBe(`${directory}\n  removed 1 file, 4.10 kB\n`);
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each([
    [["cache", "shrink"], { HOME: "/h" }, 'action wants info, prune, clear, not "shrink"'],
    [["cache"], { HOME: "/h" }, "cache wants info, prune or clear"],
    [["cache", "info", "--cache-size", "much"], { HOME: "/h" }, "--cache-size wants bytes"],
    [["cache", "info"], {}, "IMGWEIGH_CACHE_DIR"],
  ])("%j is a usage error", async (args, env, message) => {
    const { code, stderr } = await imgweigh(args, env as Record<string, string>);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test("is where analyze keeps layers, but for --no-cache", async () => {
    const directory = temporaryDirectory();
    const env = { IMGWEIGH_CACHE_DIR: directory };
    const path = temporaryFile("i.tar", buildImage({ layers: [{ entries: [file("a", "1")] }] }).asOciArchive());
    const cold = await imgweigh([path, "--no-cache", "-f", "json"], env);
    expect(readdirSync(directory)).toEqual([]);
    expect(await imgweigh([path, "-f", "json"], env)).toEqual(cold);
    expect(readdirSync(join(directory, "layers")).length).toBeGreaterThan(0);
    expect(await imgweigh([path, "-f", "json"], env)).toEqual(cold);
    const noted = await imgweigh([path, "-f", "json"], { IMGWEIGH_CACHE_DIR: "/dev/null/x" });
    expect(noted).toMatchObject({ stdout: cold.stdout, code: 0 });
    expect(noted.stderr).toMatch(/^imgweigh: cache \/dev\/null\/x not used: [^\n]*\n$/);
  });

  test("is not for demo, which is made anew each time", async () => {
    const directory = temporaryDirectory();
    await imgweigh(["demo", "-f", "json"], { IMGWEIGH_CACHE_DIR: directory });
    expect(readdirSync(directory)).toEqual([]);
  });
});

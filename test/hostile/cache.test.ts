import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { type AnalyzeOptions, analyzeImage } from "@imgweigh/core";
import { formatJson } from "@imgweigh/core/report";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { errorOf, temporaryDirectory } from "../support/analyze-files.ts";
import { bounded } from "../support/bounded.ts";
import { buildImage } from "../support/image-builder.ts";
import { file, filler, symlink } from "../support/tar-bytes.ts";

const image = buildImage({
  layers: [
    { entries: [file("etc/os-release", "ID=alpine\n"), file("a", filler(3000))], compression: "gzip" },
    { entries: [file("b", filler(2000, 2)), symlink("c", "b")], compression: "zstd-frames" },
  ],
});

let archive: string;
let json: string;
let full: string;

/** A user who owns nothing. */
const NOBODY = 65_534;

interface Run {
  readonly json: string;
  readonly notes: readonly string[];
  /** Something of the image was read. */
  readonly read: boolean;
}

async function weigh(directory: string, options: AnalyzeOptions = {}): Promise<Run> {
  const notes: string[] = [];
  let read = false;
  const analysis = await analyzeImage(archive, {
    cache: { directory },
    onProgress: (event) => {
      if (event.type === "cache") notes.push(event.note);
      if (event.type === "read") read = true;
    },
    ...options,
  });
  return { json: formatJson(analysis), notes, read };
}

const folder = (directory: string): string => join(directory, "layers");
const names = (directory: string): string[] => readdirSync(folder(directory)).sort();

function copyOf(directory: string): string {
  const copy = temporaryDirectory();
  mkdirSync(folder(copy));
  for (const name of names(directory)) copyFileSync(join(folder(directory), name), join(folder(copy), name));
  return copy;
}

// A file that was changed just now is not relied on.
const settle = (): Promise<void> => sleep(120);

beforeAll(async () => {
  archive = join(temporaryDirectory(), "image.tar");
  writeFileSync(archive, image.asOciArchive());
  await settle();
  full = temporaryDirectory();
  json = (await weigh(full)).json;
  expect(await weigh(full)).toEqual({ json, notes: [], read: false });
});

test("two layers have a file each, and so have their blobs and what was verified of the archive", () => {
  const kinds = names(full).map((name) => name.replace(/^[0-9a-f]{64}\./, ""));
  expect(kinds.sort()).toEqual(["blob", "blob", "file", "file", "layer", "layer"]);
});

describe("a file of the cache", () => {
  let outside: string;
  beforeEach(() => {
    outside = join(temporaryDirectory(), "outside");
    writeFileSync(outside, "not the cache's");
    utimesSync(outside, 1_000_000, 1_000_000);
  });

  const DAMAGES: Record<string, (path: string, others: readonly string[]) => void> = {
    "that is empty": (path) => truncateSync(path, 0),
    "that is cut": (path) => truncateSync(path, statSync(path).size - 1),
    "of zeros": (path) => writeFileSync(path, Buffer.alloc(statSync(path).size)),
    "of noise": (path) => writeFileSync(path, filler(5000, 9)),
    "with one bit wrong": (path) => {
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 16;
      writeFileSync(path, bytes);
    },
    "that is longer than the whole cache may be": (path) => truncateSync(path, 2 ** 33),
    "that stands under another's name": (path, [other = ""]) => copyFileSync(other, path),
    "that is a directory": (path) => {
      rmSync(path);
      mkdirSync(path);
      writeFileSync(join(path, "inside"), "x");
    },
    "that is a link to a file outside": (path) => {
      rmSync(path);
      symlinkSync(outside, path);
    },
    "that is a link to itself": (path) => {
      rmSync(path);
      symlinkSync(path, path);
    },
    "that is a link to the right bytes": (path) => {
      const moved = join(temporaryDirectory(), "moved");
      renameSync(path, moved);
      symlinkSync(moved, path);
    },
    "that nobody may read": (path) => chmodSync(path, 0),
    "that is a pipe": (path) => {
      rmSync(path);
      execFileSync("mkfifo", [path]);
    },
  };

  test.each(Object.entries(DAMAGES))("%s is dropped and read again", async (_, damage) => {
    for (const kind of [".layer", ".blob", ".file"]) {
      const name = names(full).find((one) => one.endsWith(kind)) ?? "";
      const directory = copyOf(full);
      const others = names(full).filter((other) => other !== name && other.endsWith(kind));
      damage(
        join(folder(directory), name),
        others.map((other) => join(folder(full), other)),
      );
      const run = await bounded(() => weigh(directory));
      // Whoever may do everything may read that one too.
      if (damage !== DAMAGES["that nobody may read"]) expect(run, name).toMatchObject({ read: true });
      expect(run, name).toMatchObject({ json, notes: [] });
      // Then it is as good as new, and the rest of the disk as it was.
      expect(names(directory)).toEqual(names(full));
      for (const entry of names(directory)) expect(statSync(join(folder(directory), entry)).isFile()).toBe(true);
      expect((await weigh(directory)).read).toBe(false);
      expect(readFileSync(outside, "utf8")).toBe("not the cache's");
      expect(statSync(outside).mtimeMs).toBe(1_000_000_000);
    }
  });

  test("that is no entry is left alone", async () => {
    const directory = copyOf(full);
    writeFileSync(join(folder(directory), "README"), "mine");
    expect(await weigh(directory)).toEqual({ json, notes: [], read: false });
    expect(readFileSync(join(folder(directory), "README"), "utf8")).toBe("mine");
  });
});

describe("a directory that cannot be used is told of once, and the image is weighed", () => {
  test.each<[string, (directory: string) => string]>([
    [
      "below a file",
      (directory) => {
        writeFileSync(join(directory, "file"), "");
        return join(directory, "file", "cache");
      },
    ],
    [
      "that is a file",
      (directory) => {
        writeFileSync(join(directory, "file"), "");
        return join(directory, "file");
      },
    ],
    [
      "with a file for its folder",
      (directory) => {
        writeFileSync(folder(directory), "");
        return directory;
      },
    ],
    ["below a device", () => "/dev/null/cache"],
    ["in a file system of the kernel", () => "/proc/imgweigh"],
    ["with a name that no file system takes", () => `/tmp/${"x".repeat(300)}`],
  ])("%s", async (_, make) => {
    const run = await weigh(make(temporaryDirectory()));
    expect({ ...run, notes: run.notes.length }).toEqual({ json, notes: 1, read: true });
    expect(run.notes[0]).toMatch(/^not used: /);
  });

  test("whose folder is a link elsewhere: nothing is written there", async () => {
    const directory = temporaryDirectory();
    const elsewhere = temporaryDirectory();
    symlinkSync(elsewhere, folder(directory));
    const run = await weigh(directory);
    expect({ ...run, notes: run.notes.length }).toEqual({ json, notes: 1, read: true });
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test("that may only be read: what it has is used", async () => {
    const directory = copyOf(full);
    // What is loaded when first needed is loaded now: a user of no rights may not see where it lies.
    expect((await weigh(directory)).read).toBe(false);
    execFileSync("chmod", ["-R", "a-w,a+rX", directory]);
    execFileSync("chmod", ["a+rx", dirname(directory), dirname(archive)]);
    const isRoot = process.geteuid?.() === 0;
    // For root, everything may be written.
    if (isRoot) process.seteuid?.(NOBODY);
    try {
      expect(() => writeFileSync(join(directory, "x"), "")).toThrow("EACCES");
      expect(await weigh(directory)).toEqual({ json, notes: [], read: false });
    } finally {
      if (isRoot) process.seteuid?.(0);
      execFileSync("chmod", ["-R", "u+w", directory]);
    }
  });
});

describe("a local file counts as verified while it looks as it did", () => {
  let own: string;
  let directory: string;
  beforeEach(async () => {
    own = archive;
    archive = join(temporaryDirectory(), "image.tar");
    copyFileSync(own, archive);
    await settle();
    directory = temporaryDirectory();
    expect((await weigh(directory)).read).toBe(true);
    expect((await weigh(directory)).read).toBe(false);
    return () => {
      archive = own;
    };
  });

  /** The archive with a content byte of its first layer changed; its length stays. */
  function tampered(): Buffer {
    const bytes = readFileSync(archive);
    const blob = image.layers[0]?.blob as Buffer;
    const at = bytes.indexOf(blob) + (blob.length >> 1);
    bytes[at] = (bytes[at] as number) ^ 1;
    return bytes;
  }

  test("not when it was changed, its length and time of modification put back", async () => {
    const { atime, mtime, size } = statSync(archive);
    writeFileSync(archive, tampered());
    utimesSync(archive, atime, mtime);
    expect(statSync(archive).mtimeMs).toBeCloseTo(mtime.getTime(), -1);
    expect(statSync(archive).size).toBe(size);
    for (const pause of [0, 120]) {
      await sleep(pause);
      const error = await errorOf(weigh(directory));
      expect(["DIGEST_MISMATCH", "ARCHIVE_MALFORMED", "ARCHIVE_TRUNCATED"]).toContain(error.code);
    }
  });

  test("not when another stands in its place", async () => {
    const { atime, mtime } = statSync(archive);
    const other = `${archive}.new`;
    writeFileSync(other, tampered());
    utimesSync(other, atime, mtime);
    renameSync(other, archive);
    await settle();
    await errorOf(weigh(directory));
  });

  test("not when only its time changed; then it is read once", async () => {
    utimesSync(archive, 5_000_000, 5_000_000);
    await settle();
    expect(await weigh(directory)).toEqual({ json, notes: [], read: true });
    expect(await weigh(directory)).toEqual({ json, notes: [], read: false });
  });

  test("not under --verify, which trusts nothing", async () => {
    expect(await weigh(directory, { verify: true })).toEqual({ json, notes: [], read: true });
  });

  test("a copy elsewhere is read, though its layers are known", async () => {
    archive = join(temporaryDirectory(), "copy.tar");
    copyFileSync(own, archive);
    await settle();
    expect((await weigh(directory)).read).toBe(true);
  });

  test("one file of a layout that changed is read, the others are not", async () => {
    archive = image.writeOciLayout(temporaryDirectory());
    await settle();
    await weigh(directory);
    expect((await weigh(directory)).read).toBe(false);
    const { digest, blob } = image.layers[0] as (typeof image.layers)[0];
    writeFileSync(join(archive, "blobs", digest.replace(":", "/")), blob);
    const totals = new Set<number | null>();
    await weigh(directory, {
      onProgress: (event) => {
        if (event.type === "read") totals.add(event.totalBytes);
      },
    });
    expect([...totals]).toEqual([blob.length]);
  });
});

describe("--no-verify", () => {
  test("keeps nothing, and looks nothing up", async () => {
    const directory = temporaryDirectory();
    const bare = await analyzeImage(archive, { verify: false });
    expect((await weigh(directory, { verify: false })).json).toBe(formatJson(bare));
    expect(readdirSync(directory)).toEqual([]);
    expect((await weigh(full, { verify: false })).json).toBe(formatJson(bare));
    expect((await weigh(full)).json).toBe(json);
  });
});

describe("limits hold for layers out of the cache", () => {
  test.each([
    ["maxEntries", 1],
    ["maxTotalBytes", 4000],
    ["maxPathBytes", 5],
  ] as const)("%s", async (limit, value) => {
    const limits = { [limit]: value };
    const error = await errorOf(weigh(full, { limits }));
    expect(error.details).toMatchObject({ limit });
    expect(error.message).toBe((await errorOf(analyzeImage(archive, { limits }))).message);
  });

  test("what is captured with another limit is another layer", async () => {
    const directory = copyOf(full);
    const limits = { maxCapturedFileBytes: 4 };
    const cut = formatJson(await analyzeImage(archive, { limits }));
    expect((await weigh(directory, { limits })).json).toBe(cut);
    expect((await weigh(directory, { limits })).json).toBe(cut);
    expect((await weigh(directory)).json).toBe(json);
  });
});

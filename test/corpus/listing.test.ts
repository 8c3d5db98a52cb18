import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { loadImage } from "../../packages/core/src/analyze.ts";
import { weigh } from "../../packages/core/src/ledger/ledger.ts";
import { listPath } from "../../packages/core/src/ledger/listing.ts";
import { resolveSource } from "../../packages/core/src/source/resolve-source.ts";
import { temporaryDirectory } from "../support/analyze-files.ts";
import { has, run } from "../support/programs.ts";

/** Sums of directories as `du` would count them on what umoci unpacks: an inode once. */
const IMAGES = join(import.meta.dirname, "..", "..", "..", "shared", "corpus", "images");
const NAMES = [
  "alpine-3.20.docker.tar",
  "alpine-3.7.docker.tar.gz",
  "directory-whiteout.docker.tar",
  "go-on-scratch.docker.tar",
  "rewrites-and-hardlinks.docker.tar",
  "stale-apk-index.docker.tar.gz",
] as const;
const canRun = existsSync(join(IMAGES, NAMES[0])) && has("umoci") && has("skopeo");

interface Sums {
  bytes: number;
  /** A file of it has paths elsewhere: where it counts is not told by the disk. */
  isShared: boolean;
}

/** What lies at and below each directory on disk, by path. */
function sumsOf(root: string): Map<string, Sums> {
  const sums = new Map<string, Sums>();
  const enter = (path: string): { inodes: Map<number, number>; links: number } => {
    const inodes = new Map<number, number>();
    let links = 0;
    let names = 0;
    for (const name of readdirSync(join(root, path))) {
      const below = path === "/" ? `/${name}` : `${path}/${name}`;
      const stat = lstatSync(join(root, below));
      if (stat.isDirectory()) {
        const own = enter(below);
        for (const [inode, size] of own.inodes) inodes.set(inode, size);
        links += own.links;
      } else if (stat.isFile()) {
        if (!inodes.has(stat.ino)) links += stat.nlink;
        inodes.set(stat.ino, stat.size);
        names++;
      }
    }
    const bytes = [...inodes.values()].reduce((sum, size) => sum + size, 0);
    sums.set(path, { bytes, isShared: links !== names && links > inodes.size });
    return { inodes, links };
  };
  enter("/");
  return sums;
}

describe.skipIf(!canRun)("the sums of a listing", () => {
  test.each(NAMES)("are those of the files that umoci unpacks: %s", async (name) => {
    const work = temporaryDirectory();
    mkdirSync(work, { recursive: true });
    const layout = join(work, "layout");
    const bytes = readFileSync(join(IMAGES, name));
    const archive = join(work, "image.tar");
    writeFileSync(archive, name.endsWith(".gz") ? gunzipSync(bytes) : bytes);
    run("skopeo", ["copy", "-q", `docker-archive:${archive}`, `oci:${layout}:t`]);
    run("umoci", ["unpack", "--rootless", "--image", `${layout}:t`, join(work, "bundle")]);
    const onDisk = sumsOf(join(work, "bundle", "rootfs"));
    const { total, rows } = listPath(weigh(await loadImage(resolveSource(join(IMAGES, name)))), { depth: 1000 });
    const listed = new Map(
      [total, ...rows].filter(({ kind }) => kind === "directory").map((row) => [row.path, row.liveBytes]),
    );
    expect([...listed.keys()].sort()).toEqual([...onDisk.keys()].sort());
    expect(listed.get("/")).toBe(onDisk.get("/")?.bytes);
    for (const [path, { bytes, isShared }] of onDisk) if (!isShared) expect(listed.get(path), path).toBe(bytes);
  });
});

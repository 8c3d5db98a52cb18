import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Diff } from "@imgweigh/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApkPackage, makeApkKey, writeApkRepository } from "../support/apk-repository.ts";
import { filler } from "../support/tar-bytes.ts";
import { CORPUS, docker, hasCorpus, hasEngine, hasSkopeo, imgweigh, PREFIX, ran, temporaryDirectory } from "./tools.ts";

/*
 * Pairs of real images that differ by one thing: what is told must be that thing, to the byte. The truth is what GNU tar
 * lists of `docker export` (what lives) and of the layers of `docker save` (what is stored).
 */

const file = (bytes: number) => ({ content: filler(bytes, bytes), mode: 0o644 });
const tool = (version: string, bytes: number): ApkPackage => ({
  name: "tool",
  version,
  files: { "usr/bin/tool": file(bytes), "usr/share/tool/data": file(333) },
});
const PYTHON: ApkPackage = {
  name: "python3-dev",
  version: "3.12.8-r1",
  files: { "usr/include/python3.12/Python.h": file(20_011), "usr/lib/libpython3.12.a": file(300_007) },
};

const PRELUDE = [
  "FROM scratch",
  "ADD rootfs.tar.gz /",
  "COPY tests.rsa.pub /etc/apk/keys/",
  "COPY packages /srv/packages",
  "RUN echo /srv/packages > /etc/apk/repositories && apk add --no-cache --no-network tool",
];
const APP = "COPY app /app";

interface Pair {
  readonly name: string;
  /** The version of the tool that the head's repository has. */
  readonly tool: ApkPackage;
  readonly lines: readonly string[];
}

const OLD = tool("1.9-r0", 10_007);
const PAIRS: readonly Pair[] = [
  { name: "python", tool: OLD, lines: [...PRELUDE, APP, "RUN apk add --no-cache --no-network python3-dev"] },
  { name: "chown", tool: OLD, lines: [...PRELUDE, APP, "RUN chown -R 1000:1000 /app"] },
  { name: "upgrade", tool: tool("1.10-r0", 12_345), lines: [...PRELUDE, APP] },
  { name: "move", tool: OLD, lines: [...PRELUDE, "COPY app /opt/application"] },
];

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
const made: string[] = [];
const key = makeApkKey("tests.rsa.pub");
const nameOf = (name: string): string => `${PREFIX}/diff-${name}`;

async function build(name: string, one: ApkPackage, lines: readonly string[]): Promise<void> {
  const context = join(folder.path, name);
  await mkdir(join(context, "app/lib"), { recursive: true });
  await cp(join(CORPUS, "rootfs/alpine-minirootfs-3.20.3-x86_64.tar.gz"), join(context, "rootfs.tar.gz"));
  await writeFile(join(context, "tests.rsa.pub"), key.publicKey);
  await writeFile(join(context, "app/server"), filler(50_021, 1));
  await writeFile(join(context, "app/lib/one"), filler(7001, 2));
  await writeFile(join(context, "app/lib/two"), filler(7001, 3));
  writeApkRepository(join(context, "packages"), { packages: [one, PYTHON], listed: 0 }, key);
  await writeFile(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
  await ran("docker", ["build", "-q", "--network", "none", "-t", nameOf(name), context], {
    env: { DOCKER_BUILDKIT: "0" },
  });
  made.push(nameOf(name));
}

/** Sizes of regular files by path, summed where one comes again, as GNU tar lists them. */
function listed(text: string, sizes = new Map<string, number>()): Map<string, number> {
  for (const line of text.split("\n")) {
    const [, size = "", path = ""] = /^-\S+ +\S+ +(\d+) \S+ \S+ (.*)$/.exec(line) ?? [];
    if (path === "" || /(?:^|\/)\.wh\./.test(path)) continue;
    const whole = `/${path.replace(/^(?:\.?\/)+/, "")}`;
    sizes.set(whole, (sizes.get(whole) ?? 0) + Number(size));
  }
  return sizes;
}

interface Truth {
  readonly live: ReadonlyMap<string, number>;
  readonly stored: ReadonlyMap<string, number>;
}

async function truthOf(name: string): Promise<Truth> {
  const id = (await docker("create", nameOf(name), "/bin/true")).toString().trim();
  const [rootfs, saved] = [join(folder.path, `${name}.rootfs.tar`), join(folder.path, `${name}.tar`)];
  try {
    await docker("export", "-o", rootfs, id);
  } finally {
    await docker("rm", id);
  }
  await docker("save", "-o", saved, nameOf(name));
  const manifest = JSON.parse((await ran("tar", ["-xOf", saved, "manifest.json"])).toString());
  const stored = new Map<string, number>();
  for (const layer of manifest[0].Layers as string[])
    listed((await ran("sh", ["-c", 'tar -xOf "$0" "$1" | tar -tvf -', saved, layer])).toString(), stored);
  return { live: listed((await ran("tar", ["-tvf", rootfs])).toString()), stored };
}

/** Head minus base, where they differ. */
function differences(base: ReadonlyMap<string, number>, head: ReadonlyMap<string, number>): Record<string, number> {
  const paths = [...new Set([...base.keys(), ...head.keys()])].sort();
  const changes = paths.map((path) => [path, (head.get(path) ?? 0) - (base.get(path) ?? 0)] as const);
  return Object.fromEntries(changes.filter(([, change]) => change !== 0));
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, one) => total + one, 0);

async function diffOf(base: string, head: string, ...more: string[]): Promise<Diff> {
  const { code, stdout, stderr } = await imgweigh(["diff", base, head, "--format", "json", ...more]);
  if (code !== 0) throw new Error(`diff ended with ${code}: ${stderr}`);
  return JSON.parse(stdout.toString()) as Diff;
}

function changesOf(rows: Diff["groups"]["path"], column: "contentBytes" | "liveBytes"): Record<string, number> {
  const changed = rows.map(({ key: name, change }) => [name, change?.[column] ?? Number.NaN] as const);
  return Object.fromEntries(changed.filter(([, change]) => change !== 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe.skipIf(!hasEngine || !hasCorpus)("two builds, compared", () => {
  let base: Truth;
  const heads = new Map<string, Truth>();

  beforeAll(async () => {
    folder = await temporaryDirectory();
    await build("base", OLD, [...PRELUDE, APP]);
    base = await truthOf("base");
    for (const pair of PAIRS) {
      await build(pair.name, pair.tool, pair.lines);
      heads.set(pair.name, await truthOf(pair.name));
    }
  }, 300_000);
  afterAll(async () => {
    if (made.length > 0) await docker("rmi", ...made.reverse());
    await folder.remove();
  });

  /** The diff of a pair, held against what tar lists of both. */
  async function pairOf(name: string): Promise<Diff> {
    const head = heads.get(name) as Truth;
    const result = await diffOf(`docker:${nameOf("base")}`, `docker:${nameOf(name)}`);
    expect(changesOf(result.groups.path, "contentBytes")).toEqual(differences(base.stored, head.stored));
    expect(changesOf(result.groups.path, "liveBytes")).toEqual(differences(base.live, head.live));
    expect(result.change.contentBytes).toBe(sum(head.stored.values()) - sum(base.stored.values()));
    expect(result.change.rootfsBytes).toBe(sum(head.live.values()) - sum(base.live.values()));
    return result;
  }

  test("an added package is named with its version and bytes", async () => {
    const result = await pairOf("python");
    const files = "apk info -qL python3-dev | sed -n 's|^.|/&|p' | xargs stat -c %s";
    const sizes = (await docker("run", "--rm", "--network", "none", nameOf("python"), "/bin/sh", "-c", files))
      .toString()
      .trim()
      .split("\n")
      .map(Number);
    expect(result.packages).toEqual([
      {
        status: "added",
        ecosystem: "apk",
        name: "python3-dev",
        baseVersion: null,
        headVersion: "3.12.8-r1",
        liveBytes: sum(sizes),
        wastedBytes: 0,
      },
    ]);
    expect(result.groups.package.map(({ key: name }) => name)).toEqual(["apk/python3-dev", "[package-state]"]);
    const added = result.layers.filter(({ status }) => status !== "same");
    expect(added.map(({ status, instruction }) => [status, instruction])).toEqual([
      ["added", "RUN apk add --no-cache --no-network python3-dev"],
    ]);
  });

  test("a chown is named as bytes that are stored again", async () => {
    const result = await pairOf("chown");
    const app = [...base.live].filter(([path]) => path.startsWith("/app/"));
    expect(result.groups.path.map(({ key: path }) => path).sort()).toEqual(app.map(([path]) => path).sort());
    expect(result.change).toMatchObject({ contentBytes: 64_023, rootfsBytes: 0, wastedBytes: 64_023, layers: 1 });
    expect([result.packages, result.moves]).toEqual([[], []]);
    expect(result.findings.new.map(({ rule }) => rule)).toContain("metadata-copy");
  });

  test("an upgrade is named with both versions, in a layer rebuilt", async () => {
    const result = await pairOf("upgrade");
    expect(result.packages).toEqual([
      {
        status: "upgraded",
        ecosystem: "apk",
        name: "tool",
        baseVersion: "1.9-r0",
        headVersion: "1.10-r0",
        liveBytes: 12_345 - 10_007,
        wastedBytes: 0,
      },
    ]);
    expect(result.layers.map(({ status }) => status)).toEqual(["same", "same", "rebuilt", "rebuilt", "rebuilt"]);
  });

  test("a moved directory is one move, and no growth", async () => {
    const result = await pairOf("move");
    expect(result.moves).toEqual([{ from: "/app/", to: "/opt/application/", files: 3, bytes: 64_023 }]);
    expect(result.change).toMatchObject({ contentBytes: 0, rootfsBytes: 0, wastedBytes: 0 });
    expect(result.packages).toEqual([]);
  });

  test.skipIf(!hasSkopeo)(
    "a baseline from an archive checks the engine and a compressed layout: no change",
    async () => {
      const [archive, layout] = [join(folder.path, "base.tar"), join(folder.path, "layout")];
      await ran("skopeo", [
        "copy",
        "--dest-compress-format",
        "gzip",
        `docker-archive:${archive}`,
        `oci:${layout}:latest`,
      ]);
      for (const flags of [[], ["--full"]]) {
        const kept = join(folder.path, `baseline${flags.length}.json`);
        expect((await imgweigh(["baseline", archive, "-o", kept, ...flags])).code).toBe(0);
        for (const target of [archive, `docker:${nameOf("base")}`, `oci-layout:${layout}`]) {
          const { change, groups, layers, packages, moves, findings } = await diffOf(kept, target);
          expect(Object.values(groups).flat()).toEqual([]);
          expect([packages, moves, findings.new, findings.fixed]).toEqual([[], [], [], []]);
          expect(new Set(layers.map(({ status }) => status))).toEqual(new Set(["same"]));
          expect(change).toMatchObject({ contentBytes: 0, rootfsBytes: 0, wastedBytes: 0, blobBytes: null });
        }
      }
      const { stdout, code } = await imgweigh(["diff", archive, `docker:${nameOf("base")}`]);
      expect([stdout.toString(), code]).toEqual([expect.stringContaining("No change"), 0]);
    },
  );
});

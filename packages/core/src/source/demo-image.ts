import { digestOf } from "../archive/digest.ts";
import { gzip } from "../archive/gzip.ts";
import { type TarInput, writeTar } from "../archive/tar-writer.ts";
import type { HistoryEntry, ImageConfig } from "../oci/config.ts";
import { NO_RUN_CONFIG } from "../oci/run-config.ts";
import type { DeclaredLayer, ImageSource, RandomAccessImage } from "./source.ts";

/*
 * An image with the classic mistakes of Alpine Dockerfiles, made in memory: a package index left behind by `apk update`,
 * a virtual package deleted in a later RUN, an owner changed in a RUN of its own, a tarball copied and then removed.
 * Paths, instructions and package databases are what real ones look like; other contents are made up.
 */

interface Step {
  readonly createdBy: string;
  readonly entries: readonly TarInput[] | null;
}

const WORDS =
  "apk musl busybox library symbol table section export static inline return struct while void const size".split(" ");

// Longer than deflate looks back (32 KiB), so that a repeated block compresses no better than the first.
const BLOCK_BYTES = 40_000;

/** Made-up contents that compress about as well as programs do: the same bytes every time. */
function filler(name: string, bytes: number): Buffer {
  let state = 2166136261;
  for (const char of name) state = Math.imul(state ^ char.charCodeAt(0), 16777619) >>> 0;
  const block = Buffer.alloc(Math.min(bytes, BLOCK_BYTES));
  for (let at = 0; at < block.length; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const word = (state >>> 16) % 3 === 0 ? WORDS[(state >>> 8) % WORDS.length] : undefined;
    if (word === undefined) at = block.writeUInt16LE(state >>> 16, Math.min(at, block.length - 2));
    else at += block.write(word, at, "latin1");
  }
  return Buffer.alloc(bytes, block);
}

function file(name: string, bytes: number, mode = 0o644): TarInput {
  return { name, content: filler(name, bytes), mode };
}

function directory(name: string): TarInput {
  return { name: `${name}/`, type: "directory" };
}

function whiteout(name: string): TarInput {
  const slash = name.lastIndexOf("/") + 1;
  return { name: `${name.slice(0, slash)}.wh.${name.slice(slash)}`, mode: 0 };
}

interface Package {
  readonly name: string;
  readonly version: string;
  readonly depends?: string;
  readonly provides?: string;
  readonly files?: readonly string[];
}

const MUSL: Package = {
  name: "musl",
  version: "1.2.5-r0",
  provides: "so:libc.musl-x86_64.so.1=1",
  files: ["lib/ld-musl-x86_64.so.1"],
};
const LIBC = "so:libc.musl-x86_64.so.1";

const INSTALLED_BASE: readonly Package[] = [
  MUSL,
  { name: "alpine-release", version: "3.20.3-r0", files: ["etc/alpine-release", "etc/os-release"] },
  { name: "busybox", version: "1.36.1-r29", depends: LIBC, provides: "/bin/sh", files: ["bin/busybox"] },
  {
    name: "libcrypto3",
    version: "3.3.2-r0",
    depends: LIBC,
    provides: "so:libcrypto.so.3=3",
    files: ["lib/libcrypto.so.3"],
  },
  { name: "apk-tools", version: "2.14.4-r0", depends: `so:libcrypto.so.3 ${LIBC}`, files: ["sbin/apk"] },
];

const INSTALLED_BASH: readonly Package[] = [
  ...INSTALLED_BASE,
  { name: "bash", version: "5.2.26-r0", depends: `/bin/sh ${LIBC}`, files: ["bin/bash"] },
];

const INSTALLED_TOOLCHAIN: readonly Package[] = [
  ...INSTALLED_BASH,
  {
    name: "gcc",
    version: "13.2.1_git20240309-r0",
    depends: LIBC,
    files: ["usr/bin/gcc", "usr/lib/libgcc.a", "usr/lib/cc1"],
  },
  { name: "make", version: "4.4.1-r2", depends: LIBC, files: ["usr/bin/make"] },
  { name: "musl-dev", version: "1.2.5-r0", depends: "musl=1.2.5-r0", files: ["usr/include/stdio.h"] },
  { name: ".build-deps", version: "20241122.120000", depends: "gcc make musl-dev" },
];

function record({ name, version, depends, provides, files = [] }: Package): string {
  const lines = [`P:${name}`, `V:${version}`, "A:x86_64"];
  if (depends !== undefined) lines.push(`D:${depends}`);
  if (provides !== undefined) lines.push(`p:${provides}`);
  for (const path of files) {
    const slash = path.lastIndexOf("/");
    lines.push(`F:${path.slice(0, slash)}`, `R:${path.slice(slash + 1)}`);
  }
  return `${lines.join("\n")}\n\n`;
}

/** apk rewrites all of its state with every command, a little longer or shorter each time. */
function apkState(generation: string, installed: readonly Package[], ...world: string[]): TarInput[] {
  const asked = [...world, "alpine-release", "apk-tools", "busybox"].sort();
  return [
    { name: "etc/apk/world", content: `${asked.join("\n")}\n` },
    { name: "lib/apk/db/installed", content: installed.map(record).join("") },
    { name: "lib/apk/db/scripts.tar", content: filler(`scripts ${generation}`, 10_240) },
  ];
}

const BASE: readonly TarInput[] = [
  ...[
    "bin",
    "etc",
    "etc/apk",
    "lib",
    "lib/apk",
    "lib/apk/db",
    "sbin",
    "tmp",
    "usr",
    "usr/bin",
    "usr/lib",
    "var",
    "var/cache",
    "var/cache/apk",
  ].map(directory),
  file("bin/busybox", 808_712, 0o755),
  ...["cat", "chmod", "chown", "cp", "ls", "mv", "rm", "sh", "tar"].map(
    (name): TarInput => ({ name: `bin/${name}`, type: "symlink", linkName: "/bin/busybox" }),
  ),
  {
    name: "etc/os-release",
    content: 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"\n',
  },
  { name: "etc/alpine-release", content: "3.20.3\n" },
  ...apkState("base", INSTALLED_BASE),
  file("lib/ld-musl-x86_64.so.1", 662_400, 0o755),
  file("lib/libcrypto.so.3", 1_900_544, 0o755),
  file("sbin/apk", 70_008, 0o755),
];

const TOOLCHAIN: readonly TarInput[] = [
  file("usr/bin/gcc", 612_040, 0o755),
  file("usr/bin/make", 211_320, 0o755),
  file("usr/lib/libgcc.a", 402_118),
  file("usr/lib/cc1", 2_104_000, 0o755),
  file("usr/include/stdio.h", 31_402),
];

const STEPS: readonly Step[] = [
  {
    createdBy: "/bin/sh -c #(nop) ADD file:5758b97d8301c84a204a6e516241275785a1cd40b2fae99f01c0fb4c5d4b6f8a in / ",
    entries: BASE,
  },
  { createdBy: '/bin/sh -c #(nop)  CMD ["/bin/sh"]', entries: null },
  {
    createdBy: "/bin/sh -c apk update && apk add --no-cache bash",
    entries: [
      file("bin/bash", 735_784, 0o755),
      ...apkState("bash", INSTALLED_BASH, "bash"),
      file("var/cache/apk/APKINDEX.e0297a25.tar.gz", 502_117),
      file("var/cache/apk/APKINDEX.f86367c4.tar.gz", 721_904),
    ],
  },
  {
    createdBy: "/bin/sh -c apk add --no-cache --virtual .build-deps gcc make musl-dev",
    entries: [
      ...apkState("build-deps", INSTALLED_TOOLCHAIN, ".build-deps", "bash"),
      directory("usr/include"),
      ...TOOLCHAIN,
    ],
  },
  {
    createdBy:
      "/bin/sh -c #(nop) COPY file:0f0ae1d65b6f3cb2b4d2a3a1f07f2bd4c6f2a3b9c0b1d4f8a7e6d5c4b3a29180 in /tmp/app.tar.gz ",
    entries: [directory("tmp"), file("tmp/app.tar.gz", 318_220)],
  },
  {
    createdBy: "/bin/sh -c tar -xzf /tmp/app.tar.gz -C /srv && make -C /srv install",
    entries: [
      directory("srv"),
      directory("srv/app"),
      file("srv/app/server", 946_176, 0o755),
      file("srv/app/assets.bin", 604_800),
    ],
  },
  { createdBy: "/bin/sh -c rm /tmp/app.tar.gz", entries: [directory("tmp"), whiteout("tmp/app.tar.gz")] },
  {
    createdBy: "/bin/sh -c chown -R 1000:1000 /srv/app",
    entries: [
      { ...directory("srv/app"), uid: 1000, gid: 1000 },
      { ...file("srv/app/server", 946_176, 0o755), uid: 1000, gid: 1000 },
      { ...file("srv/app/assets.bin", 604_800), uid: 1000, gid: 1000 },
    ],
  },
  {
    createdBy: "/bin/sh -c apk del .build-deps",
    entries: [
      ...apkState("deleted", INSTALLED_BASH, "bash"),
      ...TOOLCHAIN.filter(({ name }) => !name.startsWith("usr/include")).map(({ name }) => whiteout(name)),
      whiteout("usr/include"),
    ],
  },
  { createdBy: '/bin/sh -c #(nop)  ENTRYPOINT ["/srv/app/server"]', entries: null },
];

function historyEntry({ createdBy, entries }: Step): HistoryEntry {
  return { createdBy, comment: null, author: null, created: null, emptyLayer: entries === null };
}

/** The demonstration image: needs no engine, no network and no file. */
export function demoImage(): ImageSource {
  return { open: openDemo };
}

/** 2024-01-01, in seconds since 1970. */
const FIRST_STEP = 1_704_067_200;
const STEP_SECONDS = 60;

/** Each step at a time of its own, as in any build: what it stores anew is not what was there before. */
async function makeLayer(entries: readonly TarInput[], mtime: number): Promise<readonly [DeclaredLayer, Buffer]> {
  const tar = await writeTar(entries.map((entry) => ({ mtime, ...entry })));
  const blob = await gzip(tar);
  const digest = digestOf(blob);
  const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";
  const annotations = new Map();
  return [{ key: digest, digest, size: blob.length, mediaType, diffId: digestOf(tar), annotations }, blob];
}

function makeLayers(): ReturnType<typeof makeLayer>[] {
  return STEPS.flatMap(({ entries }, step) =>
    entries === null ? [] : [makeLayer(entries, FIRST_STEP + step * STEP_SECONDS)],
  );
}

/** The same every time, and slow to compress: made when first asked for, and once. */
let made: Promise<readonly (readonly [DeclaredLayer, Buffer])[]> | undefined;

async function openDemo(): Promise<RandomAccessImage> {
  made ??= Promise.all(makeLayers());
  const pairs = await made;
  const layers = pairs.map(([layer]) => layer);
  const blobs = new Map(pairs.map(([{ key }, blob]) => [key, blob]));
  const platform = { os: "linux", architecture: "amd64", variant: null };
  const config: ImageConfig = {
    platform,
    diffIds: layers.map(({ diffId }) => diffId).filter((diffId) => diffId !== null),
    history: STEPS.map(historyEntry),
    labels: new Map(),
    run: NO_RUN_CONFIG,
  };
  const blobOf = (layer: DeclaredLayer): Buffer => blobs.get(layer.key) ?? Buffer.alloc(0);
  return {
    shape: "random-access",
    description: {
      kind: "demo",
      reference: "imgweigh/demo:classic-mistakes",
      manifestDigest: null,
      configDigest: digestOf(Buffer.from(JSON.stringify({ ...config, labels: {}, run: undefined }))),
      platform,
      config,
      annotations: new Map(),
      layers,
      warnings: [],
    },
    local: false,
    blobBytes: (layer) => blobOf(layer).length,
    async *blob(layer, range) {
      yield range === undefined ? blobOf(layer) : blobOf(layer).subarray(range.offset, range.offset + range.length);
    },
    close: async () => {},
  };
}

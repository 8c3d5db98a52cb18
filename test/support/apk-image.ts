import { dir, file, type TarEntry, whiteout } from "./tar-bytes.ts";

/** A package as apk's database describes it. */
export interface ApkPackage {
  readonly name: string;
  readonly version?: string;
  readonly depends?: readonly string[];
  readonly provides?: readonly string[];
  readonly installIf?: readonly string[];
  /** Without directories. */
  readonly files?: readonly TarEntry[];
  /** Made by `apk add --virtual`. */
  readonly virtual?: boolean;
  readonly broken?: boolean;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** 27 letters, as many as a SHA-1 has in base64 before its `=`. */
function identity(name: string): string {
  const sum = [...name].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 1_000_003, 7);
  return `Q1${Array.from({ length: 27 }, (_, i) => LETTERS[(sum >> (i % 17)) % 26]).join("")}=`;
}

function fileLines(entries: readonly TarEntry[]): string[] {
  const byDirectory = new Map<string, string[]>();
  for (const entry of entries) {
    const name = String(entry.name);
    const at = name.lastIndexOf("/");
    const [directory, base] = [name.slice(0, Math.max(at, 0)), name.slice(at + 1)];
    byDirectory.set(directory, [...(byDirectory.get(directory) ?? []), base]);
  }
  return [...byDirectory].flatMap(([directory, names]) => [`F:${directory}`, ...names.map((name) => `R:${name}`)]);
}

function record({ name, version, depends, provides, installIf, files = [], virtual, broken }: ApkPackage): string {
  const lines = virtual
    ? [`P:${name}`, "V:20240102.030405", "A:noarch", "S:0", "I:0", "T:virtual meta package", "U:", "L:"]
    : [`P:${name}`, `V:${version ?? "1.0-r0"}`, "A:x86_64", "S:1", "I:1", `T:${name}`, "U:http://x", "L:MIT"];
  return [
    `C:${identity(name)}`,
    ...lines,
    ...(depends === undefined ? [] : [`D:${depends.join(" ")}`]),
    ...(provides === undefined ? [] : [`p:${provides.join(" ")}`]),
    ...(installIf === undefined ? [] : [`i:${installIf.join(" ")}`]),
    ...fileLines(files),
    ...(broken ? ["f:f"] : []),
    "",
    "",
  ].join("\n");
}

/** apk's four own files, as 2.14 writes them. A virtual package stands in world with its version. */
export function apkState(packages: readonly ApkPackage[], world: readonly string[]): TarEntry[] {
  const sorted = [...packages].sort((a, b) => (a.name < b.name ? -1 : 1));
  const words = world.map((name) =>
    packages.some((found) => found.virtual && found.name === name) ? `${name}=20240102.030405` : name,
  );
  return [
    dir("etc"),
    dir("etc/apk"),
    file("etc/apk/world", `${words.sort().join("\n")}\n`),
    dir("lib"),
    dir("lib/apk"),
    dir("lib/apk/db"),
    file("lib/apk/db/installed", sorted.map(record).join("")),
    file("lib/apk/db/scripts.tar", Buffer.alloc(1024)),
    file("lib/apk/db/triggers", ""),
  ];
}

export const BASE: readonly ApkPackage[] = [
  { name: "apk-tools", version: "2.14.4-r0", files: [file("sbin/apk", 70_001)] },
  { name: "busybox", version: "1.36.1-r29", provides: ["/bin/sh"], files: [file("bin/busybox", 80_003)] },
];

export const BASE_WORLD: readonly string[] = ["apk-tools", "busybox"];

export function filesOf(packages: readonly ApkPackage[]): TarEntry[] {
  return packages.flatMap(({ files = [] }) => files);
}

/** What a RUN stores that adds packages to those before. */
export function added(
  packages: readonly ApkPackage[],
  before: readonly ApkPackage[],
  world: readonly string[],
): TarEntry[] {
  return [...filesOf(packages), ...apkState([...before, ...packages], world)];
}

/** What a RUN stores that deletes packages. */
export function deleted(
  packages: readonly ApkPackage[],
  left: readonly ApkPackage[],
  world: readonly string[],
): TarEntry[] {
  return [...filesOf(packages).map(({ name }) => whiteout(String(name))), ...apkState(left, world)];
}

export const ROOT_LAYER = { by: "ADD rootfs.tar.gz in /", entries: [...filesOf(BASE), ...apkState(BASE, BASE_WORLD)] };

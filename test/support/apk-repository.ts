import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Bytes, bytesOf, dir, entryBytes, file, symlink, type TarEntry, tarBytes } from "./tar-bytes.ts";

/**
 * Packages and signed indexes as apk 2 reads them: abuild's format, written anew.
 *
 * A package is two gzip streams behind each other: the control tar without its end blocks, and the data tar. Its
 * identity (`C:`) is the SHA-1 of the first stream. An index is signed by a stream before it that holds
 * `.SIGN.RSA.<key>`: RSA over the SHA-1 of all that follows.
 */

export type ApkFile = { readonly content: Bytes; readonly mode?: number } | { readonly link: string };

export interface ApkPackage {
  readonly name: string;
  readonly version: string;
  readonly depends?: readonly string[];
  readonly provides?: readonly string[];
  readonly installIf?: readonly string[];
  /** By path without the leading slash. */
  readonly files: Readonly<Record<string, ApkFile>>;
}

export interface ApkKey {
  /** The name that the public key has in /etc/apk/keys. */
  readonly name: string;
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

const ARCHITECTURE = "x86_64";
/** A fixed time: packages are the same bytes in every run. */
const TIME = 1_700_000_000;

export function makeApkKey(name: string): ApkKey {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { name, publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(), privateKey };
}

const sha1 = (bytes: Bytes): Buffer => createHash("sha1").update(bytes).digest();

/** apk reads the checksum of each file from its PAX header. */
function checked(entry: TarEntry, bytes: Bytes): TarEntry {
  return { ...entry, mtime: TIME, pax: [["APK-TOOLS.checksum.SHA1", sha1(bytes).toString("hex")]] };
}

function entryOf(path: string, apkFile: ApkFile): TarEntry {
  if ("link" in apkFile) return checked(symlink(path, apkFile.link, { mode: 0o777 }), apkFile.link);
  return checked(file(path, bytesOf(apkFile.content), { mode: apkFile.mode ?? 0o755 }), apkFile.content);
}

function foldersOf(paths: readonly string[]): string[] {
  const folders = paths.flatMap((path) => {
    const parts = path.split("/").slice(0, -1);
    return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
  });
  return [...new Set(folders)].sort();
}

/** Without end blocks: the next stream's entries follow. */
function control(name: string, content: Bytes): Buffer {
  return gzipSync(entryBytes({ ...file(name, bytesOf(content)), mtime: TIME }), { level: 9 });
}

function installedBytes(files: ApkPackage["files"]): number {
  const sizes = Object.values(files).map((entry) => ("link" in entry ? 0 : bytesOf(entry.content).length));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function packageInfo(spec: ApkPackage, dataHash: string): string {
  return [
    `pkgname = ${spec.name}`,
    `pkgver = ${spec.version}`,
    `pkgdesc = ${spec.name}, for tests`,
    "url = https://example.invalid",
    `builddate = ${TIME}`,
    `size = ${installedBytes(spec.files)}`,
    `arch = ${ARCHITECTURE}`,
    `origin = ${spec.name}`,
    "license = MIT",
    ...(spec.depends ?? []).map((token) => `depend = ${token}`),
    ...(spec.provides ?? []).map((token) => `provides = ${token}`),
    ...(spec.installIf === undefined ? [] : [`install_if = ${spec.installIf.join(" ")}`]),
    `datahash = ${dataHash}`,
    "",
  ].join("\n");
}

/** One package, and its record in an index. */
function writePackage(folder: string, spec: ApkPackage): string {
  const paths = Object.keys(spec.files).sort();
  const folders = foldersOf(paths).map((path) => ({ ...dir(path), mtime: TIME }));
  const files = paths.map((path) => entryOf(path, spec.files[path] as ApkFile));
  const data = gzipSync(tarBytes([...folders, ...files]), { level: 6 });
  const info = control(".PKGINFO", packageInfo(spec, createHash("sha256").update(data).digest("hex")));
  writeFileSync(join(folder, `${spec.name}-${spec.version}.apk`), Buffer.concat([info, data]));
  const fields: [key: string, value: string][] = [
    ["C", `Q1${sha1(info).toString("base64")}`],
    ["P", spec.name],
    ["V", spec.version],
    ["A", ARCHITECTURE],
    ["S", String(info.length + data.length)],
    ["I", String(installedBytes(spec.files))],
    ["T", `${spec.name}, for tests`],
    ["U", "https://example.invalid"],
    ["L", "MIT"],
    ["o", spec.name],
    ["t", String(TIME)],
    ["D", (spec.depends ?? []).join(" ")],
    ["p", (spec.provides ?? []).join(" ")],
    ["i", (spec.installIf ?? []).join(" ")],
  ];
  return fields.flatMap(([key, value]) => (value === "" ? [] : [`${key}:${value}\n`])).join("");
}

/** A record of an index whose package is not there. */
function listedRecord(number: number): string {
  const digest = sha1(`package ${number}`);
  const fields = [`C:Q1${digest.toString("base64")}`, `P:listed-${digest.toString("hex", 0, 4)}`, "V:1.0-r0"];
  return `${[...fields, `A:${ARCHITECTURE}`, "S:1", "I:1", "T:only listed", "L:MIT", `t:${TIME}`].join("\n")}\n\n`;
}

export interface ApkRepository {
  readonly packages: readonly ApkPackage[];
  /** How many packages the index lists beside them, which cannot be had. */
  readonly listed: number;
}

/** Writes `<folder>/x86_64/*.apk` and their signed index. */
export function writeApkRepository(folder: string, { packages, listed }: ApkRepository, key: ApkKey): void {
  const inner = join(folder, ARCHITECTURE);
  mkdirSync(inner, { recursive: true });
  const records = packages.map((spec) => `${writePackage(inner, spec)}\n`);
  for (let i = 0; i < listed; i++) records.push(listedRecord(i));
  const members = { DESCRIPTION: "packages of tests", APKINDEX: records.join("") };
  const entries = Object.entries(members).map(([name, text]) => ({ ...file(name, text), mtime: TIME }));
  const index = gzipSync(tarBytes(entries), { level: 9 });
  const signature = control(`.SIGN.RSA.${key.name}`, sign("RSA-SHA1", index, key.privateKey));
  writeFileSync(join(inner, "APKINDEX.tar.gz"), Buffer.concat([signature, index]));
}

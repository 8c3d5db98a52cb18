import { randomBytes } from "node:crypto";
import { closeSync, constants, fstatSync, futimesSync, openSync, readSync } from "node:fs";
import { lstat, mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";

/** What the files of the cache are, by the ends of their names. */
export const ENTRY_KINDS = ["layer", "blob", "file", "image"] as const;
/** What a file of the cache holds. */
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** The one directory below the cache's own that holds its files: nothing beside them is ever touched. */
const FOLDER = "layers";
const ENTRY_NAME = new RegExp(`^[0-9a-f]{64}\\.(${ENTRY_KINDS.join("|")})$`);
const TEMPORARY_NAME = new RegExp(`^[0-9a-f]{64}\\.(?:${ENTRY_KINDS.join("|")})\\.\\d+-[0-9a-f]{12}\\.tmp$`);

// A link where a file should be leads elsewhere, and opening a pipe would wait for its writer. Windows knows neither flag.
const OPEN_TO_READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Errors of opening what is no entry: a link (ELOOP on Linux and macOS, EMLINK and EFTYPE on the BSDs), a socket (ENXIO),
 * a file that another user keeps to himself.
 */
const ODD: ReadonlySet<unknown> = new Set(["ELOOP", "EMLINK", "EFTYPE", "ENXIO", "EACCES", "EPERM"]);

export function entryFolder(directory: string): string {
  return join(directory, FOLDER);
}

/** What kind of entry a file is; null where it is none. */
export function kindOfName(name: string): EntryKind | null {
  return (ENTRY_NAME.exec(name)?.[1] as EntryKind | undefined) ?? null;
}

export function isTemporaryName(name: string): boolean {
  return TEMPORARY_NAME.test(name);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

function isAbsent(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}

// `recursive` would do, were it not for places such as /proc, where Node 20 then tries for ever.
async function makeDirectory(path: string): Promise<void> {
  const make = (): Promise<boolean> =>
    mkdir(path, { mode: 0o700 }).then(
      () => true,
      (error: unknown) => {
        if (codeOf(error) === "EEXIST") return true;
        if (codeOf(error) === "ENOENT") return false;
        throw error;
      },
    );
  if (await make()) return;
  if (dirname(path) !== path) await makeDirectory(dirname(path));
  if (!(await make())) throw new Error(`${path} cannot be made`);
}

/** The folder, made where it is absent. A link in its place would have files written elsewhere. @throws the system's errors */
async function prepareFolder(directory: string): Promise<void> {
  const folder = entryFolder(directory);
  await makeDirectory(folder);
  if (!(await lstat(folder)).isDirectory()) throw new Error(`${folder} is not a directory`);
}

/** Whether the folder is there to be read. @throws the system's errors, but for its absence */
async function isFolder(directory: string): Promise<boolean> {
  try {
    return (await lstat(entryFolder(directory))).isDirectory();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** All of an open file; null where it is none, or longer than any entry may be. */
function readWhole(fd: number, maxBytes: number): Uint8Array | null {
  const found = fstatSync(fd);
  if (!found.isFile() || found.size > maxBytes) return null;
  // A buffer of its own, not a part of a pool: columns need to begin at multiples of 8.
  const bytes = Buffer.allocUnsafeSlow(found.size);
  let filled = 0;
  while (filled < bytes.length) {
    const bytesRead = readSync(fd, bytes, filled, bytes.length - filled, filled);
    if (bytesRead === 0) return null;
    filled += bytesRead;
  }
  return bytes;
}

function markUsed(fd: number): void {
  const now = new Date();
  try {
    futimesSync(fd, now, now);
  } catch {
    // The order of last use is only kept in times; a cache that cannot be written is as good for reading.
  }
}

function openToRead(path: string): number | "absent" | "odd" {
  try {
    return openSync(path, OPEN_TO_READ);
  } catch (error) {
    if (isAbsent(error)) return "absent";
    if (ODD.has(codeOf(error))) return "odd";
    throw error;
  }
}

/**
 * An entry as stored, marked as used now; null where there is none. What is no regular file, or longer than `maxBytes`,
 * is removed. Synchronous as far as it reads: going to the thread pool and back for each step takes longer than the steps.
 *
 * @throws the system's errors, but for absence
 */
export async function readEntryFile(directory: string, name: string, maxBytes: number): Promise<Uint8Array | null> {
  const opened = openToRead(join(entryFolder(directory), name));
  if (opened === "absent") return null;
  const bytes = opened === "odd" ? null : readMarked(opened, maxBytes);
  if (bytes === null) await dropEntryFile(directory, name);
  return bytes;
}

function readMarked(fd: number, maxBytes: number): Uint8Array | null {
  try {
    const bytes = readWhole(fd, maxBytes);
    if (bytes !== null) markUsed(fd);
    return bytes;
  } finally {
    closeSync(fd);
  }
}

/** Removes an entry. That it cannot be removed is no trouble: it will be found damaged again. */
export async function dropEntryFile(directory: string, name: string): Promise<void> {
  await rm(join(entryFolder(directory), name), { recursive: true, force: true }).catch(() => {});
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function writeTemporary(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    // Each goes on where the one before has ended.
    for (const part of parts) await handle.writeFile(part);
  } finally {
    await handle.close();
  }
}

/**
 * Writes an entry as a whole or not at all: under a name of its own, then renamed. It is not flushed to the disk: what
 * a crash of the machine leaves of it fails its checksum, and is read anew.
 *
 * @throws the system's errors
 */
export async function writeEntryFile(directory: string, name: string, parts: readonly Uint8Array[]): Promise<void> {
  const path = join(entryFolder(directory), name);
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
  await prepareFolder(directory);
  try {
    await writeTemporary(temporary, parts);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    // Somebody cleared the cache meanwhile; it begins anew with the next entry.
    if (codeOf(error) === "ENOENT") return;
    // Windows replaces no file that somebody has open. What is there holds the same.
    if (process.platform === "win32" && codeOf(error) === "EPERM" && (await isThere(path))) return;
    throw error;
  }
}

/** A file in the folder. */
export interface FoundFile {
  readonly name: string;
  /** null for what a writer left behind. */
  readonly kind: EntryKind | null;
  /** What it takes on the disk, in whole blocks: a million tiny files are no tiny cache. */
  readonly bytes: number;
  readonly usedMs: number;
}

const BLOCK_BYTES = 4096;
const STATS_AT_ONCE = 64;

/** Every file of ours, in order of name. @throws the system's errors, but for absence */
export async function listEntryFiles(directory: string): Promise<FoundFile[]> {
  if (!(await isFolder(directory))) return [];
  const folder = entryFolder(directory);
  const names = (await readdir(folder)).filter((name) => kindOfName(name) !== null || isTemporaryName(name)).sort();
  const found: FoundFile[] = [];
  for (let at = 0; at < names.length; at += STATS_AT_ONCE) {
    const batch = names.slice(at, at + STATS_AT_ONCE).map(async (name): Promise<FoundFile[]> => {
      const stats = await lstat(join(folder, name)).catch(() => null);
      if (stats === null) return [];
      const bytes = Math.ceil(stats.size / BLOCK_BYTES) * BLOCK_BYTES;
      return [{ name, kind: kindOfName(name), bytes, usedMs: stats.mtimeMs }];
    });
    found.push(...(await Promise.all(batch)).flat());
  }
  return found;
}

/** Removes the folder, if nothing is left in it. */
export async function removeEmptyFolder(directory: string): Promise<void> {
  if (await isFolder(directory)) await rmdir(entryFolder(directory)).catch(() => {});
}

import {
  dropEntryFile,
  ENTRY_KINDS,
  type EntryKind,
  type FoundFile,
  listEntryFiles,
  removeEmptyFolder,
} from "./entry-files.ts";

/** What a cache holds. Bytes are those on the disk, in whole blocks of 4 KiB. */
export interface CacheContents {
  readonly directory: string;
  /** The bound that it is kept below. */
  readonly maxBytes: number;
  readonly entries: number;
  readonly bytes: number;
  /** Of each kind: layers, records of blobs, of verified files, of images. */
  readonly kinds: Readonly<Record<EntryKind, { readonly entries: number; readonly bytes: number }>>;
}

/** What was removed of a cache. */
export interface CacheRemoval {
  readonly directory: string;
  readonly removedEntries: number;
  readonly removedBytes: number;
}

// Nobody takes that long to write one entry: its writer was killed.
const ABANDONED_AFTER_MS = 10 * 60_000;

export async function cacheContents(directory: string, maxBytes: number): Promise<CacheContents> {
  const files = (await listEntryFiles(directory)).filter(({ kind }) => kind !== null);
  const of = (chosen: readonly FoundFile[]) => ({ entries: chosen.length, bytes: bytesOf(chosen) });
  const kinds = Object.fromEntries(ENTRY_KINDS.map((kind) => [kind, of(files.filter((file) => file.kind === kind))]));
  return { directory, maxBytes, ...of(files), kinds: kinds as CacheContents["kinds"] };
}

function bytesOf(files: readonly FoundFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The entries to go so that the rest is within the bound: those not used for longest. */
function surplus(files: readonly FoundFile[], maxBytes: number): FoundFile[] {
  let bytes = bytesOf(files);
  const oldest = [...files].sort((a, b) => a.usedMs - b.usedMs || (a.name < b.name ? -1 : 1));
  return oldest.filter((file) => {
    if (bytes <= maxBytes) return false;
    bytes -= file.bytes;
    return true;
  });
}

/** Removes what writers left behind and, where the cache is above its bound, what was not used for longest. */
export async function pruneEntries(directory: string, maxBytes: number): Promise<CacheRemoval> {
  const files = await listEntryFiles(directory);
  const abandoned = files.filter(({ kind, usedMs }) => kind === null && Date.now() - usedMs > ABANDONED_AFTER_MS);
  return removeFiles(directory, [
    ...abandoned,
    ...surplus(
      files.filter(({ kind }) => kind !== null),
      maxBytes,
    ),
  ]);
}

/** Removes every entry, and nothing else. */
export async function clearEntries(directory: string): Promise<CacheRemoval> {
  const removal = await removeFiles(directory, await listEntryFiles(directory));
  await removeEmptyFolder(directory);
  return removal;
}

async function removeFiles(directory: string, files: readonly FoundFile[]): Promise<CacheRemoval> {
  for (const { name } of files) await dropEntryFile(directory, name);
  return { directory, removedEntries: files.length, removedBytes: bytesOf(files) };
}

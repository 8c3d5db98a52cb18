import { type EntryColumns, HASH_BYTES, KIND, LAYER_INDEX_VERSION, type LayerIndex } from "../layer/layer-index.ts";
import { isObject } from "../oci/json.ts";
import { areCounts, isCount, isFlag, isText, listOf, orNull, shape } from "./shape.ts";

const isTextOrNull = orNull(isText);

const HIGHEST_KIND = Math.max(...Object.values(KIND));
const ODDITIES = new Set([
  "aufs-metadata",
  "evidence-not-read",
  "invalid-whiteout",
  "lone-zero-block",
  "path-traversal",
]);

/** Whether a layer out of a file holds together, so that whatever works on it can rely on what a reader guarantees. */
export function isSoundIndex(index: LayerIndex): boolean {
  const { version, diffId, tarBytes, contentBytes, terminated, entries, captures, binaries, archives, oddities } =
    index;
  if (version !== LAYER_INDEX_VERSION || typeof terminated !== "boolean") return false;
  if (diffId !== null && typeof diffId !== "string") return false;
  if (tarBytes !== null && !isCount(tarBytes)) return false;
  if (!areSoundColumns(entries) || contentOf(entries) !== contentBytes) return false;
  const isRegular = ({ entry }: { readonly entry: number }) => entries.kinds[entry] === KIND.regular;
  if (![captures, binaries, archives].every((list) => list.every(isRegular))) return false;
  return listOf(isObject)(oddities) && oddities.every((oddity) => isSoundOddity(oddity, entries.count));
}

function areSoundColumns(entries: EntryColumns): boolean {
  const { count, kinds, hashes, pathBytes, pathEnds, linkBytes, linkEnds } = entries;
  if (!isCount(count)) return false;
  const { sizes, modes, uids, gids, mtimes, tarStarts, tarEnds } = entries;
  const large = [sizes, mtimes, tarStarts, tarEnds];
  if (!large.every((column) => column instanceof Float64Array && column.length === count)) return false;
  const medium = [pathEnds, linkEnds, uids, gids];
  if (!medium.every((column) => column instanceof Uint32Array && column.length === count)) return false;
  if (!(modes instanceof Uint16Array && modes.length === count)) return false;
  if (!(kinds instanceof Uint8Array && kinds.length === count)) return false;
  if (!endsFit(pathEnds, pathBytes) || !endsFit(linkEnds, linkBytes)) return false;
  if (!areKinds(kinds) || ![sizes, tarStarts, tarEnds].every(areCounts)) return false;
  return hashes === null || (hashes instanceof Uint8Array && hashes.length === HASH_BYTES * regularFiles(kinds));
}

function areKinds(kinds: Uint8Array): boolean {
  for (const kind of kinds) if (kind > HIGHEST_KIND) return false;
  return true;
}

/** Each text ends where the next begins, and the last one with the bytes. */
function endsFit(ends: Uint32Array, bytes: unknown): boolean {
  if (!(bytes instanceof Uint8Array)) return false;
  let last = 0;
  for (const end of ends) {
    if (end < last) return false;
    last = end;
  }
  return last === bytes.length;
}

function regularFiles(kinds: Uint8Array): number {
  let files = 0;
  for (const kind of kinds) if (kind === KIND.regular) files++;
  return files;
}

/** Σ sizes; NaN where an entry that has no contents has a size. */
function contentOf({ kinds, sizes }: EntryColumns): number {
  let bytes = 0;
  for (let i = 0; i < kinds.length; i++) {
    const size = sizes[i] as number;
    if (kinds[i] !== KIND.regular && size !== 0) return Number.NaN;
    bytes += size;
  }
  return bytes;
}

function isSoundOddity({ code, entry, count: times }: LayerIndex["oddities"][number], count: number): boolean {
  return ODDITIES.has(code) && (entry === -1 || (isCount(entry) && entry < count)) && isCount(times);
}

const isElf = shape({
  type: isText,
  machine: isText,
  bits: (bits) => bits === 32 || bits === 64,
  interpreter: isTextOrNull,
  needed: listOf(isText),
  soname: isTextOrNull,
  runpath: isTextOrNull,
  pie: isFlag,
  neededVersions: listOf(isText),
  debugBytes: isCount,
  goBuildInfo: orNull(shape({ version: isText, modules: isText })),
  rustDependencies: isTextOrNull,
});

const JAR_CONTENTS = {
  maven: listOf(shape({ groupId: isText, artifactId: isText, version: isTextOrNull })),
  manifest: (value: unknown) => isObject(value) && Object.values(value).every(isText),
};
const isNestedJar = shape({
  name: isText,
  bytes: isCount,
  storedBytes: isCount,
  contents: orNull(shape(JAR_CONTENTS)),
});
const isJar = shape({ ...JAR_CONTENTS, nested: listOf(isNestedJar) });

/** Whether what extractors found has the form that their readers expect. */
export function areSoundFacts(binaries: unknown, archives: unknown): boolean {
  const found = (facts: Parameters<typeof listOf>[0]) => listOf(shape({ entry: isCount, facts }));
  return found(isElf)(binaries) && found(isJar)(archives);
}

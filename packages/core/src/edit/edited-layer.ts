import type { ImageLayer } from "../image/image.ts";
import type { ImagePath } from "../image-path.ts";
import { ColumnBuilder } from "../layer/column-builder.ts";
import { contentHash } from "../layer/content-hash.ts";
import { type EntryKind, entryLink, entryPath, KIND } from "../layer/layer-index.ts";

const TAR_BLOCK = 512;

/** Which entry of which layer goes into an edited one, and how large it is there. */
export interface KeptEntry {
  /** Which of the given layers. */
  readonly layer: ImageLayer;
  readonly entry: number;
  /** Content bytes; null leaves them as they are. */
  readonly bytes: number | null;
  /** Where it is stored now, if not where it was. */
  readonly path?: ImagePath;
}

/** What some entries weigh: content, tar and blob bytes. */
export interface EntryWeight {
  readonly content: number;
  readonly tar: number;
  readonly blob: number;
}

/** What an entry weighs once it has another size: an estimate in blob bytes. */
export function weightOf({ layer, entry, bytes }: KeptEntry): EntryWeight {
  const { entries } = layer.index;
  const before = entries.sizes[entry] as number;
  const after = bytes ?? before;
  const stored = (entries.tarEnds[entry] as number) - (entries.tarStarts[entry] as number);
  return {
    content: entries.kinds[entry] === KIND.regular ? after : 0,
    tar: stored - padded(before) + padded(after),
    blob: scaled(layer.blob.shares?.entryBytes[entry] ?? 0, before, after),
  };
}

/** Bytes of a layer that belong to no entry: the ends of its tar and of its blob. */
export function endOf(layer: ImageLayer): { readonly tar: number | null; readonly blob: number } {
  let end = ends.get(layer);
  if (end === undefined) {
    end = { tar: overheadOf(layer), blob: layer.blob.shares?.overheadBytes ?? 0 };
    ends.set(layer, end);
  }
  return end;
}

const ends = new WeakMap<ImageLayer, { readonly tar: number | null; readonly blob: number }>();

function padded(bytes: number): number {
  return Math.ceil(bytes / TAR_BLOCK) * TAR_BLOCK;
}

/** Bytes of a tar that belong to no entry: its end. Null where the tar's length is not known. */
function overheadOf({ index: { entries, tarBytes } }: ImageLayer): number | null {
  if (tarBytes === null) return null;
  let used = 0;
  for (let i = 0; i < entries.count; i++) used += (entries.tarEnds[i] as number) - (entries.tarStarts[i] as number);
  return tarBytes - used;
}

/**
 * A layer of some entries of others, as it would be stored: an estimate in tar bytes (what an engine puts around files
 * depends on it) and in blob bytes (a compressor sees other neighbours), exact in content bytes. What was captured of
 * the files is gone: it may be of another size by now.
 *
 * @param last the layer whose end (tar trailer, compression overhead) the new one gets
 */
export function editedLayer(kept: readonly KeptEntry[], last: ImageLayer): ImageLayer {
  const columns = new ColumnBuilder();
  const shares: number[] = [];
  const hashed = kept.every(({ layer, bytes }) => layer.index.entries.hashes !== null && bytes === null);
  let tarBytes = 0;
  let contentBytes = 0;
  let blobBytes = 0;
  let shared = true;
  for (const { layer, entry, bytes, path } of kept) {
    const { entries } = layer.index;
    const kind = entries.kinds[entry] as EntryKind;
    const size = bytes ?? (entries.sizes[entry] as number);
    const weight = weightOf({ layer, entry, bytes });
    const tarStart = tarBytes;
    tarBytes += weight.tar;
    contentBytes += weight.content;
    blobBytes += weight.blob;
    columns.add({
      path: path ?? entryPath(entries, entry),
      kind,
      size,
      mode: entries.modes[entry] as number,
      uid: entries.uids[entry] as number,
      gid: entries.gids[entry] as number,
      mtime: entries.mtimes[entry] as number,
      link: entryLink(entries, entry),
      tarStart,
    });
    columns.endLast(tarBytes);
    const hash = hashed ? contentHash(entries, entry) : null;
    if (hash !== null) columns.addHash(hash);
    if (layer.blob.shares === null) shared = false;
    shares.push(weight.blob);
  }
  const end = endOf(last);
  return {
    declared: { ...last.declared, digest: null, size: null, diffId: null },
    index: {
      ...last.index,
      diffId: null,
      tarBytes: end.tar === null ? null : tarBytes + end.tar,
      contentBytes,
      entries: columns.finish(hashed),
      captures: [],
      binaries: [],
      archives: [],
      oddities: [],
    },
    blob: {
      ...last.blob,
      digest: null,
      blobBytes: blobBytes + end.blob,
      shares:
        shared && last.blob.shares !== null ? { entryBytes: Float64Array.from(shares), overheadBytes: end.blob } : null,
    },
    verified: "none",
  };
}

/** A file that shrinks or grows is taken to compress as well as before. */
function scaled(share: number, before: number, after: number): number {
  return before === 0 || before === after ? share : Math.round((share * after) / before);
}

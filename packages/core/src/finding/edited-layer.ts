import type { ImageLayer } from "../image/image.ts";
import type { ImagePath } from "../image-path.ts";
import { ColumnBuilder } from "../layer/column-builder.ts";
import { type EntryKind, entryLink, entryPath, HASH_BYTES, KIND, type LayerIndex } from "../layer/layer-index.ts";

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

/** Where the hash of each regular file of a layer stands. */
function hashRows({ kinds, count }: LayerIndex["entries"]): Uint32Array {
  const rows = new Uint32Array(count);
  let row = 0;
  for (let i = 0; i < count; i++) if (kinds[i] === KIND.regular) rows[i] = row++;
  return rows;
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
  const rows = new Map<ImageLayer, Uint32Array>();
  const hashed = kept.every(({ layer, bytes }) => layer.index.entries.hashes !== null && bytes === null);
  let tarBytes = 0;
  let contentBytes = 0;
  let blobBytes = 0;
  let shared = true;
  for (const { layer, entry, bytes, path } of kept) {
    const { entries } = layer.index;
    const kind = entries.kinds[entry] as EntryKind;
    const before = entries.sizes[entry] as number;
    const size = bytes ?? before;
    const tarStart = tarBytes;
    const stored = (entries.tarEnds[entry] as number) - (entries.tarStarts[entry] as number);
    tarBytes += stored - padded(before) + padded(size);
    contentBytes += kind === KIND.regular ? size : 0;
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
    if (hashed && kind === KIND.regular) {
      let table = rows.get(layer);
      if (table === undefined) {
        table = hashRows(entries);
        rows.set(layer, table);
      }
      const row = (table[entry] as number) * HASH_BYTES;
      columns.addHash((entries.hashes as Uint8Array).subarray(row, row + HASH_BYTES));
    }
    const share = layer.blob.shares?.entryBytes[entry];
    if (share === undefined) shared = false;
    else shares.push(scaled(share, before, size));
    blobBytes += shares.at(-1) ?? 0;
  }
  const overheadBytes = last.blob.shares?.overheadBytes ?? 0;
  const endBytes = overheadOf(last);
  return {
    declared: { ...last.declared, digest: null, size: null, diffId: null },
    index: {
      ...last.index,
      diffId: null,
      tarBytes: endBytes === null ? null : tarBytes + endBytes,
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
      blobBytes: blobBytes + overheadBytes,
      shares: shared && last.blob.shares !== null ? { entryBytes: Float64Array.from(shares), overheadBytes } : null,
    },
    verified: "none",
  };
}

/** A file that shrinks or grows is taken to compress as well as before. */
function scaled(share: number, before: number, after: number): number {
  return before === 0 || before === after ? share : Math.round((share * after) / before);
}

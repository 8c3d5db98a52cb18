import { type ImagePath, textOfPath } from "../image-path.ts";
import { entryPath, HASH_BYTES, KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { FATE } from "../tree/fate.ts";
import { NONE } from "../tree/path-tree.ts";
import { byPath } from "./keys.ts";
import type { SnapshotFile } from "./snapshot.ts";

interface StoredFile {
  liveBytes: number;
  wastedBytes: number;
  blobBytes: number;
  hash: string | null;
}

/** What is stored under each path that any layer has a regular file at, in one pass over the entries. */
function weighPaths(ledger: Ledger): Map<ImagePath, StoredFile> {
  const { tree, nodes, starts, fates } = ledger.squash;
  const stored = new Map<ImagePath, StoredFile>();
  ledger.image.layers.forEach(({ index: { entries }, blob }, layer) => {
    const { kinds, sizes, hashes, count } = entries;
    const start = starts[layer] as number;
    const shares = ledger.layers[layer]?.blobBytes === null ? null : blob.shares;
    let row = 0;
    for (let i = 0; i < count; i++) {
      if (kinds[i] !== KIND.regular) continue;
      const at = HASH_BYTES * row++;
      const node = nodes[start + i] as number;
      const path = node === NONE ? entryPath(entries, i) : tree.pathOf(node);
      let file = stored.get(path);
      if (file === undefined) {
        file = { liveBytes: 0, wastedBytes: 0, blobBytes: 0, hash: null };
        stored.set(path, file);
      }
      if (shares !== null) file.blobBytes += shares.entryBytes[i] as number;
      if (fates[start + i] !== FATE.live) {
        file.wastedBytes += sizes[i] as number;
        continue;
      }
      file.liveBytes += sizes[i] as number;
      if (hashes !== null) file.hash = Buffer.from(hashes.buffer, hashes.byteOffset + at, HASH_BYTES).toString("hex");
    }
  });
  return stored;
}

/** One row a path that stores a regular file, in order of path. */
export function listStoredFiles(ledger: Ledger): SnapshotFile[] {
  const hasBlobs = ledger.blobBytes !== null;
  return Array.from(weighPaths(ledger), ([path, { liveBytes, wastedBytes, blobBytes, hash }]) => ({
    ...textOfPath(path),
    contentBytes: liveBytes + wastedBytes,
    liveBytes,
    wastedBytes,
    blobBytes: hasBlobs ? blobBytes : null,
    hash,
  })).sort(byPath);
}

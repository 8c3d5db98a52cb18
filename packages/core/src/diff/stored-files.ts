import { type ImagePath, textOfPath } from "../image-path.ts";
import { contentHashText } from "../layer/content-hash.ts";
import { entryPath, KIND } from "../layer/layer-index.ts";
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
    const { kinds, sizes, count } = entries;
    const start = starts[layer] as number;
    const shares = ledger.layers[layer]?.blobBytes === null ? null : blob.shares;
    for (let i = 0; i < count; i++) {
      if (kinds[i] !== KIND.regular) continue;
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
      file.hash = contentHashText(entries, i);
    }
  });
  return stored;
}

/** One row a path that stores a regular file, in order of path. */
export function listStoredFiles(ledger: Ledger): SnapshotFile[] {
  const hasBlobs = ledger.blobBytes !== null;
  return Array.from(weighPaths(ledger), ([key, { liveBytes, wastedBytes, blobBytes, hash }]) => {
    const { path, pathBase64 } = textOfPath(key);
    return {
      path,
      ...(pathBase64 === undefined ? undefined : { pathBase64 }),
      contentBytes: liveBytes + wastedBytes,
      liveBytes,
      wastedBytes,
      blobBytes: hasBlobs ? blobBytes : null,
      hash,
    };
  }).sort(byPath);
}

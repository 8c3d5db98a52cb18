import type { Snapshot } from "./snapshot.ts";

/** The same changesets, each made by the same instruction. Without any layer nothing says so. */
function isSameImage(base: Snapshot, head: Snapshot): boolean {
  return (
    base.layers.length > 0 &&
    base.layers.length === head.layers.length &&
    base.layers.every(({ diffId, instruction }, i) => {
      const other = head.layers[i];
      return diffId !== null && diffId === other?.diffId && instruction === other.instruction;
    })
  );
}

function withoutBlobs<T extends { readonly blobBytes: number | null }>(rows: readonly T[]): T[] {
  return rows.map((row) => ({ ...row, blobBytes: null }));
}

/** A snapshot as it is of a source that has no compressed layers. */
function uncompressed(snapshot: Snapshot): Snapshot {
  const { groups, layers, files, sizes } = snapshot;
  return {
    ...snapshot,
    sizes: { ...sizes, blobBytes: null },
    layers: withoutBlobs(layers),
    groups: {
      instruction: withoutBlobs(groups.instruction),
      package: withoutBlobs(groups.package),
      category: withoutBlobs(groups.category),
      directory: withoutBlobs(groups.directory),
      base: withoutBlobs(groups.base),
    },
    files: withoutBlobs(files),
  };
}

/**
 * The base as it compares with the head. Of one image, two snapshots differ only by how much was known when each was
 * taken (a Dockerfile, a base image, contents that were read, paths that a file left out), and what is known of one is
 * true of the other. Only blob bytes are each source's own.
 */
export function asComparable(base: Snapshot, head: Snapshot): Snapshot {
  if (!isSameImage(base, head)) return base;
  if (base.sizes.blobBytes === head.sizes.blobBytes) return { ...head, image: base.image };
  if (base.sizes.blobBytes === null || head.sizes.blobBytes === null)
    return { ...uncompressed(head), image: base.image };
  // Compressed in two ways: what was compressed is the same.
  return { ...base, findings: head.findings, groups: { ...base.groups, base: withoutBlobs(head.groups.base) } };
}

import type { Image, ImageLayer } from "../image/image.ts";
import type { ImagePath } from "../image-path.ts";
import { parentPath } from "../image-path.ts";
import { entryLink, entryPath, KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { squash } from "../tree/squash.ts";
import { editedLayer, type KeptEntry } from "./edited-layer.ts";
import type { ImageEdit, KnownBase } from "./image-edit.ts";
import { rewrittenSizes } from "./rewritten-sizes.ts";

type EditOf<Kind extends ImageEdit["kind"]> = Extract<ImageEdit, { kind: Kind }>;

function only<Kind extends ImageEdit["kind"]>(edits: readonly ImageEdit[], kind: Kind): EditOf<Kind>[] {
  return edits.filter((edit): edit is EditOf<Kind> => edit.kind === kind);
}

/**
 * The image as it would be after a rebuild with these changes, to be weighed like any other. Order does not matter and
 * overlaps count once: files go first, sizes change next, layers are joined, and an extraction comes last.
 *
 * Content bytes are exact as far as the edits are; tar and blob bytes are estimates (see {@link editedLayer}). Layers
 * that lose all their entries are no layers any more. Synchronous and pure.
 */
export function editImage(ledger: Ledger, edits: readonly ImageEdit[]): Image {
  const { image } = ledger;
  const [extraction] = only(edits, "extract");
  if (extraction !== undefined) return extract(ledger, extraction);
  let layers = changeFiles(ledger, edits);
  const groups = joinedGroups(only(edits, "join"));
  if (groups.length > 0) layers = joinLayers(layers, groups);
  const kept = layers.flatMap((layer, i) =>
    layer.index.entries.count > 0 || layer === image.layers[i]
      ? [{ layer, origin: image.history.layers[i] as Image["history"]["layers"][number] }]
      : [],
  );
  return {
    ...image,
    layers: kept.map(({ layer }) => layer),
    history: { ...image.history, layers: kept.map(({ origin }) => origin) },
  };
}

/** Layers without the files that go, and with the sizes that change. Layers that nothing happens to stay the same objects. */
function changeFiles(ledger: Ledger, edits: readonly ImageEdit[]): ImageLayer[] {
  const { starts } = ledger.squash;
  const dropped = new Set(only(edits, "drop-layer").map(({ layer }) => layer));
  const omitted = new Set(only(edits, "omit").flatMap(({ instances }) => instances));
  const sizes = new Map(only(edits, "resize").map(({ instance, bytes }) => [instance, bytes]));
  for (const [instance, bytes] of rewrittenSizes(ledger, only(edits, "forget"))) sizes.set(instance, bytes);
  const touched = new Set<number>([...omitted, ...sizes.keys()].map((instance) => layerOf(starts, instance)));
  return ledger.image.layers.map((layer, i) => {
    if (dropped.has(i)) return editedLayer([], layer);
    return touched.has(i) ? withoutFiles(layer, starts[i] as number, omitted, sizes) : layer;
  });
}

function layerOf(starts: Uint32Array, instance: number): number {
  let layer = 0;
  while ((starts[layer + 1] as number) <= instance) layer++;
  return layer;
}

function withoutFiles(
  layer: ImageLayer,
  start: number,
  omitted: ReadonlySet<number>,
  sizes: ReadonlyMap<number, number>,
): ImageLayer {
  const { entries } = layer.index;
  const gone = new Set<ImagePath>();
  for (let i = 0; i < entries.count; i++) if (omitted.has(start + i)) gone.add(entryPath(entries, i));
  const kept: KeptEntry[] = [];
  for (let entry = 0; entry < entries.count; entry++) {
    if (omitted.has(start + entry)) continue;
    if (entries.kinds[entry] === KIND.hardLink && gone.has(entryLink(entries, entry))) continue;
    kept.push({ layer, entry, bytes: sizes.get(start + entry) ?? null });
  }
  return editedLayer(withoutEmptied(kept, layer, gone), layer);
}

/**
 * An engine stores a directory because something in it changed: one that lost all that it had is not stored either.
 * Those that were empty before stay.
 */
function withoutEmptied(kept: readonly KeptEntry[], layer: ImageLayer, gone: ReadonlySet<ImagePath>): KeptEntry[] {
  const { entries } = layer.index;
  const emptied = new Set<ImagePath>();
  for (const path of gone) for (let at = parentPath(path); at !== ""; at = parentPath(at)) emptied.add(at);
  for (const { entry } of kept) {
    if (entries.kinds[entry] === KIND.directory) continue;
    for (let at = parentPath(entryPath(entries, entry)); at !== ""; at = parentPath(at)) emptied.delete(at);
  }
  return kept.filter(({ entry }) => entries.kinds[entry] !== KIND.directory || !emptied.has(entryPath(entries, entry)));
}

/** Joins that share a layer are one join. */
function joinedGroups(joins: readonly EditOf<"join">[]): number[][] {
  let groups: Set<number>[] = [];
  for (const { layers } of joins) {
    const sharing = groups.filter((group) => layers.some((layer) => group.has(layer)));
    groups = groups.filter((group) => !sharing.includes(group));
    groups.push(new Set([...layers, ...sharing.flatMap((group) => [...group])]));
  }
  return groups.map((group) => [...group].sort((a, b) => a - b)).filter((group) => group.length > 1);
}

function joinLayers(layers: readonly ImageLayer[], groups: readonly (readonly number[])[]): ImageLayer[] {
  const result = [...layers];
  const squashed = squash(layers.map(({ index }) => index));
  for (const group of groups) {
    const members = new Set(group);
    const dead = (layer: number, entry: number): boolean =>
      members.has(squashed.removedIn[(squashed.starts[layer] as number) + entry] as number);
    const last = group.at(-1) as number;
    const joined = editedLayer(visibleEntries(layers, group, dead), layers[last] as ImageLayer);
    for (const layer of group) result[layer] = editedLayer([], layers[layer] as ImageLayer);
    result[last] = joined;
  }
  return result;
}

/** What is left of several layers when only their last state is stored. */
function visibleEntries(
  layers: readonly ImageLayer[],
  group: readonly number[],
  dead: (layer: number, entry: number) => boolean,
): KeptEntry[] {
  let visible = new Map<ImagePath, KeptEntry>();
  const below = pathsBelow(layers, group[0] as number, group);
  for (const number of group) {
    const layer = layers[number] as ImageLayer;
    const { entries } = layer.index;
    const removed = new Set<ImagePath>();
    for (let i = 0; i < entries.count; i++)
      if (entries.kinds[i] === KIND.whiteout || entries.kinds[i] === KIND.opaque) removed.add(entryPath(entries, i));
    if (removed.size > 0) visible = new Map([...visible].filter(([path, kept]) => !isBelow(path, removed, kept)));
    for (let entry = 0; entry < entries.count; entry++) {
      const path = entryPath(entries, entry);
      const kind = entries.kinds[entry];
      if (kind === KIND.regular && dead(number, entry)) continue;
      // A whiteout of what the joined layers brought themselves has nothing left to remove.
      if (kind === KIND.whiteout && !below(path)) continue;
      const key = kind === KIND.whiteout || kind === KIND.opaque ? `${path}\0` : path;
      visible.delete(key);
      visible.set(key, { layer, entry, bytes: null });
    }
  }
  return [...visible.values()];
}

/** Whether a path, or a directory above it, was removed. Regular files are left to the squash, which follows links. */
function isBelow(path: ImagePath, removed: ReadonlySet<ImagePath>, { layer, entry }: KeptEntry): boolean {
  if (layer.index.entries.kinds[entry] === KIND.regular || path.endsWith("\0")) return false;
  for (let at = path; at !== ""; at = parentPath(at)) if (removed.has(at)) return true;
  return false;
}

/** Which of the paths that whiteouts name any lower layer has. */
function pathsBelow(
  layers: readonly ImageLayer[],
  first: number,
  group: readonly number[],
): (path: ImagePath) => boolean {
  const named = new Set<ImagePath>();
  for (const number of group) {
    const { entries } = (layers[number] as ImageLayer).index;
    for (let i = 0; i < entries.count; i++) if (entries.kinds[i] === KIND.whiteout) named.add(entryPath(entries, i));
  }
  const found = new Set<ImagePath>();
  if (named.size > 0)
    for (const { index } of layers.slice(0, first))
      for (let i = 0; i < index.entries.count; i++) {
        const path = entryPath(index.entries, i);
        if (named.has(path)) found.add(path);
      }
  return (path) => found.has(path);
}

/** One layer of chosen files, and the directories that lead to them, on another base. */
function extract({ image, squash: { starts } }: Ledger, { instances, base }: EditOf<"extract">): Image {
  const chosen = new Set(instances);
  const last = image.layers.at(-1) as ImageLayer;
  const kept: KeptEntry[] = [];
  image.layers.forEach((layer, number) => {
    const start = starts[number] as number;
    for (let entry = 0; entry < layer.index.entries.count; entry++)
      if (chosen.has(start + entry)) kept.push({ layer, entry, bytes: null });
  });
  const origin = image.history.layers.at(-1) as Image["history"]["layers"][number];
  const layers = [...(base === null ? [] : [baseLayer(base, last)]), editedLayer(kept, last)];
  return { ...image, layers, history: { ...image.history, layers: layers.map(() => origin) } };
}

/** A base of which only the size is known: one file of that size stands for it. */
function baseLayer({ contentBytes, blobBytes }: KnownBase, like: ImageLayer): ImageLayer {
  const layer = editedLayer([], like);
  const count = 1;
  return {
    ...layer,
    index: {
      ...layer.index,
      contentBytes,
      tarBytes: contentBytes,
      entries: {
        count,
        pathBytes: Buffer.from("[base]"),
        pathEnds: Uint32Array.of("[base]".length),
        kinds: Uint8Array.of(KIND.regular),
        sizes: Float64Array.of(contentBytes),
        modes: new Uint16Array(count),
        uids: new Uint32Array(count),
        gids: new Uint32Array(count),
        mtimes: new Float64Array(count),
        linkBytes: new Uint8Array(0),
        linkEnds: new Uint32Array(count),
        tarStarts: new Float64Array(count),
        tarEnds: Float64Array.of(contentBytes),
        hashes: null,
      },
    },
    blob: {
      ...layer.blob,
      blobBytes: blobBytes ?? 0,
      shares: blobBytes === null ? null : { entryBytes: Float64Array.of(blobBytes), overheadBytes: 0 },
    },
  };
}

import { mergedGroups } from "../build/merged-groups.ts";
import type { Image, ImageLayer } from "../image/image.ts";
import type { ImagePath } from "../image-path.ts";
import { type EntryKind, entryPath, KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { layerOfInstance } from "../tree/instance.ts";
import { NONE, type PathTree, ROOT } from "../tree/path-tree.ts";
import { squash } from "../tree/squash.ts";
import { editedLayer, type KeptEntry } from "./edited-layer.ts";
import type { ImageEdit, KnownBase } from "./image-edit.ts";
import { goneWith } from "./layer-structure.ts";
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
  const stored = joinLayers(ledger, changeFiles(ledger, fileChanges(ledger, edits)), joinedGroups(edits));
  const kept = image.layers.flatMap((layer, i) => {
    const origin = image.history.layers[i] as Image["history"]["layers"][number];
    const own = stored.get(i);
    if (own === undefined) return [{ layer, origin }];
    return own.length === 0 ? [] : [{ layer: editedLayer(own, layer), origin }];
  });
  return {
    ...image,
    layers: kept.map(({ layer }) => layer),
    history: { ...image.history, layers: kept.map(({ origin }) => origin) },
  };
}

/** What layers store after an edit, by layer; layers that nothing happens to are not in it. */
type Stored = ReadonlyMap<number, readonly KeptEntry[]>;

/** What happens to single files, and which layers they are in. */
export interface FileChanges {
  /** Instances that go, by layer. */
  readonly omitted: ReadonlyMap<number, ReadonlySet<number>>;
  /** Content bytes by instance. */
  readonly sizes: ReadonlyMap<number, number>;
  /** Layers that go as a whole. */
  readonly dropped: ReadonlySet<number>;
  readonly touched: ReadonlySet<number>;
}

export function fileChanges(ledger: Ledger, edits: readonly ImageEdit[]): FileChanges {
  const { starts } = ledger.squash;
  const omitted = new Map<number, Set<number>>();
  for (const { instances } of only(edits, "omit")) {
    let own = new Set<number>();
    let [start, end] = [0, 0];
    for (const instance of instances) {
      // Files of one layer mostly follow each other.
      if (instance < start || instance >= end) {
        const layer = layerOfInstance(starts, instance);
        [start, end] = [starts[layer] as number, starts[layer + 1] as number];
        own = omitted.get(layer) ?? new Set();
        omitted.set(layer, own);
      }
      own.add(instance);
    }
  }
  const sizes = new Map(only(edits, "resize").map(({ instance, bytes }) => [instance, bytes]));
  for (const [instance, bytes] of rewrittenSizes(ledger, only(edits, "forget"))) sizes.set(instance, bytes);
  const dropped = new Set(only(edits, "drop-layer").map(({ layer }) => layer));
  const resized = [...sizes.keys()].map((instance) => layerOfInstance(starts, instance));
  return { omitted, sizes, dropped, touched: new Set([...omitted.keys(), ...resized, ...dropped]) };
}

/** Layers without the files that go, and with the sizes that change. */
function changeFiles(ledger: Ledger, changes: FileChanges): Stored {
  return new Map([...changes.touched].map((number) => [number, entriesAfter(ledger, changes, number)]));
}

/** What one layer stores after changes of single files. */
export function entriesAfter(ledger: Ledger, changes: FileChanges, number: number): KeptEntry[] {
  const layer = ledger.image.layers[number] as ImageLayer;
  if (changes.dropped.has(number)) return [];
  const start = ledger.squash.starts[number] as number;
  const without = goneWith(ledger, number, changes.omitted.get(number) ?? new Set());
  const kept: KeptEntry[] = [];
  for (let entry = 0; entry < layer.index.entries.count; entry++)
    if (!without.has(entry)) kept.push({ layer, entry, bytes: changes.sizes.get(start + entry) ?? null });
  return kept;
}

function allEntries(layer: ImageLayer): KeptEntry[] {
  return Array.from({ length: layer.index.entries.count }, (_, entry) => ({ layer, entry, bytes: null }));
}

/** Joins that share a layer are one join; of a single layer is none. */
export function joinedGroups(edits: readonly ImageEdit[]): number[][] {
  return mergedGroups(only(edits, "join").map(({ layers }) => layers)).filter((group) => group.length > 1);
}

/**
 * Layers that become one: the last has what is left of all, the others have nothing. What the ledger saw dying within the
 * group is not stored, also where the file that took its place is left out now: it is removed then, not restored.
 */
function joinLayers(ledger: Ledger, changed: Stored, groups: readonly (readonly number[])[]): Stored {
  const result = new Map(changed);
  for (const group of groups) {
    const joined = joinedEntries(ledger, group, (number) => changed.get(number));
    for (const number of group) result.set(number, []);
    result.set(group.at(-1) as number, joined);
  }
  return result;
}

/** What layers store together once they are one; `changed` has those of them that changed before. */
export function joinedEntries(
  ledger: Ledger,
  group: readonly number[],
  changed: (number: number) => readonly KeptEntry[] | undefined,
): KeptEntry[] {
  const members = group.map((number) => ({
    number,
    entries: changed(number) ?? allEntries(ledger.image.layers[number] as ImageLayer),
  }));
  return visibleEntries(ledger, members);
}

interface Member {
  readonly number: number;
  readonly entries: readonly KeptEntry[];
}

function kindOf({ layer, entry }: KeptEntry): EntryKind {
  return layer.index.entries.kinds[entry] as EntryKind;
}

function pathOf({ layer, entry }: KeptEntry): ImagePath {
  return entryPath(layer.index.entries, entry);
}

/**
 * What is left of several layers when only their last state is stored: files by the ledger's fates, whatever else stands
 * after the last of them, and whiteouts that still have something below to remove.
 */
function visibleEntries(ledger: Ledger, members: readonly Member[]): KeptEntry[] {
  const { image, squash } = ledger;
  const numbers = new Set(members.map(({ number }) => number));
  const below = pathsBelow(image.layers, members);
  const standing = standingAfter(ledger, Math.max(...numbers));
  const writers = lastWriters(members);
  const omitted = omissionsOf(image.layers, members);
  const kept = new Map<string, KeptEntry>();
  for (const { number, entries } of members) {
    const start = squash.starts[number] as number;
    for (const one of entries) {
      const [kind, instance] = [kindOf(one), start + one.entry];
      const path = standing.get(instance);
      if (kind === KIND.regular) {
        // One that goes on under another of its names is stored there.
        const killer = squash.removedIn[instance] as number;
        const isRestored = killer > number && writers.get(pathOf(one)) === number && omitted(killer, pathOf(one));
        if (!numbers.has(killer) || isRestored) kept.set(`${instance}`, placed(one, path));
      } else if (kind === KIND.opaque || kind === KIND.whiteout) {
        if (kind === KIND.opaque || below(pathOf(one))) kept.set(`${kind} ${pathOf(one)}`, one);
      } else if (path !== undefined) kept.set(`${instance}`, placed(one, path));
    }
  }
  return [...kept.values()];
}

/** The last of some layers that still stores something, or a whiteout, at each path. */
function lastWriters(members: readonly Member[]): ReadonlyMap<ImagePath, number> {
  const writers = new Map<ImagePath, number>();
  for (const { number, entries } of members) for (const one of entries) writers.set(pathOf(one), number);
  return writers;
}

/** Whether a layer stored something at a path that it stores no longer: then it takes nothing from that path either. */
function omissionsOf(
  layers: readonly ImageLayer[],
  members: readonly Member[],
): (number: number, path: ImagePath) => boolean {
  const omissions = new Map<number, Set<ImagePath>>();
  for (const { number, entries } of members) {
    const layer = layers[number] as ImageLayer;
    if (entries.length === layer.index.entries.count) continue;
    const gone = new Set(allEntries(layer).map(pathOf));
    for (const one of entries) gone.delete(pathOf(one));
    omissions.set(number, gone);
  }
  return (number, path) => omissions.get(number)?.has(path) === true;
}

function placed(one: KeptEntry, path: ImagePath | undefined): KeptEntry {
  return path === undefined ? one : { ...one, path };
}

const standings = new WeakMap<Ledger, Map<number, ReadonlyMap<number, ImagePath>>>();

/** Where things stand after a layer has been applied, by the instance that put them there; of files, the first name of each. */
function standingAfter(ledger: Ledger, last: number): ReadonlyMap<number, ImagePath> {
  const known = standings.get(ledger) ?? new Map<number, ReadonlyMap<number, ImagePath>>();
  standings.set(ledger, known);
  const before = known.get(last);
  if (before !== undefined) return before;
  const standing = new Map<number, ImagePath>();
  squash(
    ledger.image.layers.slice(0, last + 1).map(({ index }) => index),
    {
      layerApplied: (layer, { tree }) => {
        if (layer === last) collectStanding(tree, standing);
      },
    },
  );
  known.set(last, standing);
  return standing;
}

/** Without recursion: a hostile tree may be thousands of directories deep. */
function collectStanding(tree: PathTree, standing: Map<number, ImagePath>): void {
  const pending: { readonly node: number; readonly path: ImagePath }[] = [{ node: ROOT, path: "" }];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const [name, node] of tree.childrenOf(at.node) ?? []) {
      const path = at.path === "" ? name : `${at.path}/${name}`;
      const inode = tree.inodes[node] as number;
      const setBy = tree.setBy[node] as number;
      // A link that now is the file's first name carries the contents itself.
      if (inode !== NONE && !standing.has(inode)) standing.set(inode, path);
      else if (setBy !== NONE && !standing.has(setBy)) standing.set(setBy, path);
      pending.push({ node, path });
    }
  }
}

/** Which of the paths that whiteouts name any lower layer has. */
function pathsBelow(layers: readonly ImageLayer[], members: readonly Member[]): (path: ImagePath) => boolean {
  const first = Math.min(...members.map(({ number }) => number));
  const named = new Set(
    members.flatMap(({ entries }) => entries.filter((one) => kindOf(one) === KIND.whiteout).map(pathOf)),
  );
  const found = new Set<ImagePath>();
  if (named.size > 0) {
    for (const path of layers.slice(0, first).flatMap((layer) => allEntries(layer).map(pathOf)))
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

import { type ImagePath, textOfPath } from "../image-path.ts";
import { haveEqualHashes } from "../layer/content-hash.ts";
import {
  type EntryColumns,
  type EntryKind,
  entryLink,
  entryPath,
  KIND,
  type LayerIndex,
  pathReader,
} from "../layer/layer-index.ts";
import { ParentReader } from "../layer/parent-reader.ts";
import type { Warning, WarningCode } from "../warning.ts";
import { FATE, type Fate } from "./fate.ts";
import { layerOfInstance } from "./instance.ts";
import { NONE, PathTree, ROOT } from "./path-tree.ts";
import { LOOKUP, lookup, type WalkRules, walk } from "./resolve.ts";
import type { LayerState, SquashObserver, TreeEvent } from "./squash-observer.ts";

/**
 * The layers, squashed. Entries of all layers are numbered through in order: *instance* numbers; the columns below have
 * one row for each. An inode is the instance of the regular file that carries its bytes.
 */
export interface Squash {
  readonly tree: PathTree;
  /** The first instance of each layer, and the total. */
  readonly starts: Uint32Array;
  /** By layer: nodes from this number on stand for paths that were not there before it. */
  readonly firstNodes: Uint32Array;
  /** Of regular files: what became of them. */
  readonly fates: Uint8Array;
  /** Of regular files that are not live: the layer whose event took their last path. NONE for the rest. */
  readonly removedIn: Int32Array;
  /**
   * The path of an instance. For a regular file: its first live path in tar order, or, once dead, that of the entry that
   * carried its bytes. For a whiteout: what it names, if it was there. NONE where there is no such path.
   */
  readonly nodes: Int32Array;
  /** The path that an entry itself has, of regular files that are reported under another: see {@link nodes}. */
  readonly ownNodes: ReadonlyMap<number, number>;
  readonly warnings: readonly Warning[];
}

/**
 * Puts layers on top of each other by the rules of the OCI image-spec (layer.md): within a layer opaque whiteouts act
 * first, then whiteouts, both on lower layers only, then entries in tar order.
 */
export function squash(layers: readonly LayerIndex[], observer: SquashObserver = {}): Squash {
  const squasher = new Squasher(layers, observer);
  for (let layer = 0; layer < layers.length; layer++) {
    squasher.apply(layer);
    observer.layerApplied?.(layer, squasher.state);
  }
  return squasher.finish();
}

class Squasher {
  readonly #layers: readonly LayerIndex[];
  readonly #observer: SquashObserver;
  readonly #tree = new PathTree();
  readonly #starts: Uint32Array;
  readonly #firstNodes: Uint32Array;
  readonly #fates: Uint8Array;
  readonly #removedIn: Int32Array;
  readonly #nodes: Int32Array;
  /** How many paths lead to an inode. */
  readonly #linkCounts: Uint32Array;
  readonly #warnings: Warning[] = [];
  readonly #warned = new Set<string>();

  #layer = 0;
  #entry = 0;
  /** The directory of the last entry; NONE where it may be another by now. */
  #directory = NONE;

  /** Creates parents that no entry named. */
  readonly #creating: WalkRules = {
    missing: (parent, name, existing) => {
      if (existing === NONE) return this.#tree.add(parent, name, KIND.directory);
      this.#warn("implied-directory-over-file", this.#tree.pathOf(existing));
      this.#kill(existing, FATE.overwritten);
      return this.#tree.add(parent, name, KIND.directory);
    },
    target: LOOKUP.target,
    loop: () => this.#warn("symlink-loop", this.#currentPath()),
  };

  constructor(layers: readonly LayerIndex[], observer: SquashObserver) {
    this.#layers = layers;
    this.#observer = observer;
    this.#starts = new Uint32Array(layers.length + 1);
    this.#firstNodes = new Uint32Array(layers.length);
    layers.forEach((layer, i) => {
      this.#starts[i + 1] = (this.#starts[i] as number) + layer.entries.count;
    });
    const total = this.#starts[layers.length] as number;
    this.#fates = new Uint8Array(total);
    this.#removedIn = new Int32Array(total).fill(NONE);
    this.#nodes = new Int32Array(total).fill(NONE);
    this.#linkCounts = new Uint32Array(total);
  }

  apply(layer: number): void {
    this.#layer = layer;
    this.#firstNodes[layer] = this.#tree.count;
    this.#directory = NONE;
    const { entries } = this.#index;
    const { kinds, count } = entries;
    this.#applyMarkers();
    const parents = new ParentReader(entries);
    for (let i = 0; i < count; i++) {
      const kind = kinds[i] as EntryKind;
      if (kind >= KIND.whiteout) continue;
      this.#entry = i;
      this.#applyEntry(kind, parents);
    }
  }

  get state(): LayerState {
    return { tree: this.#tree, starts: this.#starts, fates: this.#fates, nodes: this.#nodes };
  }

  finish(): Squash {
    const ownNodes = this.#findLivePaths();
    return {
      tree: this.#tree,
      starts: this.#starts,
      firstNodes: this.#firstNodes,
      fates: this.#fates,
      removedIn: this.#removedIn,
      nodes: this.#nodes,
      ownNodes,
      warnings: this.#warnings,
    };
  }

  get #index(): LayerIndex {
    return this.#layers[this.#layer] as LayerIndex;
  }

  #instance(entry: number): number {
    return (this.#starts[this.#layer] as number) + entry;
  }

  #currentPath(): ImagePath {
    return entryPath(this.#index.entries, this.#entry);
  }

  #warn(code: WarningCode, path: ImagePath): void {
    const key = `${code} ${this.#layer}`;
    // One row a layer and kind of trouble: a hostile layer could have millions.
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    const { path: text } = textOfPath(path);
    this.#warnings.push({
      code,
      message: `layer ${this.#layer}: ${MESSAGES[code] ?? code}`,
      layer: this.#layer,
      path: text,
    });
  }

  #applyMarkers(): void {
    const { kinds } = this.#index.entries;
    const rules = this.#markerRules();
    for (const kind of [KIND.opaque, KIND.whiteout]) {
      for (let i = kinds.indexOf(kind); i !== -1; i = kinds.indexOf(kind, i + 1)) {
        this.#entry = i;
        if (kind === KIND.opaque) this.#applyOpaque(rules);
        else this.#applyWhiteout(rules);
      }
    }
  }

  /**
   * Markers act on the lower layers before this layer's entries are there, yet an entry of this layer may replace a
   * symlink on the marker's way: `lib` becomes a directory of its own, and `lib/.wh..wh..opq` then says nothing about
   * what the link pointed to. Such a link is followed as this layer leaves it, or not at all.
   */
  #markerRules(): WalkRules {
    let own: Map<ImagePath, number> | null = null;
    return {
      missing: () => NONE,
      target: (node, target) => {
        own ??= this.#entriesByPath();
        const entry = own.get(this.#tree.pathOf(node));
        if (entry === undefined) return target;
        const { entries } = this.#index;
        return entries.kinds[entry] === KIND.symlink ? entryLink(entries, entry) : null;
      },
      loop: () => this.#warn("symlink-loop", this.#currentPath()),
    };
  }

  #entriesByPath(): Map<ImagePath, number> {
    const { entries } = this.#index;
    const byPath = new Map<ImagePath, number>();
    const pathOf = pathReader(entries);
    for (let i = 0; i < entries.count; i++) {
      if ((entries.kinds[i] as number) < KIND.whiteout) byPath.set(pathOf(i), i);
    }
    return byPath;
  }

  #applyOpaque(rules: WalkRules): void {
    const node = walk(this.#tree, this.#currentPath(), rules);
    if (node === NONE) return;
    this.#nodes[this.#instance(this.#entry)] = node;
    this.#killAll(this.#tree.detachChildren(node), FATE.opaqueHidden);
  }

  #applyWhiteout(rules: WalkRules): void {
    const path = this.#currentPath();
    const slash = path.lastIndexOf("/");
    const parent = slash < 0 ? ROOT : walk(this.#tree, path.slice(0, slash), rules);
    const node = parent === NONE ? NONE : this.#tree.child(parent, path.slice(slash + 1));
    if (node === NONE) return;
    this.#nodes[this.#instance(this.#entry)] = node;
    this.#tree.unlink(node);
    this.#killAll([node], FATE.deleted);
  }

  #applyEntry(kind: EntryKind, parents: ParentReader): void {
    // Entries of one directory follow each other, so the last answer is usually right again.
    if (!parents.moveTo(this.#entry) || this.#directory === NONE)
      this.#directory = walk(this.#tree, parents.path, this.#creating);
    const { name } = parents;
    if (name === "") {
      this.#nodes[this.#instance(this.#entry)] = ROOT;
      return;
    }
    const parent = this.#directory;
    if (kind === KIND.hardLink) this.#placeLink(parent, name);
    else if (kind === KIND.regular) this.#placeFile(parent, name);
    else this.#placeOther(parent, name, kind);
  }

  #placeFile(parent: number, name: string): void {
    const inode = this.#instance(this.#entry);
    const existing = this.#tree.child(parent, name);
    if (existing !== NONE) this.#replace(existing, inode);
    this.#place(parent, name, KIND.regular, inode);
  }

  /** A hard link is another path of an inode that is there already, in this layer or a lower one. */
  #placeLink(parent: number, name: string): void {
    const target = lookup(this.#tree, entryLink(this.#index.entries, this.#entry));
    const existing = this.#tree.child(parent, name);
    if (target === NONE || target === ROOT || this.#tree.kinds[target] === KIND.directory) {
      this.#warn("dangling-hardlink", this.#currentPath());
      if (existing !== NONE) this.#replace(existing, NONE);
      this.#place(parent, name, KIND.other, NONE);
      return;
    }
    const inode = this.#tree.inodes[target] as number;
    const kind = this.#tree.kinds[target] as EntryKind;
    const link = this.#tree.links.get(target);
    // A link to what already stands here changes nothing.
    if (existing === target) {
      this.#nodes[this.#instance(this.#entry)] = existing;
      return;
    }
    // Counted before the old path goes: it may be the inode's last one.
    if (inode !== NONE) this.#linkCounts[inode] = (this.#linkCounts[inode] as number) + 1;
    if (existing !== NONE) this.#replace(existing, inode);
    const node = this.#place(parent, name, kind, inode);
    if (inode !== NONE) this.#linkCounts[inode] = (this.#linkCounts[inode] as number) - 1;
    if (link !== undefined) this.#tree.links.set(node, link);
  }

  #placeOther(parent: number, name: string, kind: EntryKind): void {
    const existing = this.#tree.child(parent, name);
    if (kind === KIND.directory && existing !== NONE && this.#tree.kinds[existing] === KIND.directory) {
      this.#nodes[this.#instance(this.#entry)] = existing;
      this.#tree.setBy[existing] = this.#instance(this.#entry);
      this.#emit(existing, "metadata");
      return;
    }
    if (existing !== NONE) this.#replace(existing, NONE);
    const node = this.#place(parent, name, kind, NONE);
    if (kind === KIND.symlink) this.#tree.links.set(node, entryLink(this.#index.entries, this.#entry));
  }

  #place(parent: number, name: string, kind: EntryKind, inode: number): number {
    const instance = this.#instance(this.#entry);
    const node = this.#tree.add(parent, name, kind);
    this.#tree.setBy[node] = instance;
    this.#nodes[instance] = node;
    if (inode !== NONE) {
      this.#tree.inodes[node] = inode;
      this.#linkCounts[inode] = (this.#linkCounts[inode] as number) + 1;
    }
    this.#emit(node, "placed");
    return node;
  }

  /** What stands at a path makes room for an entry whose inode is `killer` (NONE unless it is a regular file). */
  #replace(node: number, killer: number): void {
    const victim = this.#tree.inodes[node] as number;
    const fate = killer === NONE || victim === NONE ? FATE.overwritten : this.#compare(victim, killer);
    this.#kill(node, fate);
  }

  #kill(node: number, fate: Fate): void {
    this.#tree.unlink(node);
    this.#killAll([node], fate);
  }

  /** Ends nodes that were taken out of the tree, and everything below them. */
  #killAll(nodes: Iterable<number>, fate: Fate): void {
    const pending = [...nodes];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      const kind = this.#tree.kinds[node];
      if (kind === KIND.directory || kind === KIND.symlink) {
        for (const child of this.#tree.detachChildren(node)) pending.push(child);
        this.#directory = NONE;
      }
      this.#tree.kinds[node] = NONE;
      this.#emit(node, fate);
      this.#dropInode(node, fate);
    }
  }

  #dropInode(node: number, fate: Fate): void {
    const inode = this.#tree.inodes[node] as number;
    if (inode === NONE) return;
    this.#tree.inodes[node] = NONE;
    const left = (this.#linkCounts[inode] as number) - 1;
    this.#linkCounts[inode] = left;
    if (left > 0) return;
    const sameLayer = inode >= (this.#starts[this.#layer] as number);
    this.#fates[inode] = sameLayer ? FATE.duplicateEntry : fate;
    this.#removedIn[inode] = this.#layer;
  }

  /** Whether one inode taking the path of another changed its content. */
  #compare(victim: number, killer: number): Fate {
    const [a, b] = [this.#entryOf(victim), this.#entryOf(killer)];
    if (a.entries.sizes[a.entry] !== b.entries.sizes[b.entry]) return FATE.overwritten;
    const isSame = haveEqualHashes(a.entries, a.entry, b.entries, b.entry);
    return isSame === null ? FATE.rewritten : isSame ? FATE.metadataOnly : FATE.overwritten;
  }

  #entryOf(inode: number): { readonly entries: EntryColumns; readonly entry: number } {
    const layer = layerOfInstance(this.#starts, inode);
    const { entries } = this.#layers[layer] as LayerIndex;
    return { entries, entry: inode - (this.#starts[layer] as number) };
  }

  #emit(node: number, what: TreeEvent["what"]): void {
    this.#observer.event?.({ layer: this.#layer, entry: this.#entry, node, what });
  }

  /**
   * Live inodes are reported under the first of their live paths, by the order of the entries that made them.
   *
   * @returns the paths that they came with, where those are others
   */
  #findLivePaths(): ReadonlyMap<number, number> {
    const { inodes, setBy, count } = this.#tree;
    const first = new Map<number, number>();
    for (let node = 0; node < count; node++) {
      const inode = inodes[node] as number;
      // Most inodes live at the path they came with.
      if (inode === NONE || this.#nodes[inode] === node) continue;
      const known = first.get(inode);
      if (known === undefined || (setBy[node] as number) < (setBy[known] as number)) first.set(inode, node);
    }
    const ownNodes = new Map<number, number>();
    for (const [inode, node] of first) {
      const own = this.#nodes[inode] as number;
      // Its own entry comes before any link to it, so where that path is alive it is the first one.
      if (inodes[own] === inode) continue;
      ownNodes.set(inode, own);
      this.#nodes[inode] = node;
    }
    return ownNodes;
  }
}

const MESSAGES: Partial<Record<WarningCode, string>> = {
  "dangling-hardlink": "a hard link points to nothing",
  "implied-directory-over-file": "a file is replaced by the directory that a later entry needs",
  "symlink-loop": "a path crosses more than 40 symbolic links and is taken literally",
};

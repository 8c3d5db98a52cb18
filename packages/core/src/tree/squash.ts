import { type EntryKind, entryLink, entryPath, KIND, type LayerIndex } from "../layer/layer-index.ts";
import { ParentReader } from "../layer/parent-reader.ts";
import type { Warning } from "../warning.ts";
import { FATE, type Fate } from "./fate.ts";
import { Inodes } from "./inodes.ts";
import { LinkBuilder, type LinkColumns } from "./link-columns.ts";
import { findLivePaths } from "./live-paths.ts";
import { applyMarkers } from "./markers.ts";
import { NONE, PathTree, ROOT } from "./path-tree.ts";
import { LOOKUP, lookup, type WalkRules, walk } from "./resolve.ts";
import type { LayerState, SquashObserver, TreeEvent } from "./squash-observer.ts";
import { SquashWarnings } from "./squash-warnings.ts";
import { withRoom } from "./with-room.ts";

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
  readonly links: LinkColumns;
  readonly warnings: readonly Warning[];
}

/** Puts layers on top of each other: {@link Squasher} over all of them. */
export function squash(layers: readonly LayerIndex[], observer: SquashObserver = {}): Squash {
  const entries = layers.reduce((sum, { entries }) => sum + entries.count, 0);
  const squasher = new Squasher(observer, entries);
  for (const layer of layers) squasher.apply(layer);
  return squasher.finish();
}

/**
 * Takes layers as they are ready, the bottom one first, and puts each on top of those before by the rules of the OCI
 * image-spec (layer.md): within a layer opaque whiteouts act first, then whiteouts, both on lower layers only, then
 * entries in tar order.
 */
export class Squasher {
  readonly #observer: SquashObserver;
  readonly #layers: LayerIndex[] = [];
  readonly #tree = new PathTree();
  readonly #firstNodes: number[] = [];
  readonly #inodes: Inodes;
  readonly #links = new LinkBuilder();
  readonly #warnings = new SquashWarnings();
  #nodes: Int32Array;

  #layer = NONE;
  /** The first instance of the layer. */
  #start = 0;
  #entry = 0;
  /** The directory of the last entry; NONE where it may be another by now. */
  #directory = NONE;

  /** Creates parents that no entry named. */
  readonly #creating: WalkRules = {
    missing: (parent, name, existing) => {
      if (existing === NONE) return this.#tree.add(parent, name, KIND.directory);
      this.#warnings.add("implied-directory-over-file", this.#layer, this.#tree.pathOf(existing));
      this.#kill(existing, FATE.overwritten);
      return this.#tree.add(parent, name, KIND.directory);
    },
    target: LOOKUP.target,
    loop: () => this.#warnOf("symlink-loop", this.#entry),
  };

  /** @param expected how many entries all layers will have, where that is known: columns need not grow then */
  constructor(observer: SquashObserver = {}, expected = 0) {
    this.#observer = observer;
    this.#inodes = new Inodes(expected);
    this.#nodes = new Int32Array(expected).fill(NONE);
  }

  /** Puts a layer on top. */
  apply(index: LayerIndex): void {
    this.#layer++;
    this.#layers.push(index);
    this.#start = this.#total;
    this.#inodes.add(index);
    this.#nodes = withRoom(this.#nodes, this.#total, NONE);
    this.#firstNodes.push(this.#tree.count);
    this.#directory = NONE;
    const { kinds, count } = index.entries;
    this.#applyMarkers();
    const parents = new ParentReader(index.entries);
    for (let i = 0; i < count; i++) {
      const kind = kinds[i] as EntryKind;
      if (kind >= KIND.whiteout) continue;
      this.#entry = i;
      this.#applyEntry(kind, parents);
    }
    this.#observer.layerApplied?.(this.#layer, this.#state);
  }

  /** The squash of all layers that were applied. */
  finish(): Squash {
    const nodes = this.#nodes.subarray(0, this.#total);
    const ownNodes = findLivePaths(this.#tree, nodes);
    return {
      tree: this.#tree,
      starts: Uint32Array.from(this.#inodes.starts),
      firstNodes: Uint32Array.from(this.#firstNodes),
      fates: this.#inodes.fates,
      removedIn: this.#inodes.removedIn,
      nodes,
      ownNodes,
      links: this.#links.columns,
      warnings: this.#warnings.list,
    };
  }

  get #state(): LayerState {
    return {
      index: this.#index,
      tree: this.#tree,
      starts: this.#inodes.starts,
      fates: this.#inodes.fates,
      nodes: this.#nodes,
      links: this.#links.columns,
    };
  }

  get #index(): LayerIndex {
    return this.#layers[this.#layer] as LayerIndex;
  }

  get #total(): number {
    return this.#inodes.starts.at(-1) as number;
  }

  #instance(entry: number): number {
    return this.#start + entry;
  }

  #warnOf(code: Parameters<SquashWarnings["add"]>[0], entry: number): void {
    this.#warnings.add(code, this.#layer, entryPath(this.#index.entries, entry));
  }

  #applyMarkers(): void {
    applyMarkers(this.#tree, this.#index.entries, {
      opaque: (entry, node) => {
        this.#entry = entry;
        this.#nodes[this.#instance(entry)] = node;
        this.#killAll(this.#tree.detachChildren(node), FATE.opaqueHidden);
      },
      whiteout: (entry, node) => {
        this.#entry = entry;
        this.#nodes[this.#instance(entry)] = node;
        this.#kill(node, FATE.deleted);
      },
      loop: (entry) => this.#warnOf("symlink-loop", entry),
    });
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
    this.#inodes.link(inode);
    this.#put(parent, name, KIND.regular, inode);
  }

  /** A hard link is another path of an inode that is there already, in this layer or a lower one. */
  #placeLink(parent: number, name: string): void {
    const target = lookup(this.#tree, entryLink(this.#index.entries, this.#entry));
    const existing = this.#tree.child(parent, name);
    if (target === NONE || target === ROOT || this.#tree.kinds[target] === KIND.directory) {
      this.#warnOf("dangling-hardlink", this.#entry);
      if (existing !== NONE) this.#replace(existing, NONE);
      this.#put(parent, name, KIND.other, NONE);
      return;
    }
    const inode = this.#tree.inodes[target] as number;
    const kind = this.#tree.kinds[target] as EntryKind;
    const link = this.#tree.links.get(target);
    // A link to what already stands here changes nothing.
    if (existing === target) {
      this.#nodes[this.#instance(this.#entry)] = existing;
      if (inode !== NONE) this.#links.add(this.#instance(this.#entry), inode);
      return;
    }
    // Counted before the old path goes: it may be the inode's last one.
    if (inode !== NONE) {
      this.#inodes.link(inode);
      this.#links.add(this.#instance(this.#entry), inode);
    }
    if (existing !== NONE) this.#replace(existing, inode);
    const node = this.#put(parent, name, kind, inode);
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
    const node = this.#put(parent, name, kind, NONE);
    if (kind === KIND.symlink) this.#tree.links.set(node, entryLink(this.#index.entries, this.#entry));
  }

  /** Something stands at a path from now on. Whoever puts an inode there has counted the link. */
  #put(parent: number, name: string, kind: EntryKind, inode: number): number {
    const instance = this.#instance(this.#entry);
    const node = this.#tree.add(parent, name, kind);
    this.#tree.setBy[node] = instance;
    this.#tree.inodes[node] = inode;
    this.#nodes[instance] = node;
    this.#emit(node, "placed");
    return node;
  }

  /** What stands at a path makes room for an entry whose inode is `killer` (NONE unless it is a regular file). */
  #replace(node: number, killer: number): void {
    this.#kill(node, this.#inodes.replaced(this.#tree.inodes[node] as number, killer));
  }

  #kill(node: number, fate: Fate): void {
    this.#tree.unlink(node);
    const children = this.#end(node, fate);
    if (children !== null) this.#killAll(children, fate);
  }

  /** Ends nodes that were taken out of the tree, and everything below them. */
  #killAll(nodes: Iterable<number>, fate: Fate): void {
    const pending = [...nodes];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      for (const child of this.#end(node, fate) ?? []) pending.push(child);
    }
  }

  /** Ends one node. @returns what lay in it, taken out; null where nothing can */
  #end(node: number, fate: Fate): Iterable<number> | null {
    const kind = this.#tree.kinds[node];
    const isParent = kind === KIND.directory || kind === KIND.symlink;
    if (isParent) this.#directory = NONE;
    this.#tree.kinds[node] = NONE;
    this.#tree.endedBy[node] = this.#instance(this.#entry);
    this.#emit(node, fate);
    this.#dropInode(node, fate);
    return isParent ? this.#tree.detachChildren(node) : null;
  }

  #dropInode(node: number, fate: Fate): void {
    const inode = this.#tree.inodes[node] as number;
    if (inode === NONE) return;
    this.#tree.inodes[node] = NONE;
    this.#inodes.unlink(inode, fate, this.#layer);
  }

  #emit(node: number, what: TreeEvent["what"]): void {
    this.#observer.event?.({ layer: this.#layer, entry: this.#entry, node, what });
  }
}

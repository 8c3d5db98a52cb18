import type { ImagePath } from "../image-path.ts";
import type { EntryKind } from "../layer/layer-index.ts";

export const ROOT = 0;
/** No node, no inode, no entry. */
export const NONE = -1;

const FIRST_CAPACITY = 1024;

/**
 * The tree of paths that layers have had, as columns. A node is a path as long as it exists: one that is removed keeps
 * its node (dead inodes are still reported under it), and the path gets a new one if it comes back.
 *
 * Columns are replaced when they are full: whoever keeps one while nodes are added has an old one.
 */
export class PathTree {
  #parents = new Int32Array(FIRST_CAPACITY);
  #kinds = new Int8Array(FIRST_CAPACITY);
  #inodes = new Int32Array(FIRST_CAPACITY);
  #setBy = new Int32Array(FIRST_CAPACITY);
  #endedBy = new Int32Array(FIRST_CAPACITY);
  readonly names: string[] = [];
  /** Symlink targets. */
  readonly links = new Map<number, string>();
  readonly #children = new Map<number, Map<string, number>>();
  /** The directory that {@link pathOf} was asked for last, and what stands before the names in it. */
  #directory = NONE;
  #prefix = "";

  constructor() {
    this.#append(NONE, "", 5);
  }

  get count(): number {
    return this.names.length;
  }

  /** By node: the directory that it lies in; NONE for the root. */
  get parents(): Int32Array {
    return this.#parents;
  }

  /** By node: what stands at the path; NONE where nothing does. */
  get kinds(): Int8Array {
    return this.#kinds;
  }

  /** By node: the inode (instance number) of a regular file or of a hard link to one, else NONE. */
  get inodes(): Int32Array {
    return this.#inodes;
  }

  /** By node: the entry (instance number) that put it there; NONE for the root and for parents that no entry named. */
  get setBy(): Int32Array {
    return this.#setBy;
  }

  /** By node: the entry (instance number) that ended it; NONE while it stands. */
  get endedBy(): Int32Array {
    return this.#endedBy;
  }

  child(parent: number, name: string): number {
    return this.#children.get(parent)?.get(name) ?? NONE;
  }

  childrenOf(parent: number): ReadonlyMap<string, number> | undefined {
    return this.#children.get(parent);
  }

  add(parent: number, name: string, kind: EntryKind): number {
    const node = this.#append(parent, name, kind);
    const siblings = this.#children.get(parent);
    if (siblings === undefined) this.#children.set(parent, new Map<string, number>().set(name, node));
    else siblings.set(name, node);
    return node;
  }

  /** Takes a node out of its directory. */
  unlink(node: number): void {
    this.#children.get(this.#parents[node] as number)?.delete(this.names[node] as string);
  }

  /** Takes all children out of a node and returns them; their own children stay with them. */
  detachChildren(node: number): Iterable<number> {
    const children = this.#children.get(node);
    if (children === undefined) return [];
    this.#children.delete(node);
    return children.values();
  }

  /** Whoever goes through an image asks for one directory's files in a row, so its own path is put together once. */
  pathOf(node: number): ImagePath {
    const name = this.names[node] as string;
    const parent = this.#parents[node] as number;
    if (parent <= ROOT) return name;
    if (parent !== this.#directory) {
      this.#directory = parent;
      this.#prefix = this.#prefixOf(parent);
    }
    return this.#prefix + name;
  }

  #prefixOf(directory: number): string {
    const names: string[] = [];
    for (let at = directory; at > ROOT; at = this.#parents[at] as number) names.push(this.names[at] as string);
    return `${names.reverse().join("/")}/`;
  }

  #append(parent: number, name: string, kind: EntryKind): number {
    const node = this.names.push(name) - 1;
    if (node === this.#parents.length) this.#grow();
    this.#parents[node] = parent;
    this.#kinds[node] = kind;
    this.#inodes[node] = NONE;
    this.#setBy[node] = NONE;
    this.#endedBy[node] = NONE;
    return node;
  }

  #grow(): void {
    const capacity = Math.ceil(this.#parents.length * 1.5);
    this.#parents = grown(new Int32Array(capacity), this.#parents);
    this.#kinds = grown(new Int8Array(capacity), this.#kinds);
    this.#inodes = grown(new Int32Array(capacity), this.#inodes);
    this.#setBy = grown(new Int32Array(capacity), this.#setBy);
    this.#endedBy = grown(new Int32Array(capacity), this.#endedBy);
  }
}

function grown<Column extends Int32Array | Int8Array>(column: Column, before: Column): Column {
  column.set(before);
  return column;
}

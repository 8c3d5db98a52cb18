import type { ImagePath } from "../image-path.ts";
import type { EntryKind } from "../layer/layer-index.ts";

export const ROOT = 0;
/** No node, no inode, no entry. */
export const NONE = -1;

/**
 * The tree of paths that layers have had, as columns. A node is a path as long as it exists: one that is removed keeps
 * its node (dead inodes are still reported under it), and the path gets a new one if it comes back.
 */
export class PathTree {
  readonly parents: number[] = [NONE];
  readonly names: string[] = [""];
  /** What stands at the path; NONE where nothing does. */
  readonly kinds: (EntryKind | typeof NONE)[] = [5];
  /** The inode (instance number) of a regular file or of a hard link to one, else NONE. */
  readonly inodes: number[] = [NONE];
  /** The entry (instance number) that put it there; NONE for the root and for parents that no entry named. */
  readonly setBy: number[] = [NONE];
  /** Symlink targets. */
  readonly links = new Map<number, string>();
  readonly #children: (Map<string, number> | undefined)[] = [];
  /** The directory that {@link pathOf} was asked for last, and what stands before the names in it. */
  #directory = NONE;
  #prefix = "";

  get count(): number {
    return this.names.length;
  }

  child(parent: number, name: string): number {
    return this.#children[parent]?.get(name) ?? NONE;
  }

  childrenOf(parent: number): ReadonlyMap<string, number> | undefined {
    return this.#children[parent];
  }

  add(parent: number, name: string, kind: EntryKind): number {
    const node = this.names.length;
    this.parents.push(parent);
    this.names.push(name);
    this.kinds.push(kind);
    this.inodes.push(NONE);
    this.setBy.push(NONE);
    // Directories come before what lies in them, so the list of lists grows from its end.
    while (this.#children.length <= parent) this.#children.push(undefined);
    const siblings = this.#children[parent];
    if (siblings === undefined) this.#children[parent] = new Map([[name, node]]);
    else siblings.set(name, node);
    return node;
  }

  /** Takes a node out of its directory. */
  unlink(node: number): void {
    this.#children[this.parents[node] as number]?.delete(this.names[node] as string);
  }

  /** Takes all children out of a node and returns them; their own children stay with them. */
  detachChildren(node: number): Iterable<number> {
    const children = this.#children[node];
    if (children === undefined) return [];
    this.#children[node] = undefined;
    return children.values();
  }

  /** Whoever goes through an image asks for one directory's files in a row, so its own path is put together once. */
  pathOf(node: number): ImagePath {
    const name = this.names[node] as string;
    const parent = this.parents[node] as number;
    if (parent <= ROOT) return name;
    if (parent !== this.#directory) {
      this.#directory = parent;
      this.#prefix = this.#prefixOf(parent);
    }
    return this.#prefix + name;
  }

  #prefixOf(directory: number): string {
    const names: string[] = [];
    for (let at = directory; at > ROOT; at = this.parents[at] as number) names.push(this.names[at] as string);
    return `${names.reverse().join("/")}/`;
  }
}

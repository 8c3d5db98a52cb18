import type { LayerSteps, Step } from "./arbitrary-images.ts";

/*
 * What an image comes to, told as simply as it can be: a tree of objects, walked from the root each time. It shares no
 * code and no idea of speed with the library; where the two differ, one of them is wrong about the rules.
 */

interface Inode {
  readonly layer: number;
  readonly content: string;
  /** Paths that lead to it now. */
  links: number;
  fate: string;
  removedIn: number | null;
}

interface Node {
  kind: "dir" | "file" | "symlink" | "other";
  readonly name: string;
  readonly parent: Node | null;
  readonly children: Map<string, Node>;
  target: string;
  inode: Inode | null;
}

export interface ModelResult {
  /** Of each stored file in order: `layer content fate removedIn`. */
  readonly files: readonly string[];
  /** Path to content of the files that are there in the end; several paths may be one file. */
  readonly live: ReadonlyMap<string, string>;
  readonly symlinks: ReadonlyMap<string, string>;
  /** Sum of the sizes of files that are there, each counted once. */
  readonly rootfsBytes: number;
}

class Model {
  readonly root: Node = { kind: "dir", name: "", parent: null, children: new Map(), target: "", inode: null };
  readonly inodes: Inode[] = [];
  layer = 0;

  pathOf(node: Node): string {
    if (node.parent === null) return "";
    const above = this.pathOf(node.parent);
    return above === "" ? node.name : `${above}/${node.name}`;
  }

  /**
   * @param missing makes what is not there, or gives up
   * @param targetOf says where a symlink leads, or that it is not to be followed
   */
  walk(
    path: string,
    missing: (parent: Node, name: string) => Node | null,
    targetOf: (node: Node) => string | null,
  ): Node | null {
    let at: Node = this.root;
    let followed = 0;
    let todo = path.split("/");
    let isLoop = false;
    while (todo.length > 0) {
      const name = todo.shift() as string;
      if (name === "" || name === ".") continue;
      if (name === "..") {
        at = at.parent ?? this.root;
        continue;
      }
      const next = at.children.get(name);
      if (next?.kind === "symlink" && isLoop) at = next;
      else if (next?.kind === "symlink") {
        followed++;
        if (followed > 40) {
          // Once more from the start, and no link is followed.
          isLoop = true;
          at = this.root;
          todo = path.split("/");
          continue;
        }
        const target = targetOf(next);
        if (target === null) return null;
        if (target.startsWith("/")) at = this.root;
        todo.unshift(...target.split("/"));
      } else if (next?.kind === "dir") {
        at = next;
      } else {
        const made = missing(at, name);
        if (made === null) return null;
        at = made;
      }
    }
    return at;
  }

  find(path: string, targetOf: (node: Node) => string | null = (node) => node.target): Node | null {
    const parts = path.split("/");
    const last = parts.pop() as string;
    const parent = this.walk(parts.join("/"), () => null, targetOf);
    return parent?.children.get(last) ?? null;
  }

  remove(node: Node, fate: string): void {
    node.parent?.children.delete(node.name);
    for (const child of [...node.children.values()]) this.remove(child, fate);
    const { inode } = node;
    if (inode === null) return;
    inode.links--;
    if (inode.links > 0) return;
    inode.fate = inode.layer === this.layer ? "duplicate-entry" : fate;
    inode.removedIn = this.layer;
  }

  put(parent: Node, name: string, kind: Node["kind"], inode: Inode | null = null, target = ""): Node {
    const node: Node = { kind, name, parent, children: new Map(), target, inode };
    parent.children.set(name, node);
    return node;
  }

  parentOf(path: string): Node {
    const above = path.split("/").slice(0, -1).join("/");
    const make = (parent: Node, name: string): Node => {
      const inTheWay = parent.children.get(name);
      if (inTheWay !== undefined) this.remove(inTheWay, "overwritten");
      return this.put(parent, name, "dir");
    };
    return this.walk(above, make, (node) => node.target) as Node;
  }

  apply(steps: LayerSteps, layer: number): void {
    this.layer = layer;
    // A symlink that this layer stores itself leads markers where this layer points it, or nowhere.
    const targetOf = (node: Node): string | null => {
      const path = this.pathOf(node);
      const own = steps.findLast((step) => step.do !== "whiteout" && step.do !== "opaque" && step.path === path);
      if (own === undefined) return node.target;
      return own.do === "symlink" ? own.target : null;
    };
    for (const step of steps) {
      if (step.do !== "opaque") continue;
      const directory = this.walk(step.path, () => null, targetOf);
      for (const child of [...(directory?.children.values() ?? [])]) this.remove(child, "opaque-hidden");
    }
    for (const step of steps) {
      if (step.do !== "whiteout") continue;
      const node = this.find(step.path, targetOf);
      if (node !== null) this.remove(node, "deleted");
    }
    for (const step of steps) this.#store(step);
  }

  #store(step: Step): void {
    if (step.do === "whiteout" || step.do === "opaque") return;
    const name = step.path.split("/").at(-1) as string;
    const parent = this.parentOf(step.path);
    const old = parent.children.get(name);
    if (step.do === "file") {
      const inode: Inode = { layer: this.layer, content: step.content, links: 1, fate: "live", removedIn: null };
      this.inodes.push(inode);
      this.#replace(old, inode);
      this.put(parent, name, "file", inode);
    } else if (step.do === "hardlink") {
      this.#link(parent, name, old, this.find(step.target));
    } else if (step.do === "dir") {
      if (old?.kind === "dir") return;
      this.#replace(old, null);
      this.put(parent, name, "dir");
    } else {
      this.#replace(old, null);
      this.put(
        parent,
        name,
        step.do === "symlink" ? "symlink" : "other",
        null,
        step.do === "symlink" ? step.target : "",
      );
    }
  }

  #link(parent: Node, name: string, old: Node | undefined, target: Node | null): void {
    if (target === null || target.kind === "dir") {
      this.#replace(old, null);
      this.put(parent, name, "other");
      return;
    }
    if (old === target) return;
    const { kind, inode } = target;
    if (inode !== null) inode.links++;
    this.#replace(old, inode);
    this.put(parent, name, kind, inode, target.target);
  }

  #replace(old: Node | undefined, killer: Inode | null): void {
    if (old === undefined) return;
    const same = killer !== null && old.inode !== null && killer.content === old.inode.content;
    this.remove(old, same ? "metadata-only" : "overwritten");
  }
}

/** Puts layers on top of each other. */
export function stackNaively(layers: readonly LayerSteps[]): ModelResult {
  const model = new Model();
  layers.forEach((steps, layer) => {
    model.apply(steps, layer);
  });
  const live = new Map<string, string>();
  const symlinks = new Map<string, string>();
  const visit = (node: Node): void => {
    const path = model.pathOf(node);
    if (node.kind === "file" && node.inode !== null) live.set(path, node.inode.content);
    if (node.kind === "symlink") symlinks.set(path, node.target);
    for (const child of node.children.values()) visit(child);
  };
  visit(model.root);
  return {
    files: model.inodes.map(({ layer, content, fate, removedIn }) => `${layer} ${content} ${fate} ${removedIn ?? "-"}`),
    live,
    symlinks,
    rootfsBytes: model.inodes.reduce((sum, { links, content }) => sum + (links > 0 ? content.length : 0), 0),
  };
}

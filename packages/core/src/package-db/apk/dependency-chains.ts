import type { Dependency } from "./dependency.ts";
import type { InstalledPackage } from "./installed.ts";
import type { Providers } from "./provider.ts";

type Node = string | InstalledPackage;

interface Visit {
  readonly node: Node;
  readonly below: Iterator<Node>;
}

/**
 * How long the chain of dependencies below each name is, which is the order in which apk decides virtual names. A cycle
 * is cut where it closes, so lengths depend on where one begins: with world, in order of name.
 */
export class DependencyChains {
  readonly #providers: Providers;
  readonly #world: readonly Dependency[];
  readonly #lengths = new Map<Node, number>();
  #known = false;

  constructor(providers: Providers, world: readonly Dependency[]) {
    this.#providers = providers;
    this.#world = world;
  }

  lengthOf(name: string): number {
    if (!this.#known) {
      this.#known = true;
      for (const root of this.#world.map((dependency) => dependency.name).sort()) this.#visit(root);
    }
    return this.#lengths.get(name) ?? 0;
  }

  /** Names lead to packages and packages to names. Depth first, without recursion: a hostile chain may be very long. */
  #visit(root: string): void {
    if (this.#lengths.has(root)) return;
    const stack = [this.#enter(root)];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.below.next();
      if (next.done === true) {
        stack.pop();
        const above = stack.at(-1);
        if (above !== undefined) this.#lengthen(above.node, top.node);
      } else if (this.#lengths.has(next.value)) this.#lengthen(top.node, next.value);
      else stack.push(this.#enter(next.value));
    }
  }

  #enter(node: Node): Visit {
    this.#lengths.set(node, 0);
    const below =
      typeof node === "string"
        ? this.#providers.of(node).map((provider) => provider.package)
        : node.depends.map((dependency) => dependency.name);
    return { node, below: (below as Node[]).values() };
  }

  #lengthen(node: Node, below: Node): void {
    const length = (this.#lengths.get(below) ?? 0) + (typeof node === "string" ? 0 : 1);
    if (length > (this.#lengths.get(node) ?? 0)) this.#lengths.set(node, length);
  }
}

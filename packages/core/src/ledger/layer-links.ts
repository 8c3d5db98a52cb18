import { firstLinkFrom, type LinkColumns } from "../tree/link-columns.ts";
import { NONE } from "../tree/path-tree.ts";

const NO_LINKS: readonly number[] = [];

/** The hard links that one layer stores, by entry. A link to a link leads to the file, as it does on a disk. */
export class LayerLinks {
  readonly #first: number;
  /** By entry of a link: that of the file, negative where a lower layer stores it. */
  readonly #carriers = new Map<number, number>();
  readonly #links = new Map<number, number[]>();

  /** @param first the instances of the layer, from this one to before `end` */
  constructor(links: LinkColumns, first: number, end: number) {
    this.#first = first;
    for (let at = firstLinkFrom(links, first); at < links.count; at++) {
      const instance = links.instances[at] as number;
      if (instance >= end) break;
      const [link, carrier] = [instance - first, (links.inodes[at] as number) - first];
      this.#carriers.set(link, carrier);
      const known = this.#links.get(carrier);
      if (known === undefined) this.#links.set(carrier, [link]);
      else known.push(link);
    }
  }

  /** How many entries of the layer are links to a file. */
  get count(): number {
    return this.#carriers.size;
  }

  /** The entry of the layer that carries the bytes of a link; -1 where a lower layer does, or it is no link to a file. */
  carrierOf(link: number): number {
    return Math.max(this.#carriers.get(link) ?? NONE, NONE);
  }

  /** The instance of the file that a link leads to, whatever layer stores it; -1 where it is no link to a file. */
  inodeOf(link: number): number {
    const carrier = this.#carriers.get(link);
    return carrier === undefined ? NONE : carrier + this.#first;
  }

  /** Entries that are links to a file of the layer, in order. */
  to(carrier: number): readonly number[] {
    return this.#links.get(carrier) ?? NO_LINKS;
  }
}

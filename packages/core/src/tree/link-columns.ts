/** The hard links of all layers to regular files, in order: which entry is one, and the inode that it leads to. */
export interface LinkColumns {
  readonly count: number;
  /** Instances of the links, ascending. */
  readonly instances: Uint32Array;
  /** By link: the instance of the file that carries the bytes, however many links lie between. */
  readonly inodes: Uint32Array;
}

const FIRST_CAPACITY = 64;

/** Takes links up one after another. Most images have few, and some have nothing else. */
export class LinkBuilder {
  #instances = new Uint32Array(FIRST_CAPACITY);
  #inodes = new Uint32Array(FIRST_CAPACITY);
  #count = 0;

  add(instance: number, inode: number): void {
    if (this.#count === this.#instances.length) this.#grow();
    this.#instances[this.#count] = instance;
    this.#inodes[this.#count++] = inode;
  }

  get columns(): LinkColumns {
    return {
      count: this.#count,
      instances: this.#instances.subarray(0, this.#count),
      inodes: this.#inodes.subarray(0, this.#count),
    };
  }

  #grow(): void {
    const [instances, inodes] = [this.#instances, this.#inodes];
    this.#instances = new Uint32Array(instances.length * 2);
    this.#inodes = new Uint32Array(inodes.length * 2);
    this.#instances.set(instances);
    this.#inodes.set(inodes);
  }
}

/** Where the links of an instance and of those above it begin. */
export function firstLinkFrom({ instances, count }: LinkColumns, instance: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((instances[middle] as number) < instance) low = middle + 1;
    else high = middle;
  }
  return low;
}

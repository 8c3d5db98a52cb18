import type { ImagePath } from "../image-path.ts";

/**
 * Directories by number, in the order in which they are met; 0 is the root, and those above a directory have lower
 * numbers than it. Paths are kept only of directories that were asked for: with those of all above them, a path of a
 * thousand directories would take a thousand times its own length.
 */
export class DirectoryNumbers {
  /** By directory: the one above it, -1 for the root. */
  readonly parents: number[] = [-1];
  readonly #byPath = new Map<ImagePath, number>([["", 0]]);
  readonly #children: (Map<string, number> | undefined)[] = [undefined];

  get count(): number {
    return this.parents.length;
  }

  /** The number of a directory, which gets one with all above it if it has none yet. */
  numberOf(path: ImagePath): number {
    const known = this.#byPath.get(path);
    if (known !== undefined) return known;
    let directory = 0;
    for (let start = 0; start <= path.length; ) {
      const slash = path.indexOf("/", start);
      const end = slash === -1 ? path.length : slash;
      directory = this.#child(directory, path.slice(start, end));
      start = end + 1;
    }
    this.#byPath.set(path, directory);
    return directory;
  }

  #child(parent: number, name: string): number {
    let siblings = this.#children[parent];
    if (siblings === undefined) {
      siblings = new Map();
      this.#children[parent] = siblings;
    }
    const known = siblings.get(name);
    if (known !== undefined) return known;
    const number = this.parents.length;
    this.parents.push(parent);
    this.#children.push(undefined);
    siblings.set(name, number);
    return number;
  }
}

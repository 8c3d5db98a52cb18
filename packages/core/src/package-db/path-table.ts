import { baseName, type ImagePath, parentPath } from "../image-path.ts";

/** Something for each of many paths, by directory: whoever asks for one directory's names in a row finds it once. */
export class PathTable {
  readonly #directories: Map<ImagePath, Map<string, string>>;
  /** Directories that are this table's own: others are shared with the one it was made of, and copied when they change. */
  readonly #own = new Set<ImagePath>();

  /** @param before a table to begin with, which stays as it is */
  constructor(before: PathTable | null = null) {
    this.#directories = new Map(before === null ? [] : before.#directories);
  }

  get isEmpty(): boolean {
    return this.#directories.size === 0;
  }

  /** What there is for the names in a directory, to be changed. */
  change(directory: ImagePath): Map<string, string> {
    const before = this.#directories.get(directory);
    if (before !== undefined && this.#own.has(directory)) return before;
    const names = new Map(before);
    this.#directories.set(directory, names);
    this.#own.add(directory);
    return names;
  }

  /** What there is for the names in a directory; the root is named "" in itself. */
  in(directory: ImagePath): ReadonlyMap<string, string> | undefined {
    return this.#directories.get(directory);
  }

  get(path: ImagePath): string | undefined {
    return this.#directories.get(parentPath(path))?.get(baseName(path));
  }
}

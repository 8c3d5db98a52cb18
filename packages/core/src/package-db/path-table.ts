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

  set(directory: ImagePath, name: string, value: string): void {
    let names = this.#directories.get(directory);
    if (names === undefined || !this.#own.has(directory)) {
      names = new Map(names);
      this.#directories.set(directory, names);
      this.#own.add(directory);
    }
    names.set(name, value);
  }

  /** What there is for the names in a directory; the root is named "" in itself. */
  in(directory: ImagePath): ReadonlyMap<string, string> | undefined {
    return this.#directories.get(directory);
  }

  get(path: ImagePath): string | undefined {
    return this.#directories.get(parentPath(path))?.get(baseName(path));
  }
}

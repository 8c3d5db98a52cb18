import { baseName, type ImagePath, parentPath } from "../image-path.ts";

/** Something for each of many paths, by directory: whoever asks for one directory's names in a row finds it once. */
export class PathTable {
  readonly #directories = new Map<ImagePath, Map<string, string>>();

  get isEmpty(): boolean {
    return this.#directories.size === 0;
  }

  set(directory: ImagePath, name: string, value: string): void {
    const names = this.#directories.get(directory);
    if (names === undefined) this.#directories.set(directory, new Map([[name, value]]));
    else names.set(name, value);
  }

  /** What there is for the names in a directory; the root is named "" in itself. */
  in(directory: ImagePath): ReadonlyMap<string, string> | undefined {
    return this.#directories.get(directory);
  }

  get(path: ImagePath): string | undefined {
    return this.#directories.get(parentPath(path))?.get(baseName(path));
  }
}

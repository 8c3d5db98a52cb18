import { readFileSync } from "node:fs";
import type { FoundPackage, PackageDb } from "../../packages/core/src/package-db/package-db.ts";
import { PackageHistory } from "../../packages/core/src/package-db/package-history.ts";
import { squash } from "../../packages/core/src/tree/squash.ts";
import { readBlob } from "./layers.ts";
import { file, symlink, type TarEntry, tarBytes } from "./tar-bytes.ts";

/** What a database says of one layer, and whom it makes the owner of what. */
export interface ReadPackages {
  readonly packages: ReadonlyMap<string, FoundPackage>;
  readonly troubles: readonly string[];
  ownerOf(path: string): string | null;
}

/** Reads packages out of a layer as an analysis does: captured from a tar, squashed, attributed. */
export async function readPackages(database: PackageDb, entries: readonly TarEntry[]): Promise<ReadPackages> {
  const { index } = await readBlob(tarBytes(entries), { captures: database.captures });
  const history = new PackageHistory([database]);
  squash([index], { layerApplied: (layer, state) => history.layerApplied(layer, state) });
  return {
    packages: new Map([...history.records].map(([key, { found }]) => [key, found])),
    troubles: history.troubles.map(({ path, message }) => `${path}: ${message}`),
    ownerOf: (path) => history.ownersAfter(0).ownerOf(path),
  };
}

/** A tree of files captured from a tool's run: text where a database reads it, else how many bytes it has. */
export interface Tree {
  readonly files: Readonly<Record<string, string | number>>;
  readonly links?: Readonly<Record<string, string>>;
}

export interface Fixture<T> extends Tree {
  /** What the tool itself says of the same tree. */
  readonly said: T;
}

export function readFixture<T>(name: string): Fixture<T> {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8")) as Fixture<T>;
}

export function entriesOf({ files, links = {} }: Tree): TarEntry[] {
  return [
    ...Object.entries(files).map(([path, content]) => file(path, content)),
    ...Object.entries(links).map(([path, target]) => symlink(path, target)),
  ];
}

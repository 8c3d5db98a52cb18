import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { CaptureRequest } from "../../packages/core/src/layer/capture.ts";
import type { FoundPackage, PackageDb } from "../../packages/core/src/package-db/package-db.ts";
import { PackageHistory } from "../../packages/core/src/package-db/package-history.ts";
import { squash } from "../../packages/core/src/tree/squash.ts";
import { dir, file, symlink, type TarEntry, tarBytes } from "../support/tar-bytes.ts";
import { readBlob } from "./layers.ts";

/** What a database says of one layer, and whom it makes the owner of what. */
export interface ReadPackages {
  readonly packages: ReadonlyMap<string, FoundPackage>;
  readonly troubles: readonly string[];
  ownerOf(path: string): string | null;
}

/** Reads packages out of a layer as an analysis does: captured from a tar, squashed, attributed. */
export async function readPackages(database: PackageDb, entries: readonly TarEntry[]): Promise<ReadPackages> {
  const { index } = await readBlob(tarBytes(entries), { captures: database.captures });
  const history = new PackageHistory([index], [database]);
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

/** A directory of this machine as entries of a layer; only what a database wants to see has its contents. */
export function entriesOnDisk(root: string, captures: readonly CaptureRequest[]): TarEntry[] {
  const entries: TarEntry[] = [];
  const pending = [root];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const name of readdirSync(at)) {
      const path = join(at, name);
      const status = lstatSync(path);
      const inside = path.slice(1);
      if (status.isSymbolicLink()) entries.push(symlink(inside, readlinkSync(path)));
      else if (status.isFile()) entries.push(file(inside, wanted(inside, captures) ? readFileSync(path) : ""));
      else if (status.isDirectory()) {
        entries.push(dir(inside));
        pending.push(path);
      }
    }
  }
  return entries;
}

function wanted(path: string, captures: readonly CaptureRequest[]): boolean {
  return captures.some(
    ({ names, suffixes, maxBytes }) =>
      maxBytes > 0 && (names.includes(path) || suffixes.some((suffix) => path.endsWith(suffix))),
  );
}

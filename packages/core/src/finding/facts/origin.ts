import { FATE } from "../../tree/fate.ts";
import type { Facts } from "../facts.ts";
import type { StoredFile } from "../stored-file.ts";
import { deadGroups } from "./dead-files.ts";

/** By layer: the layers whose files it stored again with other metadata, by path. */
type Sources = ReadonlyMap<number, ReadonlyMap<string, number>>;

const known = new WeakMap<Facts, Sources>();

function sourcesOf(facts: Facts): Sources {
  const before = known.get(facts);
  if (before !== undefined) return before;
  const sources = new Map<number, Map<string, number>>();
  for (const { fate, layer, removedIn, files } of deadGroups(facts)) {
    if (fate !== FATE.metadataOnly) continue;
    const own = sources.get(removedIn) ?? new Map<string, number>();
    sources.set(removedIn, own);
    for (const { path } of files) own.set(path, layer);
  }
  known.set(facts, sources);
  return sources;
}

/** The layer that brought a file's contents to its path: that of the COPY, where a later `chown` stored it again. */
export function originOf(facts: Facts, { layer, path }: Pick<StoredFile, "layer" | "path">): number {
  const sources = sourcesOf(facts);
  let at = layer;
  for (let below = sources.get(at)?.get(path); below !== undefined && below < at; below = sources.get(at)?.get(path))
    at = below;
  return at;
}

import { type PathText, textOfPath } from "../image-path.ts";
import type { Ledger } from "./ledger.ts";

/** Live files at different paths with one content; hard links of one file are one file. */
export interface EqualContent {
  readonly sha256: string;
  /** Bytes of one of them. */
  readonly bytes: number;
  readonly files: readonly (PathText & { readonly layer: number })[];
}

/**
 * Groups of two and more live regular files that have the same content, of at least so many bytes each, as instances and
 * in the order of the ledger. Files whose contents were not read are left out.
 */
export function equalInstances(ledger: Ledger, least = 1): number[][] {
  const { firsts, repeats } = ledger.repetitions;
  const counts = (instance: number): boolean => {
    const { isLive, bytes } = ledger.entry(instance);
    return isLive && bytes >= least;
  };
  const groups = new Map<number, number[]>();
  for (const instance of repeats) {
    if (!counts(instance)) continue;
    const first = firsts[instance] as number;
    const group = groups.get(first);
    if (group !== undefined) group.push(instance);
    else groups.set(first, counts(first) ? [first, instance] : [instance]);
  }
  return [...groups.values()].filter(({ length }) => length > 1).sort(([a = -1], [b = -1]) => a - b);
}

/** The same by path, the costliest first. */
export function findEqualContent(ledger: Ledger): EqualContent[] {
  return equalInstances(ledger)
    .map((instances) => {
      const files = instances.map((instance) => ledger.entry(instance));
      return {
        sha256: files[0]?.sha256 as string,
        bytes: files[0]?.bytes as number,
        files: files.map(({ path, layer }) => ({ ...textOfPath(path), layer })),
      };
    })
    .sort((a, b) => b.bytes * (b.files.length - 1) - a.bytes * (a.files.length - 1) || (a.sha256 < b.sha256 ? -1 : 1));
}

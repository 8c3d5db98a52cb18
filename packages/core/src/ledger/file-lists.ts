import { type PathText, textOfPath } from "../image-path.ts";
import { KIND } from "../layer/layer-index.ts";
import { FATE, FATE_NAMES, type FateName } from "../tree/fate.ts";
import { layerOfInstance } from "../tree/instance.ts";
import type { Ledger } from "./ledger.ts";
import type { Omitted } from "./list-cutter.ts";

/** A stored file that is not part of the final root file system. */
export interface WastedFile extends PathText {
  readonly bytes: number;
  /** null where it is overwritten or metadata-only, and contents were not read to tell which. */
  readonly fate: FateName | null;
  /** The layer that stores it. */
  readonly addedIn: number;
  /** The layer that took its last path. */
  readonly removedIn: number;
}

/** A file of the final image. */
export interface LiveFile extends PathText {
  readonly bytes: number;
  readonly layer: number;
}

/** A top list by nature: this many, and {@link listLargest} counts the rest. */
const LARGEST_FILES = 100;

/** Bytes, the largest first; then by path. What is equal in both stays in the order of layers. */
function bySize(a: { readonly bytes: number; readonly path: string }, b: typeof a): number {
  if (a.bytes !== b.bytes) return b.bytes - a.bytes;
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/** Every stored file with content that is not live. */
export function listWasted({ image, squash }: Ledger): WastedFile[] {
  const { starts, fates, nodes, removedIn, tree } = squash;
  const wasted: WastedFile[] = [];
  image.layers.forEach(({ index: { entries } }, layer) => {
    const { kinds, sizes, count } = entries;
    const start = starts[layer] as number;
    for (let i = 0; i < count; i++) {
      const fate = fates[start + i] as number;
      if (fate === FATE.live) continue;
      const bytes = sizes[i] as number;
      if (bytes === 0 || kinds[i] !== KIND.regular) continue;
      const { path, pathBase64 } = textOfPath(tree.pathOf(nodes[start + i] as number));
      wasted.push({
        path,
        // There may be a million: to spread the whole text would take ten times as long.
        ...(pathBase64 === undefined ? undefined : { pathBase64 }),
        bytes,
        fate: FATE_NAMES[fate] as FateName | null,
        addedIn: layer,
        removedIn: removedIn[start + i] as number,
      });
    }
  });
  return sortBySize(wasted);
}

/** As by {@link bySize}, of very many: sizes as numbers first, so that only files of one size are compared by their paths. */
function sortBySize<File extends { readonly bytes: number; readonly path: string }>(files: readonly File[]): File[] {
  const ofSize = new Map<number, File[]>();
  for (const file of files) {
    const same = ofSize.get(file.bytes);
    if (same === undefined) ofSize.set(file.bytes, [file]);
    else same.push(file);
  }
  const sizes = Float64Array.from(ofSize.keys()).sort().reverse();
  return Array.from(sizes, (bytes) => ofSize.get(bytes)?.sort(bySize) ?? []).flat();
}

/** The largest files of the final root file system. */
export function listLargest(ledger: Ledger): { readonly files: LiveFile[]; readonly omitted: Omitted } {
  const { starts } = ledger.squash;
  const { count, sum, least } = measureLive(ledger);
  const files = findLargest(ledger, least).map(({ instance, bytes, path, pathBase64 }) => ({
    path,
    ...(pathBase64 === undefined ? undefined : { pathBase64 }),
    bytes,
    layer: layerOfInstance(starts, instance),
  }));
  const shown = files.reduce((shownBytes, { bytes }) => shownBytes + bytes, 0);
  return { files, omitted: { count: count - files.length, bytes: sum - shown } };
}

/** Live files that have content: how many, their bytes, and the smallest size on the list; 0 while all are. */
function measureLive({ image, squash: { starts, fates } }: Ledger): { count: number; sum: number; least: number } {
  const largest = new LargestSizes();
  let [count, sum, least] = [0, 0, 0];
  image.layers.forEach(({ index: { entries } }, layer) => {
    const { kinds, sizes } = entries;
    const start = starts[layer] as number;
    for (let i = 0; i < entries.count; i++) {
      const bytes = sizes[i] as number;
      if (bytes === 0 || kinds[i] !== KIND.regular || fates[start + i] !== FATE.live) continue;
      count++;
      sum += bytes;
      if (bytes > least) least = largest.add(bytes);
    }
  });
  return { count, sum, least };
}

/** Paths cost more than sizes: they are made only for what may be shown. Ties at the cut are settled by path. */
function findLargest({ image, squash: { starts, fates, nodes, tree } }: Ledger, least: number): Candidate[] {
  const first: Candidate[] = [];
  image.layers.forEach(({ index: { entries } }, layer) => {
    const { kinds, sizes, count } = entries;
    const start = starts[layer] as number;
    for (let i = 0; i < count; i++) {
      const bytes = sizes[i] as number;
      if (bytes === 0 || bytes < least || kinds[i] !== KIND.regular || fates[start + i] !== FATE.live) continue;
      const { path, pathBase64 } = textOfPath(tree.pathOf(nodes[start + i] as number));
      insert(first, { instance: start + i, bytes, path, pathBase64 });
    }
  });
  return first;
}

/** The largest sizes so far. */
class LargestSizes {
  /** In ascending order. */
  readonly #sizes: number[] = [];

  /** @returns the smallest that is on the list; 0 while there is room for any */
  add(bytes: number): number {
    if (this.#sizes.length === LARGEST_FILES) this.#sizes.shift();
    let at = this.#sizes.length;
    while (at > 0 && (this.#sizes[at - 1] as number) > bytes) at--;
    this.#sizes.splice(at, 0, bytes);
    return this.#sizes.length < LARGEST_FILES ? 0 : (this.#sizes[0] as number);
  }
}

interface Candidate {
  readonly instance: number;
  readonly bytes: number;
  readonly path: string;
  readonly pathBase64: string | undefined;
}

/** Keeps the first of a sorted list, without sorting all that could be in it. */
function insert(first: Candidate[], candidate: Candidate): void {
  const last = first.length === LARGEST_FILES ? first.at(-1) : undefined;
  if (last !== undefined && bySize(candidate, last) >= 0) return;
  let [low, high] = [0, first.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bySize(candidate, first[middle] as Candidate) < 0) high = middle;
    else low = middle + 1;
  }
  first.splice(low, 0, candidate);
  if (first.length > LARGEST_FILES) first.pop();
}

/** What became of a stored file, as numbers of the page's columns: places in {@link FATES}. */
export const FATES = [
  "live",
  "overwritten",
  "metadata-only",
  "deleted",
  "opaque-hidden",
  "duplicate-entry",
  "overwritten or metadata-only",
] as const;

/**
 * All stored entries of an image that weigh anything, in columns, and the paths they lie at. Places are numbered so that
 * each comes after its parent; place 0 is the root. An entry that is stored several times has a row for each.
 */
export interface MapData {
  /** By place: its name, safe to print and so without a line feed; empty for the root. */
  readonly names: readonly string[];
  /** By place: the place that it lies in. The root's is itself. */
  readonly parents: Uint32Array;
  /** What the numbers in `owner` mean. */
  readonly owners: readonly string[];
  /** What the numbers in `category` mean. */
  readonly categories: readonly string[];
  /** By row: the place it lies at. */
  readonly place: Uint32Array;
  /** By row: the layer that stores it, 0-based. */
  readonly layer: Uint32Array;
  /** By row: the layer that took its last path, plus one; 0 while it lives. */
  readonly removedIn: Uint32Array;
  /** By row: a place in {@link FATES}. */
  readonly fate: Uint32Array;
  readonly owner: Uint32Array;
  readonly category: Uint32Array;
  /** By row: content bytes. */
  readonly content: Float64Array;
  /** By row: what it costs in its compressed layer; null where that is not known. */
  readonly blob: Float64Array | null;
}

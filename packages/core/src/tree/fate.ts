/** What became of a stored file (an inode of one layer) in the image's final root file system. Every one has exactly one. */
export const FATE = {
  live: 0,
  /** Another entry took its path. */
  overwritten: 1,
  /** A regular file with the same content took its path: only metadata changed, or nothing at all. */
  metadataOnly: 2,
  /** A whiteout removed it, or a directory above it. */
  deleted: 3,
  /** An opaque whiteout hid it. */
  opaqueHidden: 4,
  /** A later entry of its own layer took its path. */
  duplicateEntry: 5,
  /** Overwritten or metadata-only: contents were not read (`--no-verify`), and the sizes are equal. */
  rewritten: 6,
} as const;

/** A fate by its number: one of {@link FATE}. */
export type Fate = (typeof FATE)[keyof typeof FATE];

/** The names in results; null where contents would have to be read to tell. */
export const FATE_NAMES = [
  "live",
  "overwritten",
  "metadata-only",
  "deleted",
  "opaque-hidden",
  "duplicate-entry",
  null,
] as const;

/** A fate by its name: a key of {@link FATE}. */
export type FateName = NonNullable<(typeof FATE_NAMES)[number]>;

import type { EntryKind } from "./layer-index.ts";

/** What results call the kinds of entries, in the order of `KIND`. */
export const KIND_NAMES = [
  "regular",
  "hard-link",
  "symlink",
  "char-device",
  "block-device",
  "directory",
  "fifo",
  "other",
  "whiteout",
  "opaque-whiteout",
  "ignored",
] as const satisfies Readonly<Record<EntryKind, string>>;

/** A kind of entry by its name. */
export type KindName = (typeof KIND_NAMES)[number];

import type { PathPattern } from "./path-pattern.ts";
import type { Reach } from "./path-set.ts";

/** What a command does to a path. */
export type Deed =
  /** It needs what is there: contents, or that it is there at all. */
  | "read"
  /** What it does depends on whether something is there, and on nothing else of it. */
  | "look"
  | "write"
  | "remove"
  /** Sets owner, mode, times or attributes. */
  | "restat"
  /** Makes a directory or a link. */
  | "make";

export interface Touch {
  readonly path: PathPattern;
  readonly reach: Reach;
  readonly deed: Deed;
  /** It does not fail where nothing is to be removed (`rm -f`), or something is there already (`mkdir -p`, `ln -f`). */
  readonly isTolerant: boolean;
  /** Only paths whose last name is like that; null for all. */
  readonly lastName: string | null;
}

export function touch(deed: Deed, path: PathPattern, reach: Reach = "itself", isTolerant = false): Touch {
  return { deed, path, reach, isTolerant, lastName: null };
}

import type { Category } from "../category/catalogue.ts";
import type { ImagePath } from "../image-path.ts";
import type { Fate } from "../tree/fate.ts";

/** A regular file as one layer stores it, live or not. */
export interface StoredFile {
  /** Its row in the ledger. */
  readonly instance: number;
  readonly layer: number;
  readonly path: ImagePath;
  /** Content bytes. */
  readonly bytes: number;
  readonly fate: Fate;
  /** The layer that took its last path; -1 while it lives. */
  readonly removedIn: number;
  /** `apk/musl`, `[unowned]` … */
  readonly owner: string;
  readonly category: Category;
  /** Its layer belongs to the base image. */
  readonly inBase: boolean;
}

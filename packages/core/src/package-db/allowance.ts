/** Characters of all paths that one database lists: an image of a million files has 100 MB of them. */
export const MAX_PATH_CHARS = 2 ** 27;
/** Names that one database speaks of beside files: dependencies, and what answers them. Whole distributions have 200,000. */
export const MAX_TOKENS = 2 ** 19;

/**
 * How much of something a database may still come to. What a few bytes of it stand for may be very much more: one long
 * directory for many short names, one line for millions of dependencies.
 */
export class Allowance {
  #left: number;
  readonly #tell: () => void;
  #told = false;

  /** @param tell is called once, where there is more than may be */
  constructor(most: number, tell: () => void) {
    this.#left = most;
    this.#tell = tell;
  }

  /** Whether so much more may be taken; once not, nothing may. */
  take(amount: number): boolean {
    this.#left -= amount;
    if (this.#left >= 0) return true;
    this.#left = -1;
    if (!this.#told) this.#tell();
    this.#told = true;
    return false;
  }
}

/** A file of a build's context. */
export interface ContextFile {
  readonly content: string | Uint8Array;
  /** 0644 where absent. */
  readonly mode?: number;
}

/** A wasteful build, and what its patch has to be like. */
export interface Pair {
  /** Kebab-case; the image's name too. */
  readonly name: string;
  /** What is wasteful about it, in a few words. */
  readonly title: string;
  readonly base: "alpine" | "alpine-strip" | "debian";
  /** Rules that the plan has to act on, each of them. */
  readonly rules: readonly string[];
  /** Whether the plan's content bytes have to be marked exact, and so to be exact. */
  readonly exact: boolean;
  /** Whether it also runs in the gate: small, quick, and telling. */
  readonly gate?: boolean;
  /** What in it is not the real thing. */
  readonly standIn?: string;
  readonly context?: () => Promise<Readonly<Record<string, ContextFile>>>;
  /**
   * The Dockerfile; BASE stands for the base image's name. Its command is given to a shell, unless the pair is about
   * images that need none: a plan would rather throw the whole base away.
   */
  readonly wasteful: readonly string[];
  /** The same by a careful author: how much a plan could save. */
  readonly byHand: readonly string[];
  /** Context files that the careful author has beside the wasteful one's. */
  readonly contextByHand?: () => Promise<Readonly<Record<string, ContextFile>>>;
}

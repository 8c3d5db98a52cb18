/** A header blob as one of the three database formats holds it. */
export interface StoredHeader {
  /** The number that rpm gave the package when it was installed: later packages have higher ones. */
  readonly instance: number;
  readonly blob: Uint8Array;
}

/** Hears of what a reader could not get out of a file: what sort of trouble, and which case of it. */
export type Report = (kind: string, detail?: string) => void;

/** What a long operation is doing; for people, never part of a result. Sent often: showing it at a bearable rate is the receiver's affair. */
export type ProgressEvent =
  /** The source that was chosen, or one that was passed over and why. */
  | { readonly type: "source"; readonly source: string; readonly note: string | null }
  /** The cache cannot be used, and why: what was to come from there is read again. */
  | { readonly type: "cache"; readonly directory: string; readonly note: string }
  /** An engine pulls: one layer's state in the engine's own words. */
  | {
      readonly type: "pull";
      readonly layer: string;
      readonly status: string;
      readonly currentBytes: number | null;
      readonly totalBytes: number | null;
    }
  /** Bytes read from the source so far; the total is null where the source does not know it (an engine, stdin). */
  | { readonly type: "read"; readonly bytes: number; readonly totalBytes: number | null }
  /** A layer was weighed. */
  | { readonly type: "layer"; readonly done: number; readonly total: number | null; readonly entries: number };

/** Is told what is being done. It is called in the middle of things, and must not throw. */
export type OnProgress = (event: ProgressEvent) => void;

/**
 * Receives a blob as it is inflated. Both calls are synchronous; bytes are only lent.
 *
 * A *step* is a stretch of input whose output is known exactly: 256 KiB of gzip counted from the blob's first byte, or
 * one zstd block. Steps depend on the blob alone, never on how the source cuts it into chunks, so what is computed from
 * them is the same everywhere.
 */
export interface InflateSink {
  output(bytes: Uint8Array): void;
  /** All output of the next `inputBytes` of the blob has been given. */
  step(inputBytes: number): void;
}

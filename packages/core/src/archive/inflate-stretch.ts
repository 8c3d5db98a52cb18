import type { LayerCompression } from "../oci/media-type.ts";
import { decompress } from "./decompress.ts";
import type { Limits } from "./limits.ts";

/** What came out of a stretch of a blob. */
export interface InflatedStretch {
  readonly bytes: Buffer;
  /** There was more than was asked for. */
  readonly more: boolean;
}

/** Thrown by the sink to end the work; never seen outside. */
const ENOUGH = new Error("enough has been inflated");

/**
 * Inflates a stretch of a blob that is in memory, whole gzip members or zstd frames, until `maxBytes` have come out.
 *
 * @throws {ImgweighError} ARCHIVE_TRUNCATED, ARCHIVE_MALFORMED, UNSUPPORTED_COMPRESSION, LIMIT_EXCEEDED
 */
export async function inflateStretch(
  stored: Uint8Array,
  compression: Exclude<LayerCompression, "none">,
  maxBytes: number,
  limits: Limits,
  where: string,
): Promise<InflatedStretch> {
  const parts: Buffer[] = [];
  let length = 0;
  let more = false;
  const sink = {
    output(bytes: Uint8Array): void {
      const kept = bytes.subarray(0, maxBytes - length);
      // Bytes are only lent.
      parts.push(Buffer.from(kept));
      length += kept.length;
      if (kept.length === bytes.length) return;
      more = true;
      throw ENOUGH;
    },
    step(): void {},
  };
  try {
    await decompress(once(stored), compression, sink, limits, where);
  } catch (error) {
    if (error !== ENOUGH) throw error;
  }
  return { bytes: parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts), more };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

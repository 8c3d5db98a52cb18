import { createHash } from "node:crypto";
import type { ByteStream } from "../archive/byte-stream.ts";
import { type FileRange, lentReads, readPart, readWhole } from "../archive/file-range.ts";
import { SNIFF_BYTES, sniff } from "../archive/sniff.ts";
import type { Digest, DigestAlgorithm } from "../oci/digest.ts";
import { type LayerTask, type ReadLayer, readLayer, SKIM_READ_BYTES, skimLayer } from "./read-layer.ts";

/** Work on one blob, as plain data: the same in this thread as in another. */
export type LayerJob =
  /** Reads a blob that lies in a file. */
  | { readonly kind: "read"; readonly blob: FileRange; readonly task: LayerTask }
  /** The same without its contents. */
  | { readonly kind: "skim"; readonly blob: FileRange; readonly task: LayerTask }
  /** Takes the digest of a blob that lies in a file. */
  | { readonly kind: "digest"; readonly blob: FileRange; readonly algorithm: DigestAlgorithm }
  /** Reads a blob that streams past. */
  | { readonly kind: "stream"; readonly task: LayerTask };

/** What a job comes to. */
export type JobResult<K extends LayerJob["kind"]> = K extends "digest" ? Digest : ReadLayer;

/** Who is told how far a job is. Throws to stop it. */
export interface JobWatcher {
  /** Bytes of the blob that were read. */
  stored(bytes: number): void;
  /** Uncompressed bytes. */
  uncompressed(bytes: number): void;
}

/** Tells of every chunk of a stream before it is used. */
export async function* watched(
  input: ByteStream,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of input) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** Whether a blob in a file is a tar that is not compressed. */
export function isPlain(blob: FileRange): boolean {
  return sniff(readPart(blob, 0, SNIFF_BYTES)) === "none";
}

/**
 * Does a job in this thread.
 *
 * @param input what streams past
 * @throws {ImgweighError} as `readLayer` and `skimLayer`, and whatever the watcher throws
 */
export async function runJob(
  job: LayerJob,
  watcher: JobWatcher,
  input: ByteStream,
): Promise<JobResult<LayerJob["kind"]>> {
  const stored = (bytes: number): void => watcher.stored(bytes);
  if (job.kind === "digest") return digestPart(job.blob, job.algorithm);
  const options = { ...job.task, onBytes: (bytes: number) => watcher.uncompressed(bytes) };
  if (job.kind === "stream") return readLayer(watched(input, stored), options);
  const { blob } = job;
  const stream = (): ByteStream => watched(readWhole(blob), stored);
  if (job.kind === "read") return readLayer(stream(), options);
  return skimLayer(lentReads(blob, SKIM_READ_BYTES), blob.length, stream, options);
}

async function digestPart(blob: FileRange, algorithm: DigestAlgorithm): Promise<Digest> {
  const hash = createHash(algorithm);
  for await (const chunk of readWhole(blob)) hash.update(chunk);
  return `${algorithm}:${hash.digest("hex")}`;
}

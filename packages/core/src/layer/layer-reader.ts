import type { ByteStream } from "../archive/byte-stream.ts";
import type { FileRange } from "../archive/file-range.ts";
import { type JobWatcher, runJob } from "./layer-job.ts";
import type { LayerTask, ReadLayer } from "./read-layer.ts";

/** Reads blobs, in this thread or in others: the results are the same. */
export interface LayerReader {
  /** A blob that lies in a file. @throws {ImgweighError} as `readLayer` */
  read(blob: FileRange, task: LayerTask, watcher: JobWatcher): Promise<ReadLayer>;
  /** The same without its contents. @throws {ImgweighError} as `skimLayer` */
  skim(blob: FileRange, task: LayerTask, watcher: JobWatcher): Promise<ReadLayer>;
  /** A blob that streams past. @throws {ImgweighError} as `readLayer` */
  stream(input: ByteStream, task: LayerTask, watcher: JobWatcher): Promise<ReadLayer>;
  /** Ends what it has started. */
  close(): Promise<void>;
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

/** Reads everything in this thread. */
export const IN_PROCESS: LayerReader = {
  read: (blob, task, watcher) => runJob({ kind: "read", blob, task }, watcher, nothing()) as Promise<ReadLayer>,
  skim: (blob, task, watcher) => runJob({ kind: "skim", blob, task }, watcher, nothing()) as Promise<ReadLayer>,
  stream: (input, task, watcher) => runJob({ kind: "stream", task }, watcher, input) as Promise<ReadLayer>,
  close: async () => {},
};

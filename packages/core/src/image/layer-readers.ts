import type { ByteStream } from "../archive/byte-stream.ts";
import type { JobWatcher } from "../layer/layer-job.ts";
import type { LayerReader } from "../layer/layer-reader.ts";
import type { LayerTask, ReadLayer } from "../layer/read-layer.ts";

/** A thread takes some 30 ms to start: fewer bytes are read before it has. */
const WORTH_A_THREAD_BYTES = 2 ** 24;

/** Whoever reads the blobs of one image or several: this thread, or others where that saves time. */
export class LayerReaders {
  readonly #most: number;
  readonly #signal: AbortSignal;
  #threads: Promise<LayerReader> | null = null;

  /** @param most threads at the same time; with 1 none is started, and everything is read in this one */
  constructor(most: number, signal: AbortSignal) {
    this.#most = most;
    this.#signal = signal;
  }

  /** For blobs in files, of so many bytes together. */
  forFiles(bytes: number): Promise<Pick<LayerReader, "read" | "skim">> {
    return bytes < WORTH_A_THREAD_BYTES ? inProcess() : this.#started(this.#most);
  }

  /**
   * Reads a blob that streams past.
   *
   * @param bytes how many will come; null where nobody knows
   * @throws {ImgweighError} as `readLayer`
   */
  async stream(input: ByteStream, bytes: number | null, task: LayerTask, watcher: JobWatcher): Promise<ReadLayer> {
    const short = bytes !== null && bytes < WORTH_A_THREAD_BYTES;
    return (await (short ? inProcess() : this.#started(1))).stream(input, task, watcher);
  }

  async close(): Promise<void> {
    await (await this.#threads)?.close();
  }

  #started(first: number): Promise<LayerReader> {
    this.#threads ??= this.#start(first);
    return this.#threads;
  }

  async #start(first: number): Promise<LayerReader> {
    if (this.#most === 1) return inProcess();
    const { startThreads } = await import("../layer/layer-threads.ts");
    return (await startThreads(first, this.#most, this.#signal)) ?? inProcess();
  }
}

/** Loaded where a layer has to be read: it takes longer than getting all of them out of the cache. */
async function inProcess(): Promise<LayerReader> {
  const { IN_PROCESS } = await import("../layer/layer-reader.ts");
  return IN_PROCESS;
}

import { createHash, type Hash } from "node:crypto";
import { type ByteStream, interruptible, peek } from "../archive/byte-stream.ts";
import type { FileRange } from "../archive/file-range.ts";
import { SNIFF_BYTES, sniff } from "../archive/sniff.ts";
import type { Digest } from "../oci/digest.ts";
import { isPlain, type JobResult, type JobWatcher, type LayerJob } from "./layer-job.ts";
import type { LayerReader } from "./layer-reader.ts";
import { LayerThread } from "./layer-thread.ts";
import { explainDamage, type LayerTask, type ReadLayer } from "./read-layer.ts";

/** A plain tar of at least this size is read by one thread and hashed by another. */
const SPLIT_BYTES = 2 ** 24;

const UNWATCHED: JobWatcher = { stored() {}, uncompressed() {} };

/** Reads blobs in threads, each of which does one job at a time; what has to wait is done in the order it came. */
class ThreadedReader implements LayerReader {
  readonly #threads: LayerThread[];
  readonly #most: number;
  readonly #idle: LayerThread[];
  readonly #waiting: ((thread: LayerThread) => void)[] = [];
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => {
    void this.#end(this.#signal.reason);
  };

  constructor(threads: LayerThread[], most: number, signal: AbortSignal) {
    this.#threads = threads;
    this.#most = most;
    this.#idle = [...threads];
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
  }

  async read(blob: FileRange, task: LayerTask, watcher: JobWatcher): Promise<ReadLayer> {
    const algorithm = task.blobAlgorithm;
    const split = blob.length >= SPLIT_BYTES && algorithm === task.diffIdAlgorithm && isPlain(blob);
    if (!split) return this.#run({ kind: "read", blob, task }, watcher);
    const [read, digest] = await Promise.allSettled([
      this.#run({ kind: "read", blob, task: { ...task, digestsElsewhere: true } }, watcher),
      this.#run({ kind: "digest", blob, algorithm }, UNWATCHED),
    ]);
    if (read.status === "rejected") {
      throw await explainDamage(read.reason, task, async () => (digest.status === "fulfilled" ? digest.value : null));
    }
    if (digest.status === "rejected") throw digest.reason;
    return withDigest(read.value, digest.value);
  }

  skim(blob: FileRange, task: LayerTask, watcher: JobWatcher): Promise<ReadLayer> {
    return this.#run({ kind: "skim", blob, task }, watcher);
  }

  async stream(input: ByteStream, task: LayerTask, watcher: JobWatcher): Promise<ReadLayer> {
    const algorithm = task.blobAlgorithm;
    const { head, stream } = await peek(interruptible(input, this.#signal), SNIFF_BYTES);
    // Where a digest is declared, what a thread cannot read is hashed to its end: only the thread knows when.
    const split =
      sniff(head) === "none" &&
      algorithm === task.diffIdAlgorithm &&
      !task.otherDiffIdAlgorithm &&
      !task.declaredDigest;
    if (!split) return this.#run({ kind: "stream", task }, watcher, stream);
    const hash = createHash(algorithm);
    const elsewhere = { ...task, digestsElsewhere: true };
    const read = await this.#run({ kind: "stream", task: elsewhere }, watcher, hashed(stream, hash));
    return withDigest(read, `${algorithm}:${hash.digest("hex")}`);
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener("abort", this.#onAbort);
    await this.#end(new Error("layers are read no more"));
  }

  async #end(reason: unknown): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end(reason)));
  }

  async #run<J extends LayerJob>(
    job: J,
    watcher: JobWatcher,
    input: ByteStream | null = null,
  ): Promise<JobResult<J["kind"]>> {
    const thread = this.#idle.pop() ?? this.#another() ?? (await this.#next());
    try {
      return (await thread.run(job, watcher, input)) as JobResult<J["kind"]>;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(thread);
      else next(thread);
    }
  }

  #another(): LayerThread | null {
    if (this.#threads.length === this.#most || this.#signal.aborted) return null;
    const thread = new LayerThread();
    this.#threads.push(thread);
    return thread;
  }

  #next(): Promise<LayerThread> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

/** A plain tar that streams past is hashed by the thread that hands it over, which has little else to do. */
async function* hashed(input: ByteStream, hash: Hash): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of input) {
    hash.update(chunk);
    yield chunk;
  }
}

function withDigest(read: ReadLayer, digest: Digest): ReadLayer {
  const { index, blob } = read;
  return { ...read, index: { ...index, diffId: digest }, blob: { ...blob, digest } };
}

/**
 * Starts threads that read layers. An abort ends them at once.
 *
 * @param first how many are started now
 * @param most how many there may be, if there is work for them
 * @returns null where threads are not to be had, or what they load is not there
 */
export async function startThreads(first: number, most: number, signal: AbortSignal): Promise<LayerReader | null> {
  const threads = Array.from({ length: Math.min(first, most) }, () => new LayerThread());
  const started = await Promise.all(threads.map((thread) => thread.started));
  const usable = threads.filter((_, i) => started[i]);
  return usable.length === 0 ? null : new ThreadedReader(usable, most, signal);
}

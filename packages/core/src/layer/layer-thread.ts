import { Worker } from "node:worker_threads";
import { type ByteStream, interruptible } from "../archive/byte-stream.ts";
import type { JobResult, JobWatcher, LayerJob } from "./layer-job.ts";
import { errorFrom, type FromThread, isBrokenOff, type ToThread } from "./thread-messages.ts";

/** What a job is waited for with. */
interface Running {
  readonly watcher: JobWatcher;
  resolve(result: JobResult<LayerJob["kind"]>): void;
  reject(reason: unknown): void;
}

/** Bytes that are given to a thread at a time, and how many such chunks may be on their way. */
const CHUNK_BYTES = 2 ** 19;
const CHUNKS_AHEAD = 6;
/** The first ones come sooner: what has a bad beginning need not go on. */
const BEGINNING_BYTES = 2 ** 10;

/** A thread that does one job at a time. */
export class LayerThread {
  /** Whether it could be started; nothing is thrown where it could not. */
  readonly started: Promise<boolean>;
  readonly #worker: Worker | null;
  #running: Running | null = null;
  /** Why it can do no more jobs. */
  #ended: { readonly reason: unknown } | null = null;
  /** Memory of chunks that were read. */
  readonly #free: ArrayBuffer[] = [];
  #chunks = 0;
  #wake = (): void => {};
  #stop = new AbortController();

  constructor() {
    let begun: (started: boolean) => void = () => {};
    this.started = new Promise((resolve) => {
      begun = resolve;
    });
    this.#worker = startWorker();
    this.#worker?.on("message", (message: FromThread) => {
      if (message.type === "ready") begun(true);
      else this.#hear(message);
    });
    const fail = (reason: unknown): void => {
      begun(false);
      this.#end(reason);
    };
    this.#worker?.on("error", fail);
    this.#worker?.on("exit", (code) => fail(new Error(`a thread that reads layers ended with code ${code}`)));
    if (this.#worker === null) fail(null);
  }

  /**
   * Does a job. It is the only one at a time.
   *
   * @param input the blob of a job of the kind `stream`
   * @throws what the job, its watcher and its input throw
   */
  async run(job: LayerJob, watcher: JobWatcher, input: ByteStream | null): Promise<JobResult<LayerJob["kind"]>> {
    if (this.#ended !== null) throw this.#ended.reason;
    this.#free.length = 0;
    this.#chunks = 0;
    this.#stop = new AbortController();
    const result = new Promise<JobResult<LayerJob["kind"]>>((resolve, reject) => {
      this.#running = { watcher, resolve, reject };
    });
    this.#tell({ type: "job", job });
    if (input === null) return result;
    const { signal } = this.#stop;
    const [fed, come] = await Promise.allSettled([this.#feed(interruptible(input, signal)), result]);
    // What the job has found wrong comes before the break: it had not read that far.
    if (come.status === "fulfilled") return come.value;
    if (fed.status === "rejected" && isBrokenOff(come.reason)) throw fed.reason;
    throw come.reason;
  }

  /** Ends the thread, whatever it does; what waits for it is rejected. */
  async end(reason: unknown): Promise<void> {
    this.#end(reason);
    await this.#worker?.terminate();
  }

  #end(reason: unknown): void {
    this.#ended ??= { reason };
    this.#fail(this.#ended.reason);
  }

  #fail(reason: unknown): void {
    this.#running?.reject(reason);
    this.#running = null;
    this.#stop.abort(reason);
    this.#wake();
  }

  #tell(message: ToThread, memory: readonly ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, memory);
  }

  #hear(message: FromThread): void {
    if (message.type === "taken") {
      this.#free.push(message.memory);
      this.#wake();
    } else if (message.type === "progress") {
      this.#watch(message.stored, message.uncompressed);
    } else if (message.type === "done") {
      this.#running?.resolve(message.result);
      this.#running = null;
    } else if (message.type === "failed") {
      this.#fail(errorFrom(message.error));
    }
  }

  #watch(stored: number, uncompressed: number): void {
    try {
      this.#running?.watcher.uncompressed(uncompressed);
      this.#running?.watcher.stored(stored);
    } catch (error) {
      // It cannot be told to stop, for it does not listen while it works.
      void this.end(error);
    }
  }

  /** Hands over a stream, in chunks of one size: small ones would cost more to hand over than to read. */
  async #feed(input: ByteStream): Promise<void> {
    let whole = false;
    let filling = new Uint8Array(await this.#memory());
    let filled = 0;
    let given = 0;
    try {
      for await (const chunk of input) {
        for (let at = 0; at < chunk.length; ) {
          const part = chunk.subarray(at, at + filling.length - filled);
          filling.set(part, filled);
          filled += part.length;
          at += part.length;
          if (filled < (given === 0 ? BEGINNING_BYTES : filling.length)) continue;
          this.#give(filling.subarray(0, filled));
          given += filled;
          filling = new Uint8Array(await this.#memory());
          filled = 0;
        }
      }
      if (filled > 0) this.#give(filling.subarray(0, filled));
      whole = true;
    } finally {
      this.#tell({ type: "end", whole });
    }
  }

  #give(bytes: Uint8Array): void {
    this.#tell({ type: "chunk", bytes }, [bytes.buffer as ArrayBuffer]);
  }

  /** Memory for the next chunk; waits until the thread has read an earlier one where too many are on their way. */
  async #memory(): Promise<ArrayBuffer> {
    for (;;) {
      const free = this.#free.pop();
      if (free !== undefined) return free;
      if (this.#chunks < CHUNKS_AHEAD || this.#running === null) {
        this.#chunks++;
        return new ArrayBuffer(CHUNK_BYTES);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** null where threads are not to be had. */
function startWorker(): Worker | null {
  try {
    return new Worker(new URL("./layer-worker.js", import.meta.url));
  } catch {
    return null;
  }
}

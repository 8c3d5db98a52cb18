import { parentPort } from "node:worker_threads";
import type { ByteStream } from "../archive/byte-stream.ts";
import { type JobResult, type JobWatcher, type LayerJob, runJob } from "./layer-job.ts";
import { brokenOff, errorData, type FromThread, type ToThread } from "./thread-messages.ts";

/*
 * Runs in a thread of its own: does one job after another for the thread that started it.
 */

const port = parentPort;
if (port === null) throw new Error("this file is loaded as a worker thread");

const tell = (message: FromThread, memory: readonly ArrayBuffer[] = []): void => port.postMessage(message, [...memory]);

// Telling of every chunk would take as long as small ones take to read.
const TOLD_BYTES = 2 ** 22;

/** Tells now and then how far a job is. */
class Progress implements JobWatcher {
  #stored = 0;
  #uncompressed = 0;

  stored(bytes: number): void {
    this.#stored += bytes;
    if (this.#stored >= TOLD_BYTES) this.flush();
  }

  uncompressed(bytes: number): void {
    this.#uncompressed += bytes;
    if (this.#uncompressed >= TOLD_BYTES) this.flush();
  }

  flush(): void {
    if (this.#stored + this.#uncompressed > 0)
      tell({ type: "progress", stored: this.#stored, uncompressed: this.#uncompressed });
    this.#stored = 0;
    this.#uncompressed = 0;
  }
}

/** The blob that streams past, as the messages that bring it. */
class Incoming {
  readonly #messages: ToThread[] = [];
  #wake = (): void => {};

  put(message: ToThread): void {
    this.#messages.push(message);
    this.#wake();
  }

  async *stream(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const message = this.#messages.shift();
      if (message === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else if (message.type === "chunk") {
        yield message.bytes;
        const memory = message.bytes.buffer as ArrayBuffer;
        tell({ type: "taken", memory }, [memory]);
      } else if (message.type === "end") {
        if (message.whole) return;
        throw brokenOff();
      }
    }
  }
}

/** Memory that a result need not be copied with. */
function memoryOf(result: JobResult<LayerJob["kind"]>): ArrayBuffer[] {
  if (typeof result === "string") return [];
  const { index, blob } = result;
  const columns: unknown[] = [...Object.values(index.entries), blob.shares?.entryBytes];
  return columns.flatMap((column) => (ArrayBuffer.isView(column) ? [column.buffer as ArrayBuffer] : []));
}

let incoming = new Incoming();

async function work(job: LayerJob, input: ByteStream): Promise<void> {
  const progress = new Progress();
  try {
    const result = await runJob(job, progress, input);
    progress.flush();
    tell({ type: "done", result }, memoryOf(result));
  } catch (error) {
    progress.flush();
    tell({ type: "failed", error: errorData(error) });
  }
}

port.on("message", (message: ToThread) => {
  if (message.type === "job") {
    incoming = new Incoming();
    // It tells of its own failure.
    void work(message.job, incoming.stream());
  } else {
    incoming.put(message);
  }
});
tell({ type: "ready" });

import type { Extract } from "tar-stream";
import { ImgweighError, messageOf } from "../errors.ts";
import { type ByteStream, interruptible } from "./byte-stream.ts";
import type { Limits } from "./limits.ts";
import { TarScanner, type TarVisitor } from "./tar-scanner.ts";

/** An entry of an archive that streams past. */
export interface StreamedEntry {
  readonly name: string;
  readonly type: "file" | "link" | "other";
  /** Where a symbolic or hard link points. */
  readonly linkName: string | null;
  readonly size: number;
  /** Contents; to be read, or left, before the next entry is asked for. */
  readonly body: ByteStream;
}

function archiveError(cause: unknown, where: string): unknown {
  if (!(cause instanceof Error) || cause instanceof ImgweighError) return cause;
  if (cause.message === "Unexpected end of data") {
    return new ImgweighError("ARCHIVE_TRUNCATED", `${where} is cut short inside an entry`, {
      cause,
      hint: "it was not written or copied to its end; make it again",
    });
  }
  // tar-stream's own complaints have no code; those of the input below it (sockets, files, inflaters) do, or are ours.
  if (/header|tar/i.test(cause.message) && !("code" in cause)) {
    return new ImgweighError(
      "ARCHIVE_MALFORMED",
      `${where} is not a tar archive, or a damaged one (${messageOf(cause)})`,
      { cause },
    );
  }
  return cause;
}

/**
 * The entries of a tar that is read once, front to back: an engine's `save`, stdin, a compressed archive.
 * Names are decoded as UTF-8, which is what the JSON that refers to them is written in.
 *
 * @throws {ImgweighError} ARCHIVE_TRUNCATED, ARCHIVE_MALFORMED, LIMIT_EXCEEDED, and whatever the input throws
 */
export async function* tarEntries(
  input: ByteStream,
  limits: Limits,
  where: string,
): AsyncGenerator<StreamedEntry, void, undefined> {
  const { extract } = await import("tar-stream");
  const parser = extract();
  // Fed beside the loop below: with pipe(), an error of the input would leave the loop waiting for ever.
  const stop = new AbortController();
  const feeding = feed(interruptible(input, stop.signal), parser, new TarScanner(NO_VISITOR, limits, where));
  // A body that the parser took down with it, before anyone read it, does not say why.
  let broken: unknown = null;
  parser.on("error", (error: unknown) => {
    broken ??= error;
  });
  const explain = (error: unknown): unknown => archiveError(feeding.failure() ?? broken ?? error, where);
  try {
    for await (const body of parser) {
      const { header } = body;
      const isLink = header.type === "symlink" || header.type === "link";
      yield {
        name: header.name,
        type: header.type === "file" || header.type === "contiguous-file" ? "file" : isLink ? "link" : "other",
        linkName: isLink ? header.linkname : null,
        size: header.size,
        body: readBody(body as ByteStream & { resume(): unknown }, explain),
      };
      // What was not read must be drained, or the parser waits for it.
      body.resume();
    }
    await feeding.done;
  } catch (error) {
    throw explain(error);
  } finally {
    parser.destroy();
    // The input may be silent for ever: it is left, not waited for.
    stop.abort();
    await feeding.done;
  }
}

/**
 * A body that may be left half read: ending a stream's own iterator early would destroy it, and the parser with it.
 * What is left flows by unread.
 */
async function* readBody(
  body: ByteStream & { resume(): unknown },
  explain: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  } catch (error) {
    throw explain(error);
  } finally {
    body.resume();
  }
}

interface Feeding {
  readonly done: Promise<void>;
  failure(): unknown;
}

const NO_VISITOR: TarVisitor = { entry: () => false, data() {}, entryEnd() {}, loneZeroBlock() {} };

/**
 * The guard reads along and throws where a limit is exceeded: the parser has none, and would keep a long name of any
 * length in memory. It also knows where the archive ends, behind which the parser would look for more.
 */
function feed(input: ByteStream, parser: Extract, guard: TarScanner): Feeding {
  let failure: unknown = null;
  let closed = false;
  let wake = (): void => {};
  parser.on("drain", () => wake());
  parser.on("close", () => {
    closed = true;
    wake();
  });
  const run = async (): Promise<void> => {
    try {
      for await (const chunk of input) {
        if (closed) return;
        if (guard.terminated) continue;
        const start = guard.offset;
        guard.push(chunk);
        const part = guard.terminated ? chunk.subarray(0, guard.end - start) : chunk;
        if (!parser.write(part) && !closed) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
      parser.end(null);
    } catch (error) {
      failure = error;
      parser.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const done = run();
  return { done, failure: () => failure };
}

import { type ByteStream, interruptible } from "./byte-stream.ts";
import type { Limits } from "./limits.ts";
import { TYPE } from "./tar-header.ts";
import { type TarEntry, TarScanner, type TarVisitor } from "./tar-scanner.ts";

/** An entry of an archive that streams past. */
export interface StreamedEntry {
  readonly name: string;
  readonly type: "file" | "link" | "other";
  /** Where a symbolic or hard link points. */
  readonly linkName: string | null;
  readonly size: number;
  /** Contents; to be read, or left, before the next entry is asked for. Each chunk is there until the next is asked for. */
  readonly body: ByteStream;
}

/** What the scanner has seen of an entry, beginning with the entry itself. */
type Piece = Omit<StreamedEntry, "body"> | Uint8Array | typeof END;

const END = Symbol("the entry has ended");

// The JSON that refers to names is written in UTF-8.
function textOf(name: string): string {
  return Buffer.from(name, "latin1").toString("utf8");
}

function pieceOf({ name, linkName, type, size }: TarEntry): Piece {
  const isLink = type === TYPE.symlink || type === TYPE.hardLink;
  return {
    name: textOf(name),
    type: type === TYPE.regular ? "file" : isLink ? "link" : "other",
    linkName: isLink ? textOf(linkName) : null,
    size,
  };
}

/** A tar that streams past, piece by piece. A chunk of the input is asked for when all pieces of the last were taken. */
class StreamedTar {
  readonly #input: AsyncIterator<Uint8Array>;
  readonly #scanner: TarScanner;
  #pieces: Piece[] = [];
  #taken = 0;
  #reading: Promise<boolean> | null = null;

  constructor(input: ByteStream, limits: Limits, where: string) {
    this.#input = input[Symbol.asyncIterator]();
    const visitor: TarVisitor = {
      entry: (entry) => {
        this.#pieces.push(pieceOf(entry));
        return true;
      },
      data: (bytes) => {
        this.#pieces.push(bytes);
      },
      entryEnd: () => {
        this.#pieces.push(END);
      },
      loneZeroBlock() {},
    };
    this.#scanner = new TarScanner(visitor, limits, where);
  }

  /** Whether there is a piece to {@link take}; false where the tar has ended. */
  async ready(): Promise<boolean> {
    // A body that was left may still be waiting for the same chunk. What fails once has failed for good.
    while (this.#taken === this.#pieces.length) {
      this.#reading ??= this.#read();
      if (!(await this.#reading)) return false;
    }
    return true;
  }

  take(): Piece | undefined {
    return this.#pieces[this.#taken++];
  }

  async #read(): Promise<boolean> {
    const next = await this.#input.next();
    // All were taken: one by one from the front would cost the square of what a large chunk holds.
    this.#pieces = [];
    this.#taken = 0;
    if (next.done) {
      this.#scanner.finish();
      // Of an entry without its padding there is nothing but its end, and the input's end says that as well.
      this.#pieces = [];
    } else this.#scanner.push(next.value);
    if (!next.done) this.#reading = null;
    return !next.done;
  }

  async close(): Promise<void> {
    await this.#input.return?.();
  }
}

/** The contents of the entry that was taken last, to its end. */
class Body {
  readonly #tar: StreamedTar;
  #ended = false;

  constructor(tar: StreamedTar) {
    this.#tar = tar;
  }

  async *stream(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let piece = await this.#next(); piece !== END; piece = await this.#next()) yield piece;
  }

  /** What nobody read flows by. */
  async leave(): Promise<void> {
    while ((await this.#next()) !== END);
  }

  async #next(): Promise<Uint8Array | typeof END> {
    const isThere = this.#ended || (await this.#tar.ready());
    // It may have ended meanwhile: a reader that was left while it waited comes back after others.
    const piece = this.#ended || !isThere ? END : this.#tar.take();
    if (piece instanceof Uint8Array) return piece;
    this.#ended = true;
    return END;
  }
}

/**
 * The entries of a tar that is read once, front to back: an engine's `save`, stdin, a compressed archive.
 * Names are decoded as UTF-8, which is what the JSON that refers to them is written in.
 *
 * @param input chunks need only be there until the next is asked for
 * @throws {ImgweighError} ARCHIVE_TRUNCATED, ARCHIVE_MALFORMED, LIMIT_EXCEEDED, and whatever the input throws
 */
export async function* tarEntries(
  input: ByteStream,
  limits: Limits,
  where: string,
): AsyncGenerator<StreamedEntry, void, undefined> {
  const stop = new AbortController();
  const tar = new StreamedTar(interruptible(input, stop.signal), limits, where);
  try {
    while (await tar.ready()) {
      const entry = tar.take() as Exclude<Piece, Uint8Array | typeof END>;
      const body = new Body(tar);
      yield { ...entry, body: body.stream() };
      await body.leave();
    }
  } finally {
    // The input may be silent for ever: it is left, not waited for.
    stop.abort();
    await tar.close();
  }
}

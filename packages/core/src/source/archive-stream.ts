import { type ByteStream, peek, readAll } from "../archive/byte-stream.ts";
import { limitExceeded } from "../archive/limits.ts";
import { SNIFF_BYTES, sniff } from "../archive/sniff.ts";
import { type StreamedEntry, tarEntries } from "../archive/tar-entries.ts";
import { ImgweighError } from "../errors.ts";
import { normalizePath } from "../image-path.ts";
import { type ArchiveContents, algorithmInName, followLinks } from "./archive-contents.ts";
import { type ArchiveKind, readArchiveImages } from "./archive-images.ts";
import { chooseImages } from "./choose-image.ts";
import type { BlobStream, ImageDescription, SourceContext, SourceKind, StreamedBlob } from "./source.ts";

/**
 * What came out of the compression around a whole archive, once its beginning shows that it is a tar.
 *
 * @throws {ImgweighError} NOT_AN_IMAGE
 */
export async function* requireTar(input: ByteStream, where: string): AsyncGenerator<Uint8Array, void, undefined> {
  const { head, stream, close } = await peek(input, SNIFF_BYTES);
  const content = sniff(head);
  if (content !== "none") {
    // Not waited for: the input below may be silent by now.
    close().catch(() => {});
    const what = content === "empty" || content === "unknown" ? "no tar archive" : `${content}, not a tar archive`;
    throw new ImgweighError("NOT_AN_IMAGE", `${where} is compressed, and what is inside is ${what}`);
  }
  yield* stream;
}

interface Streamed {
  readonly type: StreamedEntry["type"];
  readonly linkName: string | null;
  readonly size: number;
}

export interface ArchiveStreamOptions {
  /** What the result calls the source; null takes the format that the archive turns out to have. */
  readonly kind: SourceKind | null;
  /** The format that a prefix asked for. */
  readonly expected?: ArchiveKind | null;
  /** The name that the image was asked for by; archives saved by ID have none of their own. */
  readonly reference: string | null;
  readonly where: string;
  readonly context: SourceContext;
}

/**
 * A saved image that is read once, front to back: what an engine saves, stdin, a compressed file. Layers are handed out
 * as they come; small JSON is kept, because it says in the end which layers were meant.
 */
export function streamArchive(input: ByteStream, options: ArchiveStreamOptions): BlobStream {
  const { context, where } = options;
  const entries = new Map<string, Streamed>();
  const documents = new Map<string, Buffer>();
  let documentBytes = 0;
  let sha512 = false;

  async function* blobs(): AsyncGenerator<StreamedBlob, void, undefined> {
    for await (const entry of tarEntries(input, context.limits, where)) {
      context.signal.throwIfAborted();
      const name = normalizePath(entry.name).path;
      entries.set(name, { type: entry.type, linkName: entry.linkName, size: entry.size });
      if (entry.type !== "file") continue;
      const { head, stream } = await peek(entry.body, Math.min(SNIFF_BYTES, entry.size));
      const content = sniff(head);
      if (content === "json") await keep(name, entry.size, stream);
      // What is none of these is no layer either, unless the manifest says so; then reading it must fail, so it is handed out.
      else if (content !== "unknown" || isLayerName(name)) {
        const algorithm = algorithmInName(name);
        yield { key: name, size: entry.size, algorithm, mayBeSha512: sha512 || algorithm === "sha512", body: stream };
      }
    }
  }

  async function keep(name: string, size: number, body: ByteStream): Promise<void> {
    // A larger one is an error only if it is needed: sizeOf() tells then.
    if (size > context.limits.maxJsonBytes) return;
    documentBytes += size;
    if (documentBytes > context.limits.maxJsonBytes * 64)
      throw limitExceeded(context.limits, "maxJsonBytes", `the JSON of ${where}`);
    const bytes = await readAll(body, size);
    if (bytes === null) return;
    documents.set(name, bytes);
    sha512 ||= bytes.includes('"sha512:');
  }

  const contents: ArchiveContents = {
    where,
    limits: context.limits,
    locate: async (name) => followLinks(entries, name),
    read: async (located) => documents.get(located) ?? Buffer.alloc(0),
    sizeOf: (located) => entries.get(located)?.size ?? 0,
  };

  async function describeAll(): Promise<readonly ImageDescription[]> {
    const { kind, groups, warnings } = await readArchiveImages(contents, options.expected ?? null);
    const chosen = await chooseImages(groups, { kind: options.kind ?? kind, where, context, warnings });
    return chosen.map((description) => ({ ...description, reference: description.reference ?? options.reference }));
  }

  return {
    shape: "stream",
    blobs,
    describe: async () => (await describeAll())[0] as ImageDescription,
    siblings: async () => (await describeAll()).slice(1),
  };
}

function isLayerName(name: string): boolean {
  return /(?:\.tar|\.tar\.gz|\.tgz|\.tar\.zst)$/.test(name) || /^blobs\/sha\d+\//.test(name);
}

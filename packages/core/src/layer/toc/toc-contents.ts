import { digestOf } from "../../archive/digest.ts";
import { inflateStretch } from "../../archive/inflate-stretch.ts";
import type { Limits } from "../../archive/limits.ts";
import { algorithmOf } from "../../oci/digest.ts";
import type { TocChunk } from "./toc-entries.ts";
import type { ReadBlobAt } from "./toc-table.ts";
import { UnusableToc } from "./unusable-toc.ts";

/** Chunks this near are read together: a request costs more than the bytes between them. */
const NEAR_BYTES = 2 ** 12;
/** Bytes of one request, unless a single chunk has more. */
const REQUEST_BYTES = 2 ** 23;
/** More requests than this are made fewer by reading more of what lies between. */
const MAX_REQUESTS = 500;
const MAX_CONCURRENCY = 4;
/** Writers cut files into chunks of some 4 MiB. What is beyond this is not taken into memory, but streamed with the rest. */
const MAX_CHUNK_BYTES = 2 ** 26;
/** Inflated and in memory at once. The largest real package databases have some 100 MB. */
const MAX_CONTENT_BYTES = 2 ** 29;

/** A stretch of the blob, and the chunks that it holds. */
interface Request {
  readonly offset: number;
  end: number;
  readonly chunks: TocChunk[];
}

export interface ChunkReaderOptions {
  readonly compression: "gzip" | "zstd";
  readonly limits: Limits;
  readonly where: string;
}

/** Bytes that reading these chunks takes, and no others. */
export function storedBytes(chunks: readonly TocChunk[]): number {
  const members = new Set<number>();
  let bytes = 0;
  for (const { offset, end, known } of chunks) {
    if (known !== null || members.has(offset)) continue;
    members.add(offset);
    bytes += end - offset;
  }
  return bytes;
}

/**
 * Reads the contents of chunks by ranges. Each is held against the digest that the table has for it.
 *
 * @throws {ImgweighError} what reading throws
 * @throws {UnusableToc} where the blob is not what its table says
 */
export async function readChunks(
  read: ReadBlobAt,
  chunks: Iterable<TocChunk>,
  options: ChunkReaderOptions,
): Promise<ReadonlyMap<TocChunk, Buffer>> {
  const contents = new Map<TocChunk, Buffer>();
  const wanted = new Set(chunks);
  let memory = 0;
  for (const chunk of wanted) {
    memory += chunk.length;
    if (chunk.length + chunk.innerOffset > MAX_CHUNK_BYTES || chunk.end - chunk.offset > MAX_CHUNK_BYTES)
      throw new UnusableToc("a file that is needed is stored in too large a piece");
    if (memory > MAX_CONTENT_BYTES) throw new UnusableToc("the files that are needed are too large together");
    if (chunk.known === null) continue;
    contents.set(chunk, chunk.known());
    wanted.delete(chunk);
  }
  const requests = planRequests([...wanted].sort((a, b) => a.offset - b.offset));
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < requests.length) {
      const { offset, end, chunks: held } = requests[next++] as Request;
      const stored = await read(offset, end - offset);
      for (const member of byMember(held)) {
        const [{ offset: start }] = member as readonly [TocChunk];
        const inflated = await inflateMember(
          stored.subarray(start - offset, farthest(member) - offset),
          member,
          options,
        );
        for (const chunk of member) contents.set(chunk, proven(chunk, inflated));
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: MAX_CONCURRENCY }, work));
  for (const result of results) if (result.status === "rejected") throw result.reason;
  return contents;
}

/** Chunks in the order of the blob → requests. */
function planRequests(chunks: readonly TocChunk[]): Request[] {
  for (let near = NEAR_BYTES; ; near *= 4) {
    const requests = joinNear(chunks, near);
    if (requests.length <= MAX_REQUESTS || near > REQUEST_BYTES) return requests;
  }
}

function joinNear(chunks: readonly TocChunk[], near: number): Request[] {
  const requests: Request[] = [];
  for (const chunk of chunks) {
    const last = requests.at(-1);
    const joins =
      last !== undefined &&
      chunk.offset - last.end <= near &&
      (chunk.end <= last.end || chunk.end - last.offset <= REQUEST_BYTES);
    if (joins) {
      last.end = Math.max(last.end, chunk.end);
      last.chunks.push(chunk);
    } else {
      requests.push({ offset: chunk.offset, end: chunk.end, chunks: [chunk] });
    }
  }
  return requests;
}

/** Chunks that share a member are adjacent: it is inflated once for all of them. */
function* byMember(chunks: readonly TocChunk[]): Generator<readonly TocChunk[], void, undefined> {
  for (let from = 0; from < chunks.length; ) {
    let to = from + 1;
    while (to < chunks.length && chunks[to]?.offset === chunks[from]?.offset) to++;
    yield chunks.slice(from, to);
    from = to;
  }
}

/** Where the last of some chunks ends in the blob. */
function farthest(chunks: readonly TocChunk[]): number {
  return chunks.reduce((most, { end }) => Math.max(most, end), 0);
}

/** As much of a member as its chunks need. */
async function inflateMember(
  stored: Uint8Array,
  chunks: readonly TocChunk[],
  { compression, limits, where }: ChunkReaderOptions,
): Promise<Buffer> {
  const needed = chunks.reduce((most, { innerOffset, length }) => Math.max(most, innerOffset + length), 0);
  return (await inflateStretch(stored, compression, needed, limits, where)).bytes;
}

function proven({ digest, innerOffset, length }: TocChunk, member: Buffer): Buffer {
  if (digest === null) throw new UnusableToc("its table of contents has no digest of a piece that is needed");
  const content = member.subarray(innerOffset, innerOffset + length);
  if (content.length !== length || digestOf(content, algorithmOf(digest)) !== digest)
    throw new UnusableToc("its contents are not what its table of contents says");
  return content;
}

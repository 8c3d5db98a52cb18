// A tar, byte by byte: entries as data in, chunks out, nothing of it held in memory.

const BLOCK = 512;
const CHUNK = 2 ** 20;
export const ENDING = Buffer.alloc(2 * BLOCK);

/** Text-like bytes, which compress about as well as what is in real images. */
function makePool() {
  const words = "alpine binary cache debug export function import library package return static symbol version".split(
    " ",
  );
  const pool = Buffer.alloc(CHUNK);
  let state = 2463534242;
  for (let at = 0; at < pool.length; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const word = state & 1 ? words[(state >>> 8) % words.length] : (state >>> 0).toString(36);
    at += pool.write(`${word} `, at, "latin1");
  }
  return pool;
}

const POOL = makePool();

/** Written into a copy: most of a header is the same in all of them. */
const BLANK = Buffer.alloc(BLOCK);
BLANK.write("0000000\x000000000\0", 108, "latin1");
BLANK.write("00000000000\0        ", 136, "latin1");
BLANK.write("ustar\x0000", 257, "latin1");

/** `type` as in ustar: "0" a file, "1" a hard link, "2" a symlink, "5" a directory. */
export function tarHeader(name, size, { type = "0", uid = 0, linkName = "" } = {}) {
  const header = Buffer.from(BLANK);
  header.write(name, 0, 100, "latin1");
  header.write(type === "5" ? "0000755\0" : "0000644\0", 100, "latin1");
  if (uid !== 0) {
    const owner = `${uid.toString(8).padStart(7, "0")}\0`;
    header.write(owner + owner, 108, "latin1");
  }
  // Past 8 GiB a size is written in base 256, as GNU tar does.
  if (size < 8 ** 11) header.write(`${size.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  else {
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  header.write(type, 156, "latin1");
  header.write(linkName, 157, 100, "latin1");
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

export const padding = (size) => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/** The PAX record of a path that is too long for a header; its length counts itself. */
function* longPath(path) {
  const rest = ` path=${path}\n`;
  let length = rest.length;
  while (`${length}${rest}`.length !== length) length = `${length}${rest}`.length;
  const record = Buffer.from(`${length}${rest}`, "latin1");
  yield tarHeader("PaxHeaders/path", record.length, { type: "x" });
  yield record;
  yield padding(record.length);
}

/** Content of so many bytes that no other seed has. */
function* content(seed, bytes) {
  const head = Buffer.from(`${seed}\n`, "latin1").subarray(0, bytes);
  yield head;
  for (let left = bytes - head.length, at = (seed * 4093) % CHUNK; left > 0; at = 0) {
    const part = POOL.subarray(at, Math.min(CHUNK, at + left));
    yield part;
    left -= part.length;
  }
}

/**
 * An entry is `{path, type?, uid?, linkName?}` and what it holds: `{seed, bytes}`, `text`, or nothing. Paths are one
 * character a byte.
 */
function* entryBytes(entry) {
  const text = entry.text === undefined ? null : Buffer.from(entry.text, "latin1");
  const size = text?.length ?? entry.bytes ?? 0;
  if (entry.path.length > 100) yield* longPath(entry.path);
  yield tarHeader(entry.path, size, entry);
  if (size === 0) return;
  if (text === null) yield* content(entry.seed, size);
  else yield text;
  yield padding(size);
}

function* allBytes(entries) {
  for (const entry of entries) yield* entryBytes(entry);
  yield ENDING;
}

/** Small pieces put together: a system call for each header would take longer than everything else. */
function* inChunks(pieces) {
  let chunk = Buffer.allocUnsafe(CHUNK);
  let filled = 0;
  for (let piece of pieces) {
    while (piece.length > 0) {
      const copied = piece.copy(chunk, filled);
      filled += copied;
      piece = piece.subarray(copied);
      if (filled < CHUNK) continue;
      yield chunk;
      chunk = Buffer.allocUnsafe(CHUNK);
      filled = 0;
    }
  }
  yield chunk.subarray(0, filled);
}

/** The tar of a layer, in chunks. */
export const tarOf = (entries) => inChunks(allBytes(entries));

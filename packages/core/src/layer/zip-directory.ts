import { inflateSmall } from "../archive/inflate-small.ts";
import type { FileParts } from "./file-parts.ts";

/** An entry as the central directory of a zip lists it (PKWARE APPNOTE 4.3.12). */
export interface ZipEntry {
  /** Byte string. */
  readonly name: string;
  readonly method: number;
  /** Bytes uncompressed. */
  readonly bytes: number;
  readonly storedBytes: number;
  /** Of its local header. */
  readonly offset: number;
}

export const METHOD = { stored: 0, deflated: 8 } as const;

const END_SIGNATURE = 0x06054b50;
const END64_SIGNATURE = 0x06064b50;
const LOCATOR64_SIGNATURE = 0x07064b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_BYTES = 22;
const LOCATOR64_BYTES = 20;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const MAX_COMMENT_BYTES = 0xffff;

// A JDK's src.zip has some 20,000 entries.
const MAX_ENTRIES = 200_000;

interface Directory {
  readonly start: number;
  readonly end: number;
  /** How far all offsets are off: something (a shell script) was put before the archive. */
  readonly shift: number;
}

/** The central directory; null where there is none (what is not a zip, or is cut short). */
export function readZipDirectory(parts: FileParts): readonly ZipEntry[] | null {
  const directory = findDirectory(parts);
  if (directory === null) return null;
  const bytes = parts.upTo(directory.start, directory.end - directory.start);
  const entries: ZipEntry[] = [];
  for (let at = 0; at + ENTRY_BYTES <= bytes.length && entries.length < MAX_ENTRIES; ) {
    if (bytes.readUInt32LE(at) !== ENTRY_SIGNATURE) break;
    const nameEnd = at + ENTRY_BYTES + bytes.readUInt16LE(at + 28);
    if (nameEnd > bytes.length) break;
    entries.push({
      name: bytes.toString("latin1", at + ENTRY_BYTES, nameEnd),
      method: bytes.readUInt16LE(at + 10),
      storedBytes: bytes.readUInt32LE(at + 20),
      bytes: bytes.readUInt32LE(at + 24),
      offset: bytes.readUInt32LE(at + 42) + directory.shift,
    });
    at = nameEnd + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

function findDirectory(parts: FileParts): Directory | null {
  const tailStart = Math.max(0, parts.size - END_BYTES - MAX_COMMENT_BYTES);
  const tail = parts.bytes(tailStart, parts.size - tailStart);
  if (tail === null) return null;
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    // The comment reaches to the end of the file, or this is not the record but something like it.
    if (tail.readUInt32LE(at) !== END_SIGNATURE || tail.readUInt16LE(at + 20) > tail.length - at - END_BYTES) continue;
    return (
      end64(parts, tailStart + at) ?? placed(tailStart + at, tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16))
    );
  }
  return null;
}

function placed(end: number, length: number, offset: number): Directory | null {
  const start = end - length;
  return start < 0 ? null : { start, end, shift: start - offset };
}

/** The zip64 record (APPNOTE 4.3.14), which more than 65,535 entries need. */
function end64(parts: FileParts, end: number): Directory | null {
  const locator = parts.bytes(end - LOCATOR64_BYTES, LOCATOR64_BYTES);
  if (locator === null || locator.readUInt32LE(0) !== LOCATOR64_SIGNATURE) return null;
  const recordBytes = 56;
  const at = end - LOCATOR64_BYTES - recordBytes;
  const record = parts.bytes(at, recordBytes);
  if (record === null || record.readUInt32LE(0) !== END64_SIGNATURE) return null;
  return placed(at, Number(record.readBigUInt64LE(40)), Number(record.readBigUInt64LE(48)));
}

/** Contents as stored; null where they are not at hand. Entries of 4 GiB and more are not looked at. */
export function storedContents(parts: FileParts, entry: ZipEntry): FileParts | null {
  const local = parts.bytes(entry.offset, LOCAL_BYTES);
  if (local === null || local.readUInt32LE(0) !== LOCAL_SIGNATURE) return null;
  const start = entry.offset + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
  return parts.part(start, entry.storedBytes);
}

/** Contents, inflated; null where they are not at hand, damaged, or more than `maxBytes`. */
export function contentsOf(parts: FileParts, entry: ZipEntry, maxBytes: number): Buffer | null {
  if (entry.bytes > maxBytes || (entry.method !== METHOD.stored && entry.method !== METHOD.deflated)) return null;
  const stored = storedContents(parts, entry);
  const bytes = stored?.bytes(0, stored.size) ?? null;
  if (bytes === null) return null;
  if (entry.method === METHOD.deflated) return inflateSmall(bytes, "raw", maxBytes);
  return bytes.length <= maxBytes ? bytes : null;
}

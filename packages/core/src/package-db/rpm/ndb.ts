import type { Report, StoredHeader } from "./stored-header.ts";

/**
 * `Packages.db`, rpm's "new database" format (SUSE): pages of slots, each pointing to a blob of 16-byte blocks,
 * everything little-endian (rpm 4.18 lib/backend/ndb/rpmpkg.c).
 */

const DATABASE_MAGIC = "RpmP";
const SLOT_MAGIC = "Slot";
const BLOB_MAGIC = "BlbS";
const PAGE_BYTES = 4096;
const SLOT_BYTES = 16;
const BLOCK_BYTES = 16;
/** The database's own header takes the place of the first two slots. */
const HEADER_BYTES = 32;
const BLOB_HEAD_BYTES = 16;

interface Slot {
  readonly instance: number;
  readonly start: number;
  readonly bytes: number;
}

export function readNdb(content: Uint8Array, report: Report): StoredHeader[] {
  const file = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (file.length < HEADER_BYTES || file.toString("latin1", 0, 4) !== DATABASE_MAGIC) {
    report("not an rpm ndb database");
    return [];
  }
  const version = file.readUInt32LE(4);
  if (version !== 0) {
    report("an unknown version of the ndb format", String(version));
    return [];
  }
  const headers: StoredHeader[] = [];
  let end = 0;
  for (const slot of readSlots(file, report)) {
    // Slots are in order of place: one that begins before the last one's end would have bytes read twice.
    if (slot.start < end) {
      report("packages overlap", `package ${slot.instance}`);
      continue;
    }
    const blob = readBlob(file, slot);
    if (blob === null) {
      report("a damaged or cut package", `package ${slot.instance}`);
      continue;
    }
    end = slot.start + slot.bytes;
    headers.push({ instance: slot.instance, blob });
  }
  return headers;
}

function readSlots(file: Buffer, report: Report): Slot[] {
  const slots: Slot[] = [];
  const end = file.readUInt32LE(12) * PAGE_BYTES;
  if (end > file.length) report("the list of packages is cut");
  for (let at = HEADER_BYTES; at + SLOT_BYTES <= Math.min(end, file.length); at += SLOT_BYTES) {
    if (file.toString("latin1", at, at + 4) !== SLOT_MAGIC) {
      report("a damaged entry in the list of packages", `at byte ${at}`);
      continue;
    }
    const block = file.readUInt32LE(at + 8);
    if (block === 0) continue;
    slots.push({
      instance: file.readUInt32LE(at + 4),
      start: block * BLOCK_BYTES,
      bytes: file.readUInt32LE(at + 12) * BLOCK_BYTES,
    });
  }
  return slots.sort((a, b) => a.start - b.start || a.instance - b.instance);
}

function readBlob(file: Buffer, { instance, start, bytes }: Slot): Uint8Array | null {
  if (start + bytes > file.length || bytes < BLOB_HEAD_BYTES) return null;
  if (file.toString("latin1", start, start + 4) !== BLOB_MAGIC || file.readUInt32LE(start + 4) !== instance)
    return null;
  const length = file.readUInt32LE(start + 12);
  if (BLOB_HEAD_BYTES + length > bytes) return null;
  return file.subarray(start + BLOB_HEAD_BYTES, start + BLOB_HEAD_BYTES + length);
}

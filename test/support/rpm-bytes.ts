/** RPM headers and an ndb database byte by byte, for tests. */

export type RpmValue = readonly string[] | number | readonly number[];

/** A header blob, with the types that rpm uses for these values. */
export function rpmHeader(tags: Readonly<Record<number, RpmValue>>): Buffer {
  const index: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [tag, value] of Object.entries(tags)) {
    const numbers = typeof value === "number" ? [value] : value;
    const text = numbers.length === 0 || typeof numbers[0] === "string";
    const bytes = text
      ? Buffer.from(numbers.map((one) => `${one}\0`).join(""), "latin1")
      : Buffer.from(new Uint32Array(numbers as number[]).buffer).swap32();
    const entry = Buffer.alloc(16);
    [Number(tag), text ? 8 : 4, offset, numbers.length].forEach((word, i) => {
      entry.writeUInt32BE(word, 4 * i);
    });
    index.push(entry);
    data.push(bytes);
    offset += bytes.length;
  }
  const intro = Buffer.alloc(8);
  intro.writeUInt32BE(index.length, 0);
  intro.writeUInt32BE(offset, 4);
  return Buffer.concat([intro, ...index, ...data]);
}

/** An ndb database of such headers. */
export function rpmNdb(blobs: readonly Buffer[]): Buffer {
  const pages = Math.ceil((blobs.length + 2) / 256);
  const slots = Buffer.alloc(pages * 4096);
  slots.write("RpmP", 0, "latin1");
  slots.writeUInt32LE(pages, 12);
  for (let at = 32; at < slots.length; at += 16) slots.write("Slot", at, "latin1");
  let block = slots.length / 16;
  const stored = blobs.map((blob, i) => {
    const room = Math.ceil((blob.length + 28) / 16);
    const bytes = Buffer.alloc(room * 16);
    bytes.write("BlbS", 0, "latin1");
    bytes.writeUInt32LE(i + 1, 4);
    bytes.writeUInt32LE(blob.length, 12);
    blob.copy(bytes, 16);
    slots.writeUInt32LE(i + 1, 36 + 16 * i);
    slots.writeUInt32LE(block, 40 + 16 * i);
    slots.writeUInt32LE(room, 44 + 16 * i);
    block += room;
    return bytes;
  });
  return Buffer.concat([slots, ...stored]);
}

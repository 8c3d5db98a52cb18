/** One 512-byte tar header block: POSIX ustar, GNU, star and the old v7 form. */

export const TAR_BLOCK = 512;

/** Type flags (POSIX pax, GNU tar manual "Basic Tar Format"). */
export const TYPE = {
  oldRegular: 0x00,
  regular: 0x30,
  hardLink: 0x31,
  symlink: 0x32,
  charDevice: 0x33,
  blockDevice: 0x34,
  directory: 0x35,
  fifo: 0x36,
  contiguous: 0x37,
  gnuDumpDir: 0x44,
  gnuLongLink: 0x4b,
  gnuLongName: 0x4c,
  gnuSparse: 0x53,
  paxGlobal: 0x67,
  pax: 0x78,
} as const;

export function isZeroBlock(block: Uint8Array, at: number): boolean {
  for (let i = at; i < at + TAR_BLOCK; i++) if (block[i] !== 0) return false;
  return true;
}

/** The checksum may be the sum of unsigned or (old writers) of signed bytes, its own field being spaces. */
export function hasValidChecksum(block: Uint8Array, at: number): boolean {
  const stored = parseNumber(block, at + 148, 8);
  if (stored === null) return false;
  let unsigned = 8 * 0x20;
  for (let i = at; i < at + TAR_BLOCK; i++) unsigned += block[i] as number;
  for (let i = at + 148; i < at + 156; i++) unsigned -= block[i] as number;
  return stored === unsigned || stored === unsigned - 256 * negativeBytes(block, at);
}

function negativeBytes(block: Uint8Array, at: number): number {
  let negatives = 0;
  for (let i = at; i < at + TAR_BLOCK; i++)
    if ((block[i] as number) >= 0x80 && (i < at + 148 || i >= at + 156)) negatives++;
  return negatives;
}

/**
 * A numeric field: octal with leading spaces or NULs, or base-256 (GNU) when the high bit is set.
 * null where it is neither, or beyond 2⁵³.
 */
export function parseNumber(block: Uint8Array, at: number, length: number): number | null {
  const first = block[at] as number;
  if (first & 0x80) return parseBase256(block, at, length);
  const end = at + length;
  let i = at;
  while (i < end && (block[i] === 0x20 || block[i] === 0)) i++;
  let value = 0;
  for (; i < end; i++) {
    const byte = block[i] as number;
    if (byte === 0x20 || byte === 0) break;
    if (byte < 0x30 || byte > 0x37) return null;
    value = value * 8 + (byte - 0x30);
  }
  return value;
}

function parseBase256(block: Uint8Array, at: number, length: number): number | null {
  const negative = ((block[at] as number) & 0x40) !== 0;
  // Two's complement; the flag bit itself is not part of the number.
  let value = BigInt(negative ? (block[at] as number) | 0x80 : (block[at] as number) & 0x7f);
  for (let i = at + 1; i < at + length; i++) value = (value << 8n) | BigInt(block[i] as number);
  if (negative) value -= 1n << BigInt(8 * length);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : null;
}

/** A string field up to its NUL, as a byte string. */
export function parseString(block: Buffer, at: number, length: number): string {
  const end = at + length;
  let i = at;
  while (i < end && block[i] !== 0) i++;
  // Most links are none, and asking for no text costs as much as asking for some.
  if (i === at) return "";
  return block.toString("latin1", at, i);
}

function holds(block: Buffer, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (block[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** The name with its ustar prefix. GNU headers keep times where ustar keeps the prefix; star's prefix is shorter. */
export function parseName(block: Buffer, at: number): string {
  const name = parseString(block, at, 100);
  if (!holds(block, at + 257, "ustar\0") || block[at + 345] === 0) return name;
  const prefix = parseString(block, at + 345, holds(block, at + 508, "tar\0") ? 131 : 155);
  return prefix === "" ? name : `${prefix}/${name}`;
}

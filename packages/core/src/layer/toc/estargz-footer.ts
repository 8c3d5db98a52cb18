/** Bytes of an eStargz footer, and of that of stargz before it (stargz-snapshotter docs/estargz.md, "Footer"). */
export const FOOTER_BYTES = 51;
const LEGACY_FOOTER_BYTES = 47;

/** An empty gzip member with an extra field (RFC 1952 §2.3.1): subfield `SG`, or in the older form the bare text. */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 4]);
const EXTRA_AT = 10;
const POSITION = /^([0-9a-f]{16})STARGZ$/;
const POSITION_BYTES = 22;

export interface Footer {
  /** Of the gzip member that holds the table. */
  readonly tocOffset: number;
  readonly footerBytes: number;
}

/** What the last {@link FOOTER_BYTES} bytes of a blob say; null where they are no footer. */
export function readFooter(tail: Buffer): Footer | null {
  return current(tail) ?? legacy(tail.subarray(Math.max(0, tail.length - LEGACY_FOOTER_BYTES)));
}

function current(tail: Buffer): Footer | null {
  if (tail.length !== FOOTER_BYTES || !isMember(tail, 4 + POSITION_BYTES)) return null;
  if (tail.toString("latin1", 12, 14) !== "SG" || tail.readUInt16LE(14) !== POSITION_BYTES) return null;
  return position(tail, 16, FOOTER_BYTES);
}

function legacy(tail: Buffer): Footer | null {
  if (tail.length !== LEGACY_FOOTER_BYTES || !isMember(tail, POSITION_BYTES)) return null;
  return position(tail, 12, LEGACY_FOOTER_BYTES);
}

function isMember(tail: Buffer, extraBytes: number): boolean {
  return tail.subarray(0, GZIP_HEADER.length).equals(GZIP_HEADER) && tail.readUInt16LE(EXTRA_AT) === extraBytes;
}

function position(tail: Buffer, at: number, footerBytes: number): Footer | null {
  const [, hex] = POSITION.exec(tail.toString("latin1", at, at + POSITION_BYTES)) ?? [];
  const tocOffset = hex === undefined ? Number.NaN : Number.parseInt(hex, 16);
  return Number.isSafeInteger(tocOffset) ? { tocOffset, footerBytes } : null;
}

/**
 * zstd by hand (RFC 8878), so that tests need neither the zstd program nor a recent Node: blocks are stored raw, or as
 * one repeated byte.
 */

const MAX_BLOCK = 2 ** 17;

function block(type: 0 | 1, size: number, last: boolean, body: Uint8Array): Buffer {
  const head = Buffer.alloc(3);
  head.writeUIntLE((size << 3) | (type << 1) | (last ? 1 : 0), 0, 3);
  return Buffer.concat([head, body]);
}

/** One frame: a window of 128 KiB, no content size, no checksum. */
export function zstdFrame(bytes: Uint8Array, blockBytes = MAX_BLOCK): Buffer {
  const parts: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3])];
  for (let at = 0; at === 0 || at < bytes.length; at += blockBytes) {
    const part = bytes.subarray(at, at + blockBytes);
    const last = at + blockBytes >= bytes.length;
    const uniform = part.length > 1 && part.every((byte) => byte === part[0]);
    parts.push(uniform ? block(1, part.length, last, part.subarray(0, 1)) : block(0, part.length, last, part));
  }
  return Buffer.concat(parts);
}

/** A frame that decoders pass over. */
export function zstdSkippable(body: Uint8Array, kind = 0): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a50 + kind, 0);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

/** `frames` frames of about equal length. */
export function zstdFrames(bytes: Uint8Array, frames: number): Buffer {
  const step = Math.max(1, Math.ceil(bytes.length / frames));
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += step) parts.push(zstdFrame(bytes.subarray(at, at + step)));
  return Buffer.concat(parts);
}

/** A frame of `blocks` blocks of 128 KiB zeros each, four bytes a block. */
export function zstdBomb(blocks: number): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3]);
  const one = block(1, MAX_BLOCK, false, Buffer.alloc(1));
  return Buffer.concat([head, ...Array.from({ length: blocks }, () => one), block(0, 0, true, Buffer.alloc(0))]);
}

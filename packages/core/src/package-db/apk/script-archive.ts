import { hasValidChecksum, isZeroBlock, parseNumber, parseString, TAR_BLOCK } from "../../archive/tar-header.ts";

/** apk knows the package of a script by the checksum in its name, `NAME-VERSION.CHECKSUM.TYPE`, and its kind by the type. */
const MEMBER =
  /\.(?<checksum>Q[12][A-Za-z0-9+/=]+)\.(?:pre-install|post-install|pre-deinstall|post-deinstall|pre-upgrade|post-upgrade|trigger)$/;

interface Member {
  readonly checksum: string;
  readonly bytes: Uint8Array;
}

/**
 * `scripts.tar` without the scripts of packages that are not installed, in the order of the packages. apk leaves out, too,
 * what it cannot tell the package of: names of more than 99 bytes, which it cuts when it writes them. Null where the
 * archive is not one that apk writes.
 *
 * @param checksums of the installed packages, in the order of the database
 */
export function keepScripts(content: Uint8Array, checksums: readonly string[]): Buffer | null {
  const members = readMembers(content);
  if (members === null) return null;
  const places = new Map(checksums.map((checksum, i) => [checksum, i]));
  const kept = members.flatMap(({ checksum, bytes }) => {
    const place = places.get(checksum);
    return place === undefined ? [] : [{ place, bytes }];
  });
  kept.sort((a, b) => a.place - b.place);
  return Buffer.concat([...kept.map(({ bytes }) => bytes), Buffer.alloc(2 * TAR_BLOCK)]);
}

/** Headers here are always one block: apk writes no extensions. */
function readMembers(content: Uint8Array): Member[] | null {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const members: Member[] = [];
  for (let at = 0; at + TAR_BLOCK <= buffer.length; ) {
    if (isZeroBlock(buffer, at)) return members;
    const size = hasValidChecksum(buffer, at) ? parseNumber(buffer, at + 124, 12) : null;
    if (size === null || size < 0) return null;
    const end = at + TAR_BLOCK + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
    if (end > buffer.length) return null;
    const checksum = MEMBER.exec(parseString(buffer, at, 100))?.groups?.["checksum"];
    if (checksum !== undefined) members.push({ checksum, bytes: buffer.subarray(at, end) });
    at = end;
  }
  return members;
}

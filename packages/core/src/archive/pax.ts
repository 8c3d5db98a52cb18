import { ImgweighError } from "../errors.ts";

/** Records of one PAX extended header that matter here. Values are byte strings; an empty one means "as if not given". */
export interface PaxRecords {
  path?: string;
  linkpath?: string;
  size?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
  sparse?: PaxSparse;
  /** Extended attributes, as `NAME=value`. */
  xattrs?: string[];
}

/** GNU sparse files in PAX form: 0.0 and 0.1 give the map here, 1.0 in the entry's data (GNU tar manual, "Storing Sparse Files"). */
export interface PaxSparse {
  major?: number;
  minor?: number;
  name?: string;
  realSize?: number;
  /** Pairs of offset and length. */
  map?: number[];
}

/**
 * Where a sparse file has its map: in this header, or in its data. null for what is none by any form that Go's
 * archive/tar knows.
 */
export function sparseForm({ major, minor, map }: PaxSparse): "header" | "data" | null {
  if (major === undefined && minor === undefined) return map === undefined ? null : "header";
  if (major === 1 && minor === 0) return "data";
  return major === 0 && (minor === 0 || minor === 1) ? "header" : null;
}

function malformed(what: string): ImgweighError {
  return new ImgweighError("ARCHIVE_MALFORMED", `malformed PAX header: ${what}`);
}

function integer(value: string, key: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number)) throw malformed(`${key} is not a size`);
  return number;
}

/** Times and owners beyond what we show are not worth refusing an image for. */
function lenientNumber(value: string): number | undefined {
  const number = Number(value);
  return value !== "" && Number.isFinite(number) ? Math.trunc(number) : undefined;
}

function text(value: string, key: string): string {
  if (value.includes("\0")) throw malformed(`${key} contains a NUL`);
  return value;
}

function setSparse(records: PaxRecords, key: string, value: string): void {
  records.sparse ??= {};
  const { sparse } = records;
  if (key === "major") sparse.major = integer(value, key);
  else if (key === "minor") sparse.minor = integer(value, key);
  else if (key === "name") sparse.name = text(value, key);
  else if (key === "size" || key === "realsize") sparse.realSize = integer(value, key);
  else if (key === "map") sparse.map = value === "" ? [] : value.split(",").map((part) => integer(part, key));
  else if (key === "offset" || key === "numbytes") {
    // Form 0.0 repeats the two keys, one pair a fragment.
    sparse.map ??= [];
    sparse.map.push(integer(value, key));
  }
}

/** What engines, tar and Go's archive/tar write extended attributes with. */
const XATTR = "SCHILY.xattr.";

/** Keys whose empty record takes back an earlier one. */
const NONE = { path: true, linkpath: true, size: true, uid: true, gid: true, mtime: true } as const;

function setRecord(records: PaxRecords, key: string, value: string): void {
  if (key.startsWith("GNU.sparse.")) {
    setSparse(records, key.slice("GNU.sparse.".length), value);
    return;
  }
  if (key.startsWith(XATTR)) {
    records.xattrs ??= [];
    records.xattrs.push(`${key.slice(XATTR.length)}=${value}`);
  } else if (value === "") {
    if (key in NONE) delete records[key as keyof typeof NONE];
  } else if (key === "path") records.path = text(value, key);
  else if (key === "linkpath") records.linkpath = text(value, key);
  else if (key === "size") records.size = integer(value, key);
  else if (key === "uid" || key === "gid" || key === "mtime") {
    const number = lenientNumber(value);
    if (number !== undefined) records[key] = number;
  }
}

/**
 * Parses the records `<length> <key>=<value>\n` of POSIX pax. A later record wins.
 *
 * @throws {ImgweighError} ARCHIVE_MALFORMED
 */
export function parsePax(bytes: Buffer): PaxRecords {
  const records: PaxRecords = {};
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    if (space < 0 || space - at > 12) throw malformed("a record has no length");
    const length = integer(bytes.toString("latin1", at, space), "a record's length");
    const end = at + length;
    const equals = bytes.indexOf(0x3d, space + 1);
    if (end > bytes.length || end <= space + 1 || bytes[end - 1] !== 0x0a || equals < 0 || equals >= end) {
      throw malformed("a record's length does not fit it");
    }
    setRecord(records, bytes.toString("latin1", space + 1, equals), bytes.toString("latin1", equals + 1, end - 1));
    at = end;
  }
  return records;
}

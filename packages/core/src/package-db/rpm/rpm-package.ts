import { type ImagePath, normalizePath } from "../../image-path.ts";
import { Allowance, MAX_PATH_CHARS, MAX_TOKENS } from "../allowance.ts";
import { type Dependency, isNeed, isTransient, parseDependency } from "./dependency.ts";
import { MAX_STRINGS, type RpmHeader, readHeader, TAG } from "./header.ts";
import type { Report, StoredHeader } from "./stored-header.ts";
import type { Versioned } from "./version.ts";

/** An installed package as its header describes it. */
export interface RpmPackage {
  readonly instance: number;
  readonly name: string;
  /** `[epoch:]version-release`, as `rpm -q --qf '%{EVR}'` prints it. */
  readonly evr: string;
  readonly arch: string | null;
  /** Files it put there: no directories, no %ghost, nothing left out at installation or replaced by another package. */
  readonly files: readonly ImagePath[];
  /** All that can satisfy a need for a path: directories and %ghost too. */
  readonly paths: readonly ImagePath[];
  readonly provides: readonly Versioned[];
  readonly requires: readonly Dependency[];
  /** What only the scripts of its installation required. */
  readonly required: readonly Dependency[];
  readonly recommends: readonly Dependency[];
  readonly supplements: readonly Dependency[];
}

/** `RPMFILE_GHOST`: made at run time, not by the package. */
const GHOST = 1 << 6;
/** `RPMFILE_STATE_NORMAL` and `_NETSHARED`: `RPMFILE_IS_INSTALLED` of include/rpm/rpmfiles.h. */
const INSTALLED_STATES: ReadonlySet<number> = new Set([0, 3]);
const FILE_TYPE_MASK = 0o170000;
const DIRECTORY = 0o040000;
/** Linux's PATH_MAX: no longer path can have been installed. */
const MAX_PATH_BYTES = 4096;
/**
 * A header holds some 130 bytes for each file beside its directory. So paths that add up to more than this many times
 * the header were made to use up memory: one long directory with very many names.
 */
const MAX_PATH_BYTES_PER_HEADER_BYTE = 16;

/** How much all packages of a database may come to. */
export class Room {
  readonly strings: Allowance;
  readonly pathChars: Allowance;
  readonly tokens: Allowance;

  constructor(report: Report) {
    this.strings = new Allowance(MAX_STRINGS, () => report("more names than any database has: the rest is not read"));
    this.pathChars = new Allowance(MAX_PATH_CHARS, () => report("longer paths than any database has"));
    this.tokens = new Allowance(MAX_TOKENS, () => report("more dependencies than any database has"));
  }
}

/** Reads a package; null, and a trouble, where the blob is no header or has no name. */
export function readRpmPackage({ instance, blob }: StoredHeader, room: Room, report: Report): RpmPackage | null {
  const header = readHeader(blob, room.strings);
  const name = header === null ? null : utf8(header.text(TAG.NAME) ?? "");
  if (header === null || !name) {
    report("a package whose header cannot be read", `package ${instance}`);
    return null;
  }
  const requires = readNeeds(header, room.tokens, TAG.REQUIRENAME, TAG.REQUIREFLAGS, TAG.REQUIREVERSION);
  return {
    instance,
    name,
    evr: readEvr(header),
    arch: header.text(TAG.ARCH),
    ...readFiles(header, blob.length, (kind) => report(kind, name), room),
    provides: readVersioned(header, room.tokens, TAG.PROVIDENAME, TAG.PROVIDEFLAGS, TAG.PROVIDEVERSION),
    requires: parse(requires.filter((row) => !isTransient(row))),
    required: parse(requires.filter(isTransient)),
    recommends: parse(readNeeds(header, room.tokens, TAG.RECOMMENDNAME, TAG.RECOMMENDFLAGS, TAG.RECOMMENDVERSION)),
    supplements: parse(readNeeds(header, room.tokens, TAG.SUPPLEMENTNAME, TAG.SUPPLEMENTFLAGS, TAG.SUPPLEMENTVERSION)),
  };
}

function readEvr(header: RpmHeader): string {
  const epoch = header.numbers(TAG.EPOCH)[0];
  const release = header.text(TAG.RELEASE);
  const version = utf8(header.text(TAG.VERSION) ?? "");
  return `${epoch === undefined ? "" : `${epoch}:`}${version}${release === null ? "" : `-${utf8(release)}`}`;
}

function readFiles(header: RpmHeader, headerBytes: number, report: (kind: string) => void, { pathChars }: Room) {
  const names = readNames(header);
  const flags = header.numbers(TAG.FILEFLAGS);
  const states = header.numbers(TAG.FILESTATES);
  const modes = header.numbers(TAG.FILEMODES);
  const files: ImagePath[] = [];
  const paths: ImagePath[] = [];
  let left = headerBytes * MAX_PATH_BYTES_PER_HEADER_BYTE;
  for (let i = 0; i < names.count; i++) {
    if (!INSTALLED_STATES.has(states[i] ?? 0)) continue;
    const name = names.at(i);
    if (name === null || name.length > MAX_PATH_BYTES) {
      report("a file without a usable path");
      continue;
    }
    left -= name.length;
    if (!pathChars.take(name.length)) break;
    if (left < 0) {
      report("more bytes of paths than a package of its size can have");
      break;
    }
    const { path } = normalizePath(name);
    paths.push(path);
    const directory = ((modes[i] ?? 0) & FILE_TYPE_MASK) === DIRECTORY;
    if (!directory && ((flags[i] ?? 0) & GHOST) === 0) files.push(path);
  }
  return { files, paths };
}

/** Paths as directory and name since rpm 4 (`DIRNAMES` end in a slash), whole before. */
function readNames(header: RpmHeader): { count: number; at: (i: number) => string | null } {
  if (!header.has(TAG.BASENAMES)) {
    const whole = header.texts(TAG.OLDFILENAMES);
    return { count: whole.length, at: (i) => whole[i] ?? null };
  }
  const names = header.texts(TAG.BASENAMES);
  const directories = header.texts(TAG.DIRNAMES);
  const indexes = header.numbers(TAG.DIRINDEXES);
  const at = (i: number) => {
    const directory = directories[indexes[i] ?? -1];
    return directory === undefined ? null : `${directory}${names[i]}`;
  };
  return { count: names.length, at };
}

function readVersioned(
  header: RpmHeader,
  room: Allowance,
  nameTag: number,
  flagsTag: number,
  versionTag: number,
): Versioned[] {
  const flags = header.numbers(flagsTag);
  const versions = header.texts(versionTag);
  const rows: Versioned[] = [];
  for (const [i, name] of header.texts(nameTag).entries()) {
    if (!room.take(1)) break;
    rows.push({ name, flags: flags[i] ?? 0, version: versions[i] ?? "" });
  }
  return rows;
}

function readNeeds(
  header: RpmHeader,
  room: Allowance,
  nameTag: number,
  flagsTag: number,
  versionTag: number,
): Versioned[] {
  return readVersioned(header, room, nameTag, flagsTag, versionTag).filter(isNeed);
}

/** Expressions that cannot be read are left out, as rpm ignores them in what is installed. */
function parse(rows: readonly Versioned[]): Dependency[] {
  return rows.flatMap((row) => parseDependency(row) ?? []);
}

/** Names and versions are text; headers are read byte by byte. */
function utf8(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

import { type ImagePath, isIn, normalizePath, parentPath } from "../../image-path.ts";

export interface PathReading {
  readonly paths: readonly ImagePath[];
  /** Lines that name no path. */
  readonly malformedLines: number;
}

const FLAG = "remove-on-upgrade /";

/** Reads `info/<package>[:arch].list` or `.conffiles`: an absolute path a line; `.conffiles` may have a flag before it. */
export function readPathList(text: string): PathReading {
  return readLines(text, (start) => {
    if (text.startsWith("/", start)) return start + 1;
    return text.startsWith(FLAG, start) ? start + FLAG.length : null;
  });
}

const MD5_LENGTH = 32;

/** Reads `info/<package>[:arch].md5sums`: a digest of 32 digits, two spaces (deb-md5sums(5)), a path without its first slash. */
export function readMd5sums(text: string): PathReading {
  return readLines(text, (start, end) => {
    const path = start + MD5_LENGTH + 2;
    if (text.charAt(start + MD5_LENGTH) !== " " || path >= end) return null;
    const mode = text.charAt(path - 1);
    return mode === " " || mode === "*" ? path : null;
  });
}

/** @param pathIn where the path begins in a line, given by where it starts and ends; null where the line has none */
function readLines(text: string, pathIn: (start: number, end: number) => number | null): PathReading {
  const paths: ImagePath[] = [];
  let malformedLines = 0;
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    const newline = text.indexOf("\n", start);
    end = newline < 0 ? text.length : newline;
    if (end === start) continue;
    const path = pathIn(start, end);
    if (path === null) malformedLines += 1;
    else {
      const normalized = normalizePath(text.slice(path, end)).path;
      if (normalized !== "") paths.push(normalized);
    }
  }
  return { paths, malformedLines };
}

/**
 * The paths that are no directory of another one: dpkg lists directories with the files, and every package that has a
 * file in one lists it. An empty directory stays; it holds no bytes.
 */
export function withoutDirectories(paths: readonly ImagePath[]): readonly ImagePath[] {
  const files = new Set(paths);
  let last: ImagePath | null = null;
  for (const path of paths) {
    // Files of one directory follow each other.
    if (last !== null && isIn(path, last)) continue;
    last = parentPath(path);
    files.delete(last);
  }
  return [...files];
}

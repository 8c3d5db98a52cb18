import { type ImagePath, isIn, normalizePath, parentPath } from "../../image-path.ts";

export interface PathReading {
  readonly paths: readonly ImagePath[];
  /** Lines that name no path. */
  readonly malformedLines: number;
}

/** Reads `info/<package>[:arch].list` or `.conffiles`: an absolute path a line; `.conffiles` may have a flag before it. */
export function readPathList(text: string): PathReading {
  return readLines(text, (line) => {
    if (line.startsWith("/")) return line.slice(1);
    return line.startsWith("remove-on-upgrade /") ? line.slice("remove-on-upgrade /".length) : null;
  });
}

const MD5_LENGTH = 32;

/** Reads `info/<package>[:arch].md5sums`: a digest of 32 digits, two spaces (deb-md5sums(5)), a path without its first slash. */
export function readMd5sums(text: string): PathReading {
  return readLines(text, (line) => {
    const separator = line.charAt(MD5_LENGTH);
    if (separator !== " " || line.length < MD5_LENGTH + 3) return null;
    const mode = line.charAt(MD5_LENGTH + 1);
    return mode === " " || mode === "*" ? line.slice(MD5_LENGTH + 2) : null;
  });
}

function readLines(text: string, pathOf: (line: string) => string | null): PathReading {
  const paths: ImagePath[] = [];
  let malformedLines = 0;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const path = pathOf(line);
    if (path === null) malformedLines += 1;
    else {
      const normalized = normalizePath(path).path;
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
  const directories = new Set<ImagePath>();
  let last: ImagePath | null = null;
  for (const path of paths) {
    // Files of one directory follow each other.
    if (last !== null && isIn(path, last)) continue;
    last = parentPath(path);
    directories.add(last);
  }
  return [...new Set(paths)].filter((path) => !directories.has(path));
}

import { type ImagePath, normalizePath } from "../../image-path.ts";

/** The paths of a list of installed files. */
export interface ListedPaths {
  readonly paths: ImagePath[];
  /** Paths that would have left the root; they are left out. */
  readonly escaping: number;
  /** The text ends within a row. */
  readonly cut: boolean;
}

/** The end of a quoted field that begins at `start`: the index behind the closing quote; -1 where there is none. */
function endOfQuoted(text: string, start: number): number {
  for (let at = start + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0) return -1;
    if (text[at + 1] !== '"') return at + 1;
  }
}

/**
 * The first fields of a CSV with rows of `path,hash,size` (PyPA "Recording installed projects": as Python's csv module
 * reads it by default, quotes doubled within quotes).
 */
function* firstFields(text: string): Generator<{ readonly field: string; readonly whole: boolean }, void, undefined> {
  for (let at = 0; at < text.length; ) {
    const quoted = text[at] === '"';
    const close = quoted ? endOfQuoted(text, at) : at;
    const lineEnd = close < 0 ? -1 : text.indexOf("\n", close);
    const end = lineEnd < 0 ? text.length : lineEnd;
    if (quoted) {
      const inner = text.slice(at + 1, close < 0 ? text.length : close - 1);
      yield { field: inner.replaceAll('""', '"'), whole: lineEnd >= 0 };
    } else {
      const row = text.slice(at, end);
      const comma = row.indexOf(",");
      const field = comma < 0 ? row : row.slice(0, comma);
      yield { field: field.endsWith("\r") ? field.slice(0, -1) : field, whole: lineEnd >= 0 };
    }
    at = end + 1;
  }
}

/** A path that is relative to a directory of the image, or absolute; null where it leaves the root. */
export function pathFrom(directory: ImagePath, written: string): ImagePath | null {
  const { path, escapes } = normalizePath(written.startsWith("/") ? written : `${directory}/${written}`);
  return escapes || path === "" ? null : path;
}

/**
 * The files that a `RECORD` lists, relative to the directory that holds the `.dist-info`.
 *
 * @param truncated only a part of the file is known: what may be half a path is left out
 */
export function parseRecord(text: string, site: ImagePath, truncated: boolean): ListedPaths {
  const paths: ImagePath[] = [];
  let escaping = 0;
  let cut = false;
  for (const { field, whole } of firstFields(text)) {
    if (field === "") continue;
    if (truncated && !whole) {
      cut = true;
      continue;
    }
    const path = pathFrom(site, field);
    if (path === null) escaping++;
    else paths.push(path);
  }
  return { paths, escaping, cut: cut || truncated };
}

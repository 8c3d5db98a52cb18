/**
 * Paths inside an image.
 *
 * A tar stores names as bytes, and not all of them are UTF-8. So a path here is a *byte string*: one character per
 * byte (U+0000 to U+00FF). Equal bytes are equal strings, nothing is lost, and code-unit order is byte order.
 * A path is relative to the image's root, without leading, trailing or doubled slashes; the root itself is `""`.
 */
export type ImagePath = string;

export interface NormalizedPath {
  readonly path: ImagePath;
  /** The name had `..` components that would have left the root; they were clamped to it. */
  readonly escapes: boolean;
}

// Anything that normalising would change: "//", a "." or ".." component, a slash at either end.
const UNTIDY = /\/\/|(?:^|\/)\.\.?(?:\/|$)|^\/|\/$/;

/**
 * Normalises a name the way engines do before they unpack it (Go's `path.Clean`, clamped at the root):
 * `./a//b/` → `a/b`, `/etc/../x` → `x`, `../../etc/x` → `etc/x`.
 */
export function normalizePath(name: string): NormalizedPath {
  // What nearly all tools write, and takes nothing to tidy: "./a/b", "a/b/".
  const tidied = name.slice(name.startsWith("./") ? 2 : 0, name.endsWith("/") ? -1 : undefined);
  if (!UNTIDY.test(tidied)) return { path: tidied, escapes: false };
  const parts: string[] = [];
  let escapes = false;
  for (const part of name.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) escapes = true;
  }
  return { path: parts.join("/"), escapes };
}

/** The byte string of a path given as text (an argument, a package database), normalised. */
export function pathFromText(text: string): ImagePath {
  return normalizePath(Buffer.from(text, "utf8").toString("latin1")).path;
}

/** The byte string of raw name bytes; not normalised. */
export function pathFromBytes(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", start, end);
}

/** The bytes of a byte string. */
export function bytesOfPath(path: string): Buffer {
  return Buffer.from(path, "latin1");
}

/** A path for people and JSON: absolute, as it is inside a container. */
export interface PathText {
  /** UTF-8 text; bytes that are not UTF-8 show as U+FFFD. */
  readonly path: string;
  /** The exact bytes of the same, only where `path` could not hold them. */
  readonly pathBase64?: string;
}

const BEYOND_ASCII = /[\u0080-\uffff]/;

/** Text of a byte string, with the exact bytes beside it where they are not valid UTF-8. */
export function textOfPath(path: ImagePath): PathText {
  const absolute = `/${path}`;
  if (!BEYOND_ASCII.test(path)) return { path: absolute };
  const bytes = bytesOfPath(absolute);
  const text = bytes.toString("utf8");
  if (Buffer.from(text, "utf8").equals(bytes)) return { path: text };
  return { path: text, pathBase64: bytes.toString("base64") };
}

/** Whether a text ends as the keys below do. No pattern: one would take the square of a hostile path's length. */
function looksLikeKey(path: string): boolean {
  return path.endsWith("]") && path.lastIndexOf("[base64 ") > path.lastIndexOf("]", path.length - 2);
}

/**
 * What tells a path from every other: its text, and behind it the exact bytes where the text could not hold them, or
 * looks as if it were such a key itself.
 */
export function keyOfPath({ path, pathBase64 }: PathText): string {
  if (pathBase64 !== undefined) return `${path} [base64 ${pathBase64}]`;
  if (!looksLikeKey(path)) return path;
  return `${path} [base64 ${Buffer.from(path, "utf8").toString("base64")}]`;
}

/** The directory that holds a path; the root's own parent is the root. */
export function parentPath(path: ImagePath): ImagePath {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

/** Whether {@link parentPath} of a path is a directory: told without making it. */
export function isIn(path: ImagePath, directory: ImagePath): boolean {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? directory === "" : slash === directory.length && path.startsWith(directory);
}

/** The last component of a path. */
export function baseName(path: ImagePath): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

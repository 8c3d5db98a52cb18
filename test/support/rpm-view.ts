import type { FileView } from "../../packages/core/src/package-db/package-db.ts";

/** A view of files by path, as they would have been captured; a directory may be a link to another. */
export function viewOf(
  files: Readonly<Record<string, Uint8Array | string>>,
  links: Readonly<Record<string, string>> = {},
): FileView {
  const resolve = (path: string): string => {
    for (const [link, target] of Object.entries(links)) {
      if (path.startsWith(`${link}/`)) return target + path.slice(link.length);
    }
    return path;
  };
  const viewed = Object.keys(files)
    .sort()
    .map((path) => ({ path, content: new Uint8Array(Buffer.from(files[path] as string)), truncated: false }));
  const get = (path: string) => viewed.find((file) => file.path === resolve(path));
  return { files: viewed, binaries: [], archives: [], get, exists: (path) => get(path) !== undefined };
}

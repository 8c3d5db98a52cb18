import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { FileView, PackageDb, ViewedFile } from "../../packages/core/src/package-db/package-db.ts";

/** A view of files given by path; text is stored as UTF-8. */
export function viewOf(contents: Readonly<Record<string, string | Uint8Array>>): FileView {
  const files = Object.entries(contents)
    .map(([path, content]): ViewedFile => {
      return { path, content: typeof content === "string" ? Buffer.from(content) : content, truncated: false };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const byPath = new Map(files.map((file) => [file.path, file]));
  return { files, binaries: [], archives: [], get: (path) => byPath.get(path), exists: (path) => byPath.has(path) };
}

/** What a database would have captured of a root file system on disk. */
export function viewOfDirectory(root: string, { captures }: PackageDb): FileView {
  const contents: Record<string, Uint8Array> = {};
  for (const { names, prefixes } of captures) {
    for (const path of [...names, ...prefixes.flatMap((prefix) => filesUnder(root, prefix))]) {
      const stat = statSync(join(root, path), { throwIfNoEntry: false });
      if (stat?.isFile()) contents[path] = readFileSync(join(root, path));
    }
  }
  return viewOf(contents);
}

function filesUnder(root: string, prefix: string): string[] {
  if (!statSync(join(root, prefix), { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(join(root, prefix), { recursive: true, encoding: "utf8" }).map((name) => prefix + name);
}

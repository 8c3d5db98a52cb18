import { lstat, readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { ImgweighError } from "../errors.ts";
import { type BuildContext, buildContext, type ContextPath } from "../lint/build-context.ts";
import { IgnorePatterns } from "../lint/ignore-patterns.ts";

/** Files and folders: beyond it a context is no working directory, and its sum takes minutes. */
const MAX_ENTRIES = 1_000_000;

/** The .dockerignore that counts: BuildKit prefers one beside the Dockerfile that has its name. */
async function readIgnoreFile(directory: string, dockerfile: string | null) {
  const shared = join(directory, ".dockerignore");
  for (const path of [...(dockerfile === null ? [] : [`${dockerfile}.dockerignore`]), shared]) {
    const text = await readFile(path, "utf8").catch(() => null);
    if (text !== null) return { path, text };
  }
  return { path: shared, text: null };
}

/** A build's context on disk, to be measured. */
export interface ContextOnDisk {
  /** Absolute. */
  readonly directory: string;
  /** Absolute; null where it came from elsewhere. */
  readonly dockerfile: string | null;
  /** What names in the result count from. */
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a build would be sent of its context. Links are not followed, as builders send them as they are.
 *
 * @returns null where the folder cannot be read
 * @throws {ImgweighError} LIMIT_EXCEEDED
 */
export async function measureContext(context: ContextOnDisk): Promise<BuildContext | null> {
  const { directory, dockerfile, cwd, signal } = context;
  const ignore = await readIgnoreFile(directory, dockerfile);
  const patterns = new IgnorePatterns(ignore.text ?? "");
  const files: ContextPath[] = [];
  let entries = 0;
  const walk = async (folder: string): Promise<boolean> => {
    signal?.throwIfAborted();
    const found = await readdir(join(directory, folder), { withFileTypes: true }).catch(() => null);
    if (found === null) return false;
    entries += found.length;
    if (entries > MAX_ENTRIES)
      throw new ImgweighError("LIMIT_EXCEEDED", `${directory} has more than ${MAX_ENTRIES} files and folders`, {
        hint: "name the folder that is built in with --context",
      });
    for (const entry of found) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      const isOut = patterns.excludes(path);
      if (entry.isDirectory()) {
        if (!isOut || patterns.hasExceptions) await walk(path);
      } else if (!isOut) files.push({ path, contentBytes: entry.isFile() ? await sizeOf(join(directory, path)) : 0 });
    }
    return true;
  };
  if (!(await walk(""))) return null;
  const named = {
    directory: relative(cwd, directory) || ".",
    ignoreFile: relative(cwd, ignore.path),
    hasIgnoreFile: ignore.text !== null,
  };
  return buildContext(named, files);
}

async function sizeOf(path: string): Promise<number> {
  const stats = await lstat(path).catch(() => null);
  return stats?.size ?? 0;
}

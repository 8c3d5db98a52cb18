/** A file or folder of a build's context, with all that lies in it. */
export interface ContextPath {
  /** Relative to the context, with slashes. */
  readonly path: string;
  readonly contentBytes: number;
}

/** What a build is sent: the context without what its .dockerignore keeps out. */
export interface BuildContext {
  /** As it was named. */
  readonly directory: string;
  /** The .dockerignore that counts, or would if it were there. */
  readonly ignoreFile: string;
  readonly hasIgnoreFile: boolean;
  readonly files: number;
  readonly contentBytes: number;
  /** Files, and folders with all that lies in them; of folders that lie in one of the same name the outermost. */
  readonly folders: readonly ContextPath[];
  /** The largest files, the largest first. */
  readonly largest: readonly ContextPath[];
  /** What a source of a COPY brings; null where it is a pattern, or there is none. */
  bytesOf(source: string): number | null;
}

const LARGEST = 10;

/** @param files every file that is sent, with its content bytes; links and devices have none */
export function buildContext(
  named: Pick<BuildContext, "directory" | "ignoreFile" | "hasIgnoreFile">,
  files: readonly ContextPath[],
): BuildContext {
  const sums = new Map<string, number>();
  const outermost = new Map<string, number>();
  for (const { path, contentBytes } of files) {
    sums.set(path, contentBytes);
    outermost.set(path, contentBytes);
    const parts = path.split("/");
    const seen = new Set<string>();
    for (let i = 1; i < parts.length; i++) {
      const folder = parts.slice(0, i).join("/");
      sums.set(folder, (sums.get(folder) ?? 0) + contentBytes);
      const name = parts[i - 1] as string;
      if (!seen.has(name)) outermost.set(folder, (outermost.get(folder) ?? 0) + contentBytes);
      seen.add(name);
    }
  }
  const contentBytes = files.reduce((sum, file) => sum + file.contentBytes, 0);
  const bySize = (a: ContextPath, b: ContextPath): number =>
    b.contentBytes - a.contentBytes || (a.path < b.path ? -1 : 1);
  return {
    ...named,
    files: files.length,
    contentBytes,
    folders: Array.from(outermost, ([path, bytes]) => ({ path, contentBytes: bytes })),
    largest: [...files].sort(bySize).slice(0, LARGEST),
    bytesOf(source) {
      if (/[*?[$]/.test(source)) return null;
      const path = source.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "");
      return path === "" || path === "." ? contentBytes : (sums.get(path) ?? null);
    },
  };
}

import { type ImagePath, normalizePath } from "../../image-path.ts";

/** One row of dpkg-divert(1): files of other packages at `original` were stored at `divertedTo`. */
export interface Diversion {
  readonly divertedTo: ImagePath;
  /** The package that diverts, and whose own file stands at the original path; null for a local diversion. */
  readonly by: string | null;
}

export type Diversions = ReadonlyMap<ImagePath, Diversion>;

/** Reads `/var/lib/dpkg/diversions`: triples of lines, the original path, where it went, and by which package (`:` is local). */
export function readDiversions(text: string): Diversions {
  const diversions = new Map<ImagePath, Diversion>();
  const lines = text.split("\n");
  for (let i = 0; i + 2 < lines.length; i += 3) {
    const [original, divertedTo, by] = [lines[i], lines[i + 1], lines[i + 2]] as [string, string, string];
    if (!original.startsWith("/") || !divertedTo.startsWith("/")) continue;
    diversions.set(normalizePath(original).path, {
      divertedTo: normalizePath(divertedTo).path,
      by: by === ":" ? null : by,
    });
  }
  return diversions;
}

/** Where the file lies that a package lists at a path: the diverting package keeps the path, all others were moved aside. */
export function divert(diversions: Diversions, path: ImagePath, packageName: string): ImagePath {
  const diversion = diversions.get(path);
  return diversion === undefined || diversion.by === packageName ? path : diversion.divertedTo;
}

import { type Limits, limitExceeded } from "../archive/limits.ts";
import { ImgweighError } from "../errors.ts";
import { normalizePath } from "../image-path.ts";
import { parseJson } from "../oci/json.ts";

/** What an archive or a layout directory holds, by name: the same for one on disk and for one that streamed past. */
export interface ArchiveContents {
  /** What to call it in messages. */
  readonly where: string;
  readonly limits: Limits;
  /** The name under which a file is stored, links followed; null where there is none. */
  locate(name: string): Promise<string | null>;
  /** Bytes of a located file. */
  read(located: string): Promise<Buffer>;
  /** Length of a located file. */
  sizeOf(located: string): number;
}

/** A file as JSON; null where there is none. @throws {ImgweighError} LIMIT_EXCEEDED, ARCHIVE_MALFORMED */
export async function readJsonFile(contents: ArchiveContents, name: string): Promise<unknown> {
  const bytes = await readSmallFile(contents, name);
  return bytes === null ? null : parseJson(bytes, `${name} of ${contents.where}`);
}

/** A manifest, index or config as stored; null where there is none. @throws {ImgweighError} LIMIT_EXCEEDED */
export async function readSmallFile(contents: ArchiveContents, name: string): Promise<Buffer | null> {
  const located = await contents.locate(name);
  if (located === null) return null;
  if (contents.sizeOf(located) > contents.limits.maxJsonBytes) {
    throw limitExceeded(contents.limits, "maxJsonBytes", `${name} of ${contents.where}`);
  }
  return contents.read(located);
}

const MAX_LINKS = 40;

/**
 * Finds a name among entries of which some are links to others: older docker archives store a repeated layer as a
 * symlink, skopeo adds one for every layer. Links never leave the archive.
 */
export function followLinks<Entry extends { readonly linkName: string | null; readonly type: string }>(
  entries: ReadonlyMap<string, Entry>,
  name: string,
): string | null {
  let at = normalizePath(name).path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const entry = entries.get(at);
    if (entry === undefined) return null;
    if (entry.type !== "link" || entry.linkName === null) return entry.type === "file" ? at : null;
    const slash = at.lastIndexOf("/");
    const base = entry.linkName.startsWith("/") || slash < 0 ? "" : at.slice(0, slash + 1);
    const target = normalizePath(base + entry.linkName).path;
    // A hard link's target counts from the archive's root.
    at = entries.has(target) || slash < 0 ? target : normalizePath(entry.linkName).path;
  }
  return null;
}

export function missing(what: string, where: string): ImgweighError {
  return new ImgweighError("LAYER_MISSING", `${where} does not hold ${what}`, {
    hint: "the archive is incomplete; save or copy the image again, with all of its platforms' blobs or just the one you want",
  });
}

/** A list of manifests, of an object that must be one. @throws {ImgweighError} LIMIT_EXCEEDED */
export function boundManifests(count: number, contents: ArchiveContents): void {
  if (count > contents.limits.maxManifests) throw limitExceeded(contents.limits, "maxManifests", contents.where);
}

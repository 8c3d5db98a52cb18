import { type Limits, limitExceeded } from "../archive/limits.ts";
import { ImgweighError } from "../errors.ts";
import { normalizePath } from "../image-path.ts";
import { algorithmOf, type DigestAlgorithm, hexOf } from "../oci/digest.ts";
import { parseJson } from "../oci/json.ts";
import type { DeclaredLayer } from "./source.ts";

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

/** The error for a layer that is not there. Some are never in an archive: `urls` say who gives them out. */
export function missingLayer({ key, digest, urls }: DeclaredLayer, where: string): ImgweighError {
  const what = `the layer ${digest ?? key}`;
  if (urls === undefined) return missing(what, where);
  const places = urls.slice(0, 3).map((url) => url.slice(0, 300));
  const from = places.length === 0 ? "" : `, to be had from ${places.join(", ")}`;
  const blob = digest === null ? key : `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
  const name = `${blob} of an OCI layout`;
  return new ImgweighError("LAYER_MISSING", `${where} does not hold ${what}: it is non-distributable${from}`, {
    hint:
      places.length === 0
        ? `only its publisher gives it out: put it there as ${name}`
        : `only its publisher gives it out: download it to ${name} (curl -L -o FILE ${places[0]})`,
    details: { urls: places },
  });
}

/** A list of manifests, of an object that must be one. @throws {ImgweighError} LIMIT_EXCEEDED */
export function boundManifests(count: number, contents: ArchiveContents): void {
  if (count > contents.limits.maxManifests) throw limitExceeded(contents.limits, "maxManifests", contents.where);
}

/** The algorithm by which a file is named, where it is named by a digest. */
export function algorithmInName(name: string): DigestAlgorithm {
  return /(?:^|\/)sha512\/|(?<![0-9a-f])[0-9a-f]{128}(?![0-9a-f])/.test(name) ? "sha512" : "sha256";
}

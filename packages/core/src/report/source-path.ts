import { escapeText } from "../escape.ts";
import type { Place } from "./report-rows.ts";

/**
 * The path of a file in the sources. Code scanning of GitHub and GitLab refuses rows without a place: what has none
 * (flags alone, no Dockerfile) is shown at the Dockerfile that an image most probably has.
 */
export function sourcePath(place: Place | null): string {
  return escapeText(place?.file || "Dockerfile");
}

/** The same as a URI reference: relative to the root of the sources, or a `file:` URI where it is absolute. */
export function sourceUri(place: Place | null): string {
  const path = sourcePath(place);
  const segments = path.split("/").map(encodeURIComponent);
  if (path.startsWith("/")) return `file:///${segments.filter((segment) => segment !== "").join("/")}`;
  return /^[A-Za-z]:\//.test(path) ? `file:///${path.slice(0, 2)}/${segments.slice(1).join("/")}` : segments.join("/");
}

import { parseCreatedBy } from "../dockerfile/created-by.ts";
import type { Producer } from "../dockerfile/instruction.ts";
import type { HistoryEntry } from "../oci/config.ts";

/** What a Dockerfile is built with, as far as it decides which syntax a patch may use: the classic one knows no `--chmod`, `--mount`, `--link` and no heredocs. */
export type Builder = "classic" | "buildkit";

// Buildah and kaniko take BuildKit's heredocs, but not all of its flags: what the classic builder takes, all take.
const BUILDERS: ReadonlyMap<Producer | null, Builder> = new Map<Producer | null, Builder>([
  ["buildkit", "buildkit"],
  ["buildkit-exporter", "buildkit"],
  ["buildah", "classic"],
  ["classic", "classic"],
  ["kaniko", "classic"],
]);

/** Which builder made an image: that of the last entry which shows one, as a base may come from another. Null where none does. */
export function builderOf(history: readonly HistoryEntry[]): Builder | null {
  for (let i = history.length - 1; i >= 0; i--) {
    const entry = history[i];
    const builder = entry === undefined ? undefined : BUILDERS.get(parseCreatedBy(entry).producer);
    if (builder !== undefined) return builder;
  }
  return null;
}

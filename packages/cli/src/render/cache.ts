import type { CacheContents, CacheRemoval } from "@imgweigh/core/config";
import { escapeText, formatBytes, formatCount } from "@imgweigh/core/report";

function many(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** What the cache holds, for people. */
export function renderCacheContents({ directory, maxBytes, entries, bytes, kinds }: CacheContents): string {
  const { layer, blob, file, image } = kinds;
  const lines = [
    escapeText(directory),
    `  ${formatBytes(bytes)} of at most ${formatBytes(maxBytes)} in ${many(entries, "file")}`,
    `  ${many(layer.entries, "layer")} (${formatBytes(layer.bytes)}), ${many(blob.entries, "blob")} (${formatBytes(blob.bytes)}), ${many(file.entries, "verified file")}, ${many(image.entries, "image")}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** What was removed of the cache, for people. */
export function renderCacheRemoval({ directory, removedEntries, removedBytes }: CacheRemoval): string {
  return `${escapeText(directory)}\n  removed ${many(removedEntries, "file")}, ${formatBytes(removedBytes)}\n`;
}

import { type CacheContents, type CacheRemoval, escapeText, formatBytes, formatCount } from "@imgweigh/core";

function files(count: number): string {
  return `${formatCount(count)} file${count === 1 ? "" : "s"}`;
}

export function renderCacheContents({ directory, maxBytes, entries, bytes, kinds }: CacheContents): string {
  const { layer, blob, file, image } = kinds;
  const lines = [
    escapeText(directory),
    `  ${formatBytes(bytes)} of at most ${formatBytes(maxBytes)} in ${files(entries)}`,
    `  layers ${formatCount(layer.entries)} (${formatBytes(layer.bytes)}), blobs ${formatCount(blob.entries)} (${formatBytes(blob.bytes)}), verified files ${formatCount(file.entries)}, images ${formatCount(image.entries)}`,
  ];
  return `${lines.join("\n")}\n`;
}

export function renderCacheRemoval({ directory, removedEntries, removedBytes }: CacheRemoval): string {
  return `${escapeText(directory)}\n  removed ${files(removedEntries)}, ${formatBytes(removedBytes)}\n`;
}

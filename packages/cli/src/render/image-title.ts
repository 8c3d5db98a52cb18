import type { Analysis } from "@imgweigh/core";
import { escapeText } from "@imgweigh/core/report";
import type { Surface } from "../commands/output-options.ts";

/** `linux/arm64/v8`, as it is asked for. */
export function platformText(platform: Analysis["image"]["platform"]): string {
  if (platform === null) return "platform unknown";
  return [platform.os, platform.architecture, platform.variant].filter((part) => part !== null).join("/");
}

/** The image's name, platform and whatever else is to be known first; below, its digest. */
export function imageTitle(image: Analysis["image"], facts: readonly string[], { style }: Surface): string {
  const name = style.bold(escapeText(image.reference ?? image.digest ?? "image without a name"));
  const rest = [platformText(image.platform), ...facts].map((part) => escapeText(part));
  const digest = image.digest ?? image.configDigest;
  return `${[name, ...rest].join("  ")}\n${digest === null ? "" : `${style.dim(digest)}\n`}`;
}

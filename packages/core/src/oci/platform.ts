import { arch } from "node:process";
import { ImgweighError } from "../errors.ts";
import { asText, isObject } from "./json.ts";

/** The `platform` of an index's descriptor and of a config (image-index.md), in Go's names. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | null;
}

const GO_ARCHITECTURES: Readonly<Record<string, string>> = {
  aarch64: "arm64",
  arm64: "arm64",
  arm: "arm",
  ia32: "386",
  i386: "386",
  i686: "386",
  x64: "amd64",
  x86_64: "amd64",
  "x86-64": "amd64",
};

/** `linux/arm64/v8`, `linux/amd64`, or an architecture alone. @throws {ImgweighError} REFERENCE_INVALID */
export function parsePlatform(text: string): Platform {
  const parts = text.trim().toLowerCase().split("/");
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) {
    throw new ImgweighError("REFERENCE_INVALID", `not a platform: ${JSON.stringify(text)}`, {
      hint: "write os/architecture[/variant], for example linux/amd64 or linux/arm64/v8",
    });
  }
  const [os, architecture, variant] = parts.length === 1 ? ["linux", parts[0], undefined] : parts;
  return {
    os: os ?? "linux",
    architecture: GO_ARCHITECTURES[architecture ?? ""] ?? architecture ?? "",
    variant: variant ?? null,
  };
}

/** The platform that an engine on this machine would run: Linux on this processor, as engines in a virtual machine do. */
export function hostPlatform(): Platform {
  return { os: "linux", architecture: GO_ARCHITECTURES[arch] ?? arch, variant: null };
}

export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter((part) => part !== null).join("/");
}

/** A platform out of a descriptor or config; null where it does not say. */
export function readPlatform(value: unknown): Platform | null {
  if (!isObject(value)) return null;
  const os = asText(value["os"]);
  const architecture = asText(value["architecture"]);
  return os && architecture ? { os, architecture, variant: asText(value["variant"]) } : null;
}

// arm64 is v8 unless something else is said (containerd's platforms.Normalize).
function variantOf(platform: Platform): string | null {
  return platform.architecture === "arm64" && platform.variant === "v8" ? null : platform.variant;
}

/** Whether an image of platform `offered` is what `wanted` asks for; a wanted platform without a variant takes any. */
export function satisfies(offered: Platform, wanted: Platform): boolean {
  if (offered.os !== wanted.os || offered.architecture !== wanted.architecture) return false;
  return wanted.variant === null || variantOf(offered) === variantOf(wanted);
}

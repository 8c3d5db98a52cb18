import { arch } from "node:process";
import { ImgweighError } from "../errors.ts";
import { asText, isObject } from "./json.ts";

/** The `platform` of an index's descriptor and of a config (image-index.md), in Go's names. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | null;
  /** Windows images are made for one version of it, such as `10.0.20348.2700`; absent where nothing says so. */
  readonly osVersion?: string;
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

/** What a word of a platform may consist of; a version follows the architecture or, as containerd writes it, the OS. */
const PLATFORM =
  /^([a-z0-9_.-]+)(?:\(([a-z0-9_.+-]+)\))?(?:\/([a-z0-9_.-]+))?(?:\/([a-z0-9_.-]+))?(?::([a-z0-9_.+-]+))?$/;

/**
 * `linux/arm64/v8`, `linux/amd64`, or an architecture alone; for Windows also `windows/amd64:10.0.20348.2700`, which
 * containerd writes `windows(10.0.20348.2700)/amd64`.
 *
 * @throws {ImgweighError} REFERENCE_INVALID
 */
export function parsePlatform(text: string): Platform {
  const [, first = "", versionOfOs, second, third, version] = PLATFORM.exec(text.trim().toLowerCase()) ?? [];
  const osVersion = versionOfOs ?? version;
  const alone = second === undefined;
  if (first === "" || (alone && osVersion !== undefined) || (versionOfOs !== undefined && version !== undefined)) {
    throw new ImgweighError("REFERENCE_INVALID", `not a platform: ${JSON.stringify(text)}`, {
      hint: "write os/architecture[/variant], for example linux/amd64 or linux/arm64/v8",
    });
  }
  const architecture = alone ? first : second;
  return {
    os: alone ? "linux" : first,
    architecture: GO_ARCHITECTURES[architecture] ?? architecture,
    variant: third ?? null,
    ...(osVersion !== undefined && { osVersion }),
  };
}

/** The platform that an engine on this machine would run: Linux on this processor, as engines in a virtual machine do. */
export function hostPlatform(): Platform {
  return { os: "linux", architecture: GO_ARCHITECTURES[arch] ?? arch, variant: null };
}

/** As {@link parsePlatform} reads it, and as a shell takes it without quotes. */
export function formatPlatform({ os, architecture, variant, osVersion }: Platform): string {
  const path = [os, architecture, variant].filter((part) => part !== null).join("/");
  return osVersion === undefined ? path : `${path}:${osVersion}`;
}

/** A platform out of a descriptor or config; null where it does not say, or says that nobody knows. */
export function readPlatform(value: unknown): Platform | null {
  if (!isObject(value)) return null;
  const os = asText(value["os"]);
  const architecture = asText(value["architecture"]);
  if (os === null || architecture === null || (os === "unknown" && architecture === "unknown")) return null;
  const osVersion = asText(value["os.version"]);
  return { os, architecture, variant: asText(value["variant"]), ...(osVersion !== null && { osVersion }) };
}

/** A platform, with what it leaves open filled in by what else is said of the same one. */
export function completePlatform(platform: Platform | null, other: Platform | null): Platform | null {
  if (platform === null || other === null) return platform ?? other;
  if (platform.os !== other.os || platform.architecture !== other.architecture) return platform;
  const osVersion = platform.osVersion ?? other.osVersion;
  return { ...platform, variant: platform.variant ?? other.variant, ...(osVersion !== undefined && { osVersion }) };
}

/** What an architecture without a variant is (containerd's platforms.Normalize). */
const BASELINES: Readonly<Record<string, string>> = { amd64: "v1", arm: "v7", arm64: "v8" };

function variantOf({ architecture, variant }: Platform): string | null {
  return variant ?? BASELINES[architecture] ?? null;
}

function fitsVersion(offered: Platform, wanted: Platform): boolean {
  const version = offered.osVersion;
  return (
    wanted.osVersion === undefined ||
    version === wanted.osVersion ||
    version?.startsWith(`${wanted.osVersion}.`) === true
  );
}

/** Whether an image of platform `offered` is what `wanted` asks for; a wanted platform without a variant takes any. */
export function satisfies(offered: Platform, wanted: Platform): boolean {
  if (offered.os !== wanted.os || offered.architecture !== wanted.architecture) return false;
  if (!fitsVersion(offered, wanted)) return false;
  return wanted.variant === null || variantOf(offered) === variantOf(wanted);
}

/** How far a variant is from the one that an architecture alone means: older ones run there, newer ones may not. */
function distance(offered: Platform, wanted: Platform): number {
  const [have, want] = [variantOf(offered), variantOf(wanted)];
  if (have === want) return 0;
  const [level, baseline] = [have, want].map((variant) => Number(/^v(\d+)/.exec(variant ?? "")?.[1] ?? Number.NaN));
  if (level === undefined || baseline === undefined || Number.isNaN(level) || Number.isNaN(baseline)) return 2000;
  return level <= baseline ? 1 + baseline - level : 1000 + level - baseline;
}

/**
 * Those that come nearest to what is wanted: where a variant is left open, the one that the architecture alone means
 * (amd64/v1, arm/v7, arm64/v8) comes first, then the next older one. Machines of one architecture choose alike.
 *
 * @returns none where none satisfies it; several where they are all as near
 */
export function nearest<T>(
  offered: readonly T[],
  platformOf: (item: T) => Platform | null,
  wanted: Platform,
): readonly T[] {
  let best: T[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const item of offered) {
    const platform = platformOf(item);
    if (platform === null || !satisfies(platform, wanted)) continue;
    const far = distance(platform, wanted);
    if (far < least) [best, least] = [[], far];
    if (far === least) best.push(item);
  }
  return best;
}

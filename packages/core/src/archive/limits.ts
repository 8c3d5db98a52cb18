import { formatBytes, formatCount } from "../bytes.ts";
import { ImgweighError } from "../errors.ts";

/**
 * Bounds on what an untrusted image may make this process do. Each is an option of the library and a flag of the
 * program; each ends in LIMIT_EXCEEDED.
 */
export interface Limits {
  /** Entries of one tar, a layer's or the archive's own, and of all layers of an image. */
  readonly maxEntries: number;
  /** Bytes of one path or link target. 4096 is Linux's PATH_MAX: no engine can unpack more. */
  readonly maxPathBytes: number;
  /** Bytes of one PAX or GNU long-name header. */
  readonly maxHeaderBytes: number;
  /** Uncompressed ÷ compressed bytes of one blob, looked at once 64 MiB have come out. */
  readonly maxInflateRatio: number;
  /** Uncompressed bytes of all layers of an image. */
  readonly maxTotalBytes: number;
  /** Bytes that holes of sparse files add to all layers of an image: each is hashed as the zeros it stands for. */
  readonly maxSparseBytes: number;
  /** Bytes of one manifest, index or config. */
  readonly maxJsonBytes: number;
  /** Bytes of one layer's table of contents (eStargz, zstd:chunked), uncompressed. */
  readonly maxTocBytes: number;
  /** Bytes of one file kept for a capture request, whatever the request asks. */
  readonly maxCapturedFileBytes: number;
  /** Bytes of all files kept for capture requests, of one layer and of all layers of an image: they are in memory. */
  readonly maxCapturedBytes: number;
  /** Manifests of one image index, nested ones included. */
  readonly maxManifests: number;
  /** Bytes of one baseline file or saved analysis. */
  readonly maxBaselineBytes: number;
}

/** A limit by its name: `maxEntries`. */
export type LimitName = keyof Limits;

/** What a limit is about, and what it is unless it is set. */
export interface LimitFacts {
  readonly default: number;
  readonly unit: "bytes" | "count" | "ratio";
  readonly what: string;
}

/** Default, unit and wording of every limit; the program's flags are made from this table. */
export const LIMITS: Readonly<Record<LimitName, LimitFacts>> = {
  maxEntries: { default: 10_000_000, unit: "count", what: "entries of one tar, and of all layers together" },
  maxPathBytes: { default: 4096, unit: "bytes", what: "one path or link target" },
  maxHeaderBytes: { default: 2 ** 20, unit: "bytes", what: "one PAX or GNU long-name header" },
  maxInflateRatio: { default: 1000, unit: "ratio", what: "uncompressed to compressed bytes of one blob, past 64 MiB" },
  maxTotalBytes: { default: 2 ** 38, unit: "bytes", what: "uncompressed bytes of all layers" },
  maxSparseBytes: { default: 2 ** 32, unit: "bytes", what: "holes of the sparse files of all layers" },
  maxJsonBytes: { default: 2 ** 22, unit: "bytes", what: "one manifest, index or config" },
  maxTocBytes: { default: 2 ** 27, unit: "bytes", what: "one layer's table of contents" },
  maxCapturedFileBytes: { default: 2 ** 26, unit: "bytes", what: "one file kept for analysis" },
  maxCapturedBytes: { default: 2 ** 28, unit: "bytes", what: "files kept for analysis, of all layers" },
  maxManifests: { default: 10_000, unit: "count", what: "manifests of one image index" },
  maxBaselineBytes: { default: 2 ** 28, unit: "bytes", what: "one baseline file or saved analysis" },
};

/** Inflate ratios are not looked at before this much has come out: short runs of zeros are in every image. */
export const RATIO_GRACE_BYTES = 2 ** 26;

/** The defaults, with some replaced. */
export function limitsFrom(overrides: Partial<Limits> = {}): Limits {
  const limits = {} as { -readonly [name in LimitName]: number };
  for (const [name, facts] of Object.entries(LIMITS) as [LimitName, LimitFacts][]) {
    const value = overrides[name] ?? facts.default;
    if (!(value >= 0)) throw new TypeError(`${name} is not a number of at least 0: ${value}`);
    limits[name] = value;
  }
  return limits;
}

function measure(name: LimitName, value: number): string {
  const { unit } = LIMITS[name];
  if (unit === "bytes") return formatBytes(value);
  return unit === "ratio" ? `${formatCount(value)} : 1` : formatCount(value);
}

/** `maxJsonBytes` → `max-json-bytes`, the flag of the program. */
export function limitFlag(name: LimitName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Adds up what is kept of the files of one layer. @returns hears of each; throws LIMIT_EXCEEDED */
export function capturedBytesGuard(limits: Limits, where: string): (bytes: number) => void {
  let kept = 0;
  return (bytes) => {
    kept += bytes;
    if (kept > limits.maxCapturedBytes)
      throw limitExceeded(limits, "maxCapturedBytes", `${where}: what is kept of its files`);
  };
}

/** The error for an input that exceeds `limits[name]`. */
export function limitExceeded(limits: Limits, name: LimitName, where: string): ImgweighError {
  return new ImgweighError(
    "LIMIT_EXCEEDED",
    `${where} exceeds the limit of ${measure(name, limits[name])} (${LIMITS[name].what})`,
    {
      hint: `if you trust the image, raise it: --${limitFlag(name)} (library: limits.${name})`,
      details: { limit: name, value: limits[name] },
    },
  );
}

import type { AnalyzeOptions } from "@imgweigh/core";
import { LIMITS, type LimitName, type Limits, limitFlag, parseBytes } from "@imgweigh/core/config";
import type { PullPolicy } from "@imgweigh/core/extend";
import type { Argv, Options } from "yargs";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { type Progress, SILENT, showProgress } from "../progress.ts";
import { CACHE_SIZE, readCacheOptions } from "./cache-options.ts";
import { REGISTRY_OPTIONS, type RegistryArguments, readRegistryOptions } from "./registry-options.ts";

const IMAGE = "Choosing and reading the image:";
const LIMIT_GROUP = "Limits on untrusted images:";

const PULL_POLICIES = ["missing", "always", "never"] as const;

/** Options of every command that reads an image. */
export const IMAGE_OPTIONS = {
  platform: { type: "string", group: IMAGE, describe: "os/architecture[/variant], for example linux/arm64" },
  image: { type: "string", group: IMAGE, describe: "which image of an archive that holds several: a name or digest" },
  base: { type: "string", group: IMAGE, describe: "the base image, if you know it: written like the image itself" },
  pull: {
    choices: PULL_POLICIES,
    default: "missing",
    group: IMAGE,
    describe: "when an engine pulls the image; with never, no registry is asked",
  },
  verify: {
    type: "boolean",
    group: IMAGE,
    describe:
      "read every byte anew, whatever tables of contents and the cache say; --no-verify skips the contents of local files",
  },
  strict: { type: "boolean", default: false, group: IMAGE, describe: "an odd image is an error, not a warning" },
  concurrency: {
    type: "number",
    group: IMAGE,
    describe: "threads for reading; 1: none [default: processors, 4 at most]",
  },
  cache: {
    type: "boolean",
    default: true,
    group: IMAGE,
    describe: "keep weighed layers for next time, see imgweigh cache; --no-cache neither looks nor keeps",
  },
  "cache-size": { ...CACHE_SIZE, group: IMAGE },
  quiet: { type: "boolean", alias: "q", default: false, describe: "no progress and no notes on stderr" },
  color: { type: "boolean", describe: "colours, also where there is no terminal; --no-color for none" },
} as const satisfies Record<string, Options>;

const UNITS = { bytes: "bytes, or with a unit: 10MB, 1GiB", count: "a number", ratio: "a number" } as const;

function limitOptions(): Record<string, Options> {
  const names = Object.keys(LIMITS) as LimitName[];
  return Object.fromEntries(
    names.map((name) => {
      const { what, unit, default: value } = LIMITS[name];
      return [
        limitFlag(name),
        { type: "string", group: LIMIT_GROUP, hidden: true, describe: `${what} (${UNITS[unit]}) [default: ${value}]` },
      ];
    }),
  );
}

/** Options of commands that open an image and read none of its layers. */
export function withOpenOptions<T>(yargs: Argv<T>) {
  const { platform, image, pull, cache, quiet, color } = IMAGE_OPTIONS;
  return yargs
    .options({ platform, image, pull, cache, "cache-size": IMAGE_OPTIONS["cache-size"], quiet, color })
    .options(REGISTRY_OPTIONS)
    .options(limitOptions());
}

export function withImageOptions<T>(yargs: Argv<T>) {
  return yargs.options(IMAGE_OPTIONS).options(REGISTRY_OPTIONS).options(limitOptions());
}

export interface ImageArguments extends RegistryArguments {
  readonly platform?: string | undefined;
  readonly image?: string | undefined;
  readonly base?: string | undefined;
  readonly pull: PullPolicy;
  readonly verify?: boolean | undefined;
  readonly strict: boolean;
  readonly concurrency?: number | undefined;
  readonly cache: boolean;
  readonly "cache-size"?: string | undefined;
  readonly quiet: boolean;
  readonly [limit: string]: unknown;
}

/** @throws {UsageError} */
function readLimits(argv: ImageArguments): Partial<Limits> {
  const limits: { [name in LimitName]?: number } = {};
  for (const name of Object.keys(LIMITS) as LimitName[]) {
    const text = argv[limitFlag(name)];
    if (typeof text !== "string") continue;
    const value = LIMITS[name].unit === "bytes" ? parseBytes(text) : /^\d+$/.test(text) ? Number(text) : null;
    if (value === null)
      throw new UsageError(`--${limitFlag(name)} wants ${UNITS[LIMITS[name].unit]}, not ${JSON.stringify(text)}`);
    limits[name] = value;
  }
  return limits;
}

/** Calls the core with the options of the command line, showing progress meanwhile. */
export async function withProgress<T>(
  argv: ImageArguments,
  { host, signal }: Context,
  work: (options: AnalyzeOptions) => Promise<T>,
): Promise<T> {
  if (argv.concurrency !== undefined && !(Number.isInteger(argv.concurrency) && argv.concurrency > 0)) {
    throw new UsageError("--concurrency wants a whole number of at least 1");
  }
  const progress: Progress = argv.quiet ? SILENT : showProgress(host.stderr, "imgweigh", () => host.uptime());
  try {
    return await work({
      platform: argv.platform,
      image: argv.image,
      base: argv.base,
      pull: argv.pull,
      verify: argv.verify,
      strict: argv.strict,
      concurrency: argv.concurrency,
      cache: argv.cache && (readCacheOptions(argv["cache-size"], host) ?? false),
      limits: readLimits(argv),
      registry: readRegistryOptions(argv),
      cwd: host.cwd(),
      signal,
      onProgress: progress.onProgress,
    });
  } finally {
    progress.finish();
  }
}

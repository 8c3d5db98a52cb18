import { setImmediate } from "node:timers/promises";
import { RELEASE_FILES } from "./base/os-release.ts";
import { describeImage } from "./image/describe-image.ts";
import type { Image } from "./image/image.ts";
import { asError, type LoadImageOptions, loadImage as loadCapturing, loadPlatforms } from "./image/load-image.ts";
import { type Analysis, SCHEMA_VERSION, summarize } from "./ledger/analysis.ts";
import { weigh } from "./ledger/ledger.ts";
import { PACKAGE_DATABASES } from "./package-db/databases.ts";
import { type ResolveOptions, resolveSource } from "./source/resolve-source.ts";
import type { ImageSource } from "./source/source.ts";

export interface AnalyzeOptions extends LoadImageOptions, ResolveOptions {
  /** The base image, if it is known: a source, or what {@link resolveSource} makes one of. */
  readonly base?: string | ImageSource | undefined;
}

/** What attribution wants to look at: package databases, and what says which distribution it is. */
const CAPTURES = [...PACKAGE_DATABASES.flatMap(({ captures }) => captures), ...RELEASE_FILES.captures];

/**
 * Opens a source, chooses the image, reads all of its layers and checks them against their digests. Package databases
 * are kept on the way; `captures` and `extractors` add to what is.
 *
 * @throws {ImgweighError} any code; on an abort `signal.reason` itself
 */
export function loadImage(source: ImageSource, options: LoadImageOptions = {}): Promise<Image> {
  return loadCapturing(source, capturing(options));
}

function capturing(options: LoadImageOptions): LoadImageOptions {
  return {
    ...options,
    captures: [...CAPTURES, ...(options.captures ?? [])],
    extractors: [...new Set(["elf", "zip-jar", ...(options.extractors ?? [])] as const)],
  };
}

/** The layers of the base image that the user named. */
async function readBase({ base, ...options }: AnalyzeOptions): Promise<Parameters<typeof weigh>[1]> {
  if (base === undefined) return {};
  const source = typeof base === "string" ? resolveSource(base, options) : base;
  // `image` chooses among the images of the archive that is analysed, not of the base's.
  const { reference, config } = await describeImage(source, { ...options, image: undefined });
  const name = reference ?? (typeof base === "string" ? base : "the given base");
  return { base: { name, diffIds: config.diffIds } };
}

/**
 * Weighs an image: everything from opening its source to the finished result.
 *
 * @param image a source, or what {@link resolveSource} makes one of: a reference, a path, `-`, or a prefix and either
 * @throws {ImgweighError} any code; on an abort `signal.reason` itself
 * @example
 * const analysis = await analyzeImage("docker-archive:./api.tar");
 * console.log(analysis.sizes.contentBytes, analysis.waste.bytes);
 */
export async function analyzeImage(image: string | ImageSource, options: AnalyzeOptions = {}): Promise<Analysis> {
  const loaded = await loadImage(sourceOf(image, options), options);
  return analyze(loaded, await readBase(options), options);
}

/** Analyses of several images, or of one for several platforms. */
export interface Analyses {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  /** In the source's order of platforms. */
  readonly analyses: readonly Analysis[];
}

/**
 * Weighs an image for every platform that its source has of it; a layer that several have is read once. A plain
 * reference is asked of its registry, for engines have one platform as a rule.
 *
 * @param image as {@link analyzeImage}
 * @throws {ImgweighError} any code; on an abort `signal.reason` itself
 */
export async function analyzePlatforms(image: string | ImageSource, options: AnalyzeOptions = {}): Promise<Analyses> {
  const base = await readBase(options);
  const analyses = await loadPlatforms(sourceOf(image, options), capturing(options), (loaded) =>
    analyze(loaded, base, options),
  );
  return { schemaVersion: SCHEMA_VERSION, analyses };
}

function sourceOf(image: string | ImageSource, options: AnalyzeOptions): ImageSource {
  return typeof image === "string" ? resolveSource(image, options) : image;
}

async function analyze(loaded: Image, base: Parameters<typeof weigh>[1], options: AnalyzeOptions): Promise<Analysis> {
  await breathe(options.signal);
  const ledger = weigh(loaded, base);
  await breathe(options.signal);
  const analysis = summarize(ledger);
  const [warning] = analysis.warnings;
  if (options.strict && warning !== undefined) throw asError(warning);
  return analysis;
}

/** The stages between are synchronous: others get their turn, and an abort is seen. */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

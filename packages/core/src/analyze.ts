import { setImmediate } from "node:timers/promises";
import { RELEASE_FILES } from "./base/os-release.ts";
import { ImgweighError } from "./errors.ts";
import { describeImage, describePlatforms } from "./image/describe-image.ts";
import type { Image } from "./image/image.ts";
import { asError, type LoadImageOptions, loadImage as loadCapturing, loadPlatforms } from "./image/load-image.ts";
import { type Analysis, SCHEMA_VERSION, summarize } from "./ledger/analysis.ts";
import { weigh } from "./ledger/ledger.ts";
import { formatPlatform, satisfies } from "./oci/platform.ts";
import { PACKAGE_DATABASES } from "./package-db/databases.ts";
import { type ResolveOptions, resolveSource } from "./source/resolve-source.ts";
import type { ImageDescription, ImageSource } from "./source/source.ts";

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

type BaseOptions = Parameters<typeof weigh>[1];

/** The layers of the base image that the user named. */
async function readBase(options: AnalyzeOptions): Promise<BaseOptions> {
  const { base } = options;
  return base === undefined ? {} : baseOf(await describeImage(baseSource(base, options), openOptions(options)), base);
}

/** The same for each platform of an image. */
async function readBases(options: AnalyzeOptions): Promise<(image: Image) => BaseOptions> {
  const { base } = options;
  if (base === undefined) return () => ({});
  const bases = await describePlatforms(baseSource(base, options), openOptions(options), true);
  return ({ description: { platform } }) => {
    const same = bases.find((one) => platform !== null && one.platform !== null && satisfies(one.platform, platform));
    if (same !== undefined || bases.length === 1) return baseOf(same ?? bases[0], base);
    const wanted = platform === null ? "an image of no platform" : formatPlatform(platform);
    throw new ImgweighError("PLATFORM_MISMATCH", `the base image is not there for ${wanted}`, {
      hint: "name one that has all platforms of the image, or analyse one platform at a time",
    });
  };
}

function baseSource(base: string | ImageSource, options: AnalyzeOptions): ImageSource {
  return typeof base === "string" ? resolveSource(base, options) : base;
}

/** `image` chooses among the images of the archive that is analysed, not of the base's. */
function openOptions(options: AnalyzeOptions): AnalyzeOptions {
  return { ...options, image: undefined };
}

function baseOf({ reference, config }: ImageDescription, base: string | ImageSource): BaseOptions {
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
  const baseFor = await readBases(options);
  const analyses = await loadPlatforms(sourceOf(image, options), capturing(options), (loaded) =>
    analyze(loaded, baseFor(loaded), options),
  );
  return { schemaVersion: SCHEMA_VERSION, analyses };
}

function sourceOf(image: string | ImageSource, options: AnalyzeOptions): ImageSource {
  return typeof image === "string" ? resolveSource(image, options) : image;
}

async function analyze(loaded: Image, base: BaseOptions, options: AnalyzeOptions): Promise<Analysis> {
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

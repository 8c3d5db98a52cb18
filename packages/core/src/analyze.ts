import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { RELEASE_FILES } from "./base/os-release.ts";
import type { Build, EditedFile } from "./build/build.ts";
import {
  baseOfDockerfile,
  type DockerfileOptions,
  type GivenDockerfile,
  type MatchedDockerfile,
  matchDockerfile,
  openDockerfile,
} from "./build/given-dockerfile.ts";
import { describeBuild } from "./build/read-build.ts";
import type { Snapshot } from "./diff/snapshot.ts";
import { takeSnapshot } from "./diff/take-snapshot.ts";
import { readDockerfile } from "./dockerfile/dockerfile.ts";
import type { ExpectedChanges } from "./edit/expected-changes.ts";
import { ImgweighError } from "./errors.ts";
import { type Analysis, summarize } from "./finding/analysis.ts";
import type { PlanChoice } from "./finding/choice.ts";
import { findWaste, type Waste } from "./finding/find-waste.ts";
import type { Rule } from "./finding/rule.ts";
import { describeImage, describePlatforms } from "./image/describe-image.ts";
import { estimateBlobBytes } from "./image/estimate-blob-bytes.ts";
import type { Image } from "./image/image.ts";
import { asError, type LoadImageOptions, loadImage as loadCapturing, loadPlatforms } from "./image/load-image.ts";
import { readBaseline } from "./input/read-baseline.ts";
import { SCHEMA_VERSION } from "./ledger/analysis.ts";
import { type Ledger, type WeighOptions, weigh } from "./ledger/ledger.ts";
import { readSilences, silenceOf } from "./lint/silence.ts";
import { formatPlatform, satisfies } from "./oci/platform.ts";
import { PACKAGE_DATABASES } from "./package-db/databases.ts";
import type { PackageDb } from "./package-db/package-db.ts";
import { RUNTIME_CAPTURES } from "./runtime/runtime-captures.ts";
import { type ResolveOptions, resolveSource } from "./source/resolve-source.ts";
import type { ImageDescription, ImageSource } from "./source/source.ts";

/** How an image is chosen, read and looked at; every one may be left out. */
export interface AnalyzeOptions extends LoadImageOptions, ResolveOptions {
  /** The base image, if it is known: a source, or what {@link resolveSource} makes one of. */
  readonly base?: string | ImageSource | undefined;
  /** The Dockerfile that the image was built from: findings then name its lines and bring a patch. */
  readonly dockerfile?: DockerfileOptions | undefined;
  /** The Dockerfile is used only where the image's history is surely found in it; otherwise it is as if none was given. */
  readonly ifDockerfileMatches?: boolean | undefined;
  /** What the plan is made of: findings asked for, left out, and whose assumptions are accepted. */
  readonly choice?: PlanChoice | undefined;
  /** What is looked for; every rule that is known where absent. */
  readonly rules?: readonly Rule[] | undefined;
  /** Package databases that say who owns a path; every one that is known where absent. */
  readonly databases?: readonly PackageDb[] | undefined;
  /** Whether the analysis is to list every entry of every layer, as `tree`: some 300 bytes each. */
  readonly tree?: boolean | undefined;
}

/** How an image is read: with what its package databases need to be kept. */
export interface ReadImageOptions extends LoadImageOptions {
  /** Package databases whose files are kept, for `weigh` to be given the same; every one that is known where absent. */
  readonly databases?: readonly PackageDb[] | undefined;
}

/**
 * Opens a source, chooses the image, reads all of its layers and checks them against their digests. What package
 * databases say is kept on the way; `captures` and `extractors` add to what is.
 *
 * @throws {ImgweighError} any code; on an abort `signal.reason` itself
 */
export function loadImage(source: ImageSource, options: ReadImageOptions = {}): Promise<Image> {
  return loadCapturing(source, capturing(options));
}

/** What to look at: package databases, what says which distribution it is, and what programs need to start. */
function capturing(options: ReadImageOptions): LoadImageOptions {
  const databases = (options.databases ?? PACKAGE_DATABASES).flatMap(({ captures }) => captures);
  return {
    ...options,
    captures: [...databases, ...RELEASE_FILES.captures, ...RUNTIME_CAPTURES, ...(options.captures ?? [])],
    extractors: [...new Set(["elf", "zip-jar", ...(options.extractors ?? [])] as const)],
  };
}

type GivenBase = NonNullable<WeighOptions["base"]>;

/** The base image that the user named; null where none is. */
async function readBase(options: AnalyzeOptions): Promise<GivenBase | null> {
  const { base } = options;
  return base === undefined
    ? null
    : givenBase(await describeImage(sourceOf(base, options), openOptions(options)), base);
}

/** The same for each platform of an image. */
async function readBases(options: AnalyzeOptions): Promise<(image: Image) => GivenBase | null> {
  const { base } = options;
  if (base === undefined) return () => null;
  const bases = await describePlatforms(sourceOf(base, options), openOptions(options), true);
  return ({ description: { platform } }) => {
    const same = bases.find((one) => platform !== null && one.platform !== null && satisfies(one.platform, platform));
    if (same !== undefined || bases.length === 1) return givenBase(same ?? (bases[0] as ImageDescription), base);
    const wanted = platform === null ? "an image of no platform" : formatPlatform(platform);
    throw new ImgweighError("PLATFORM_MISMATCH", `the base image is not there for ${wanted}`, {
      hint: "name one that has all platforms of the image, or analyse one platform at a time",
    });
  };
}

/** `image` chooses among the images of the archive that is analysed, not of the base's. */
function openOptions(options: AnalyzeOptions): AnalyzeOptions {
  return { ...options, image: undefined };
}

function givenBase({ reference, config }: ImageDescription, base: string | ImageSource): GivenBase {
  const name = reference ?? (typeof base === "string" ? base : "the given base");
  return { name, diffIds: config.diffIds };
}

/** The base that is named, or else the one that the Dockerfile shows. */
function baseOf(image: Image, named: GivenBase | null, dockerfile: MatchedDockerfile | null): WeighOptions {
  if (named !== null) return { base: named };
  const found = dockerfile === null ? null : baseOfDockerfile(dockerfile, image);
  if (found === null) return {};
  return { base: { name: found.name, diffIds: image.description.config.diffIds.slice(0, found.layers) } };
}

/** The Dockerfile that the user gave, read before any image is: its mistakes are told at once. */
async function readGiven({ dockerfile }: AnalyzeOptions): Promise<GivenDockerfile | null> {
  return dockerfile === undefined ? null : openDockerfile(dockerfile);
}

function sourceOf(image: string | ImageSource, options: ResolveOptions): ImageSource {
  return typeof image === "string" ? resolveSource(image, options) : image;
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
  return (await weighAll(image, options)).analysis;
}

/** An image weighed, with what a comparison needs of it. */
export interface WeighedImage {
  readonly analysis: Analysis;
  readonly snapshot: Snapshot;
  /** With `estimateBlob`, what a pull would transfer, about; else null, unless the source has compressed layers. */
  readonly estimatedBlobBytes: number | null;
}

/**
 * Weighs an image to compare it, or to keep it as a baseline: {@link analyzeImage} with a snapshot of every path.
 *
 * @param image as {@link analyzeImage}
 * @throws {ImgweighError} any code; on an abort `signal.reason` itself
 */
export async function snapshotImage(image: string | ImageSource, options: AnalyzeOptions = {}): Promise<WeighedImage> {
  return snapshotOf(await weighAll(image, options), options);
}

async function snapshotOf({ analysis, ledger }: Weighed, { signal }: AnalyzeOptions): Promise<WeighedImage> {
  await breathe(signal);
  return {
    analysis,
    snapshot: takeSnapshot(ledger, analysis),
    estimatedBlobBytes: estimateBlobBytes(ledger.image),
  };
}

/**
 * The same for every platform that its source has of an image, as {@link analyzePlatforms}.
 *
 * @throws {ImgweighError} any code; on an abort `signal.reason` itself
 */
export async function snapshotPlatforms(
  image: string | ImageSource,
  options: AnalyzeOptions = {},
): Promise<readonly WeighedImage[]> {
  return weighPlatforms(image, options, (weighed) => snapshotOf(weighed, options));
}

/**
 * The snapshot that an argument means: out of a file (a path to JSON, or `baseline:FILE`), or of an image, which is
 * weighed.
 *
 * @param argument as {@link analyzeImage}, or a file of `imgweigh baseline` or `imgweigh analyze --format json`
 * @throws {ImgweighError} any code; on an abort `signal.reason` itself
 */
export async function readSnapshot(argument: string, options: AnalyzeOptions = {}): Promise<Snapshot> {
  return (await readCompared(argument, options)).snapshot;
}

/** An image that another one is compared with. */
export type ComparedImage = Pick<WeighedImage, "snapshot" | "estimatedBlobBytes">;

/** As {@link readSnapshot}, with what compressing its layers came to; null of a file. */
export async function readCompared(argument: string, options: AnalyzeOptions): Promise<ComparedImage> {
  const { cwd = process.cwd(), platform, limits } = options;
  const saved = await readBaseline(argument, { cwd, platform, limits });
  return saved === null ? snapshotImage(argument, options) : { snapshot: saved, estimatedBlobBytes: null };
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
  const analyses = await weighPlatforms(image, options, async ({ analysis }) => analysis);
  return { schemaVersion: SCHEMA_VERSION, analyses };
}

/** A Dockerfile with the edits that an analysis plans. */
export interface FixedDockerfile {
  readonly analysis: Analysis;
  /** The Dockerfile and its .dockerignore as they would be, whole; only what changes. */
  readonly files: readonly EditedFile[];
  /** What the edits change of the root file system, for {@link compareRoots}. */
  readonly expected: ExpectedChanges;
}

/**
 * Weighs an image and edits the Dockerfile that it was built from: exactly the findings of `analysis.plan`.
 *
 * @throws {ImgweighError} any code; on an abort `signal.reason` itself
 */
export async function fixDockerfile(
  image: string | ImageSource,
  options: AnalyzeOptions & { readonly dockerfile: DockerfileOptions },
): Promise<FixedDockerfile> {
  const { analysis, waste, build } = await weighAll(image, options);
  if (build.mismatch?.isOther === true) {
    throw new ImgweighError("DOCKERFILE_MISMATCH", build.mismatch.reason, {
      hint: "build the image from this Dockerfile again, or name the one that it was built from; a stage, build arguments: --stage, --build-arg",
    });
  }
  return { analysis, files: waste.edited, expected: waste.expected };
}

async function weighAll(image: string | ImageSource, options: AnalyzeOptions): Promise<Weighed> {
  const dockerfile = await readGiven(options);
  const loaded = await loadImage(sourceOf(image, options), options);
  return analyze(loaded, await readBase(options), dockerfile, options);
}

/** Weighs an image for every platform that its source has of it, and keeps of each what is asked for. */
async function weighPlatforms<Kept>(
  image: string | ImageSource,
  options: AnalyzeOptions,
  keep: (weighed: Weighed) => Promise<Kept>,
): Promise<readonly Kept[]> {
  const dockerfile = await readGiven(options);
  const baseFor = await readBases(options);
  return loadPlatforms(sourceOf(image, options), capturing(options), async (loaded) =>
    keep(await analyze(loaded, baseFor(loaded), dockerfile, options)),
  );
}

interface Weighed {
  readonly ledger: Ledger;
  readonly analysis: Analysis;
  readonly waste: Waste;
  readonly build: Build;
}

/** The Dockerfile with the image's history in it; null without one, and where it is not surely the image's and has to be. */
function matchGiven(loaded: Image, given: GivenDockerfile | null, options: AnalyzeOptions): MatchedDockerfile | null {
  const matched = given === null ? null : matchDockerfile(given, loaded);
  if (matched === null || options.ifDockerfileMatches !== true) return matched;
  if (matched.matches.confidence !== "high") return null;
  const note = "is what the image was built from: findings name its lines";
  options.onProgress?.({ type: "source", source: matched.options.name, note });
  return matched;
}

async function analyze(
  loaded: Image,
  named: GivenBase | null,
  given: GivenDockerfile | null,
  options: AnalyzeOptions,
): Promise<Weighed> {
  const dockerfile = matchGiven(loaded, given, options);
  const base = baseOf(loaded, named, dockerfile);
  await breathe(options.signal);
  const ledger = weigh(loaded, { ...base, databases: options.databases });
  const build = await describeBuild(ledger, dockerfile);
  await breathe(options.signal);
  const isSilenced = await silencedBy(dockerfile?.options);
  const waste = findWaste(ledger, build, { rules: options.rules, choice: options.choice, isSilenced });
  await breathe(options.signal);
  const analysis = summarize(ledger, waste, build, { tree: options.tree });
  const [warning] = analysis.warnings;
  if (options.strict && warning !== undefined) throw asError(warning);
  return { ledger, analysis, waste, build };
}

/** What comments of the Dockerfile accept; undefined without one. */
async function silencedBy(dockerfile: DockerfileOptions | undefined) {
  if (dockerfile === undefined || !dockerfile.text.includes("imgweigh")) return undefined;
  const { silences } = readSilences(await readDockerfile(dockerfile.text));
  return (rule: string, line: number): boolean => silenceOf(silences, rule, line) !== undefined;
}

/** The stages between are synchronous: others get their turn, and an abort is seen. */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

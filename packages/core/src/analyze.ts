import { setImmediate } from "node:timers/promises";
import { RELEASE_FILES } from "./base/os-release.ts";
import { type Analysis, summarize } from "./finding/analysis.ts";
import type { Build, EditedFile } from "./finding/build.ts";
import { findWaste } from "./finding/find-waste.ts";
import { baseFromDockerfile, type DockerfileOptions, readBuild } from "./finding/read-build.ts";
import { RUNTIME_CAPTURES } from "./finding/runtime/runtime-captures.ts";
import { describeImage } from "./image/describe-image.ts";
import type { Image } from "./image/image.ts";
import { asError, type LoadImageOptions, loadImage as loadCapturing } from "./image/load-image.ts";
import { type Ledger, type WeighOptions, weigh } from "./ledger/ledger.ts";
import { PACKAGE_DATABASES } from "./package-db/databases.ts";
import { type ResolveOptions, resolveSource } from "./source/resolve-source.ts";
import type { ImageSource } from "./source/source.ts";

export interface AnalyzeOptions extends LoadImageOptions, ResolveOptions {
  /** The base image, if it is known: a source, or what {@link resolveSource} makes one of. */
  readonly base?: string | ImageSource | undefined;
  /** The Dockerfile that the image was built from: findings then name its lines and bring a patch. */
  readonly dockerfile?: DockerfileOptions | undefined;
}

/** What to look at: package databases, what says which distribution it is, and what programs need to start. */
const CAPTURES = [
  ...PACKAGE_DATABASES.flatMap(({ captures }) => captures),
  ...RELEASE_FILES.captures,
  ...RUNTIME_CAPTURES,
];

/**
 * Opens a source, chooses the image, reads all of its layers and checks them against their digests. Package databases
 * are kept on the way; `captures` and `extractors` add to what is.
 *
 * @throws {ImgweighError} any code; on an abort `signal.reason` itself
 */
export function loadImage(source: ImageSource, options: LoadImageOptions = {}): Promise<Image> {
  return loadCapturing(source, {
    ...options,
    captures: [...CAPTURES, ...(options.captures ?? [])],
    extractors: [...new Set(["elf", "zip-jar", ...(options.extractors ?? [])] as const)],
  });
}

/** The layers of the base image: that the user named, or else that the Dockerfile shows. */
async function readBase(image: Image, { base, dockerfile, ...options }: AnalyzeOptions): Promise<WeighOptions> {
  if (base === undefined) {
    const found = dockerfile === undefined ? null : await baseFromDockerfile(image, dockerfile);
    if (found === null) return {};
    return { base: { name: found.name, diffIds: image.description.config.diffIds.slice(0, found.layers) } };
  }
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
  const { ledger, build } = await readLedger(image, options);
  const waste = findWaste(ledger, build);
  await breathe(options.signal);
  const analysis = summarize(ledger, waste, build);
  const [warning] = analysis.warnings;
  if (options.strict && warning !== undefined) throw asError(warning);
  return analysis;
}

/** A Dockerfile with the edits that an analysis plans. */
export interface FixedDockerfile {
  readonly analysis: Analysis;
  /** The Dockerfile and its .dockerignore as they would be, whole; only what changes. */
  readonly files: readonly EditedFile[];
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
  const { ledger, build } = await readLedger(image, options);
  const waste = findWaste(ledger, build);
  await breathe(options.signal);
  return { analysis: summarize(ledger, waste, build), files: waste.edited };
}

async function readLedger(
  image: string | ImageSource,
  options: AnalyzeOptions,
): Promise<{ ledger: Ledger; build: Build }> {
  const loaded = await loadImage(typeof image === "string" ? resolveSource(image, options) : image, options);
  const base = await readBase(loaded, options);
  await breathe(options.signal);
  const ledger = weigh(loaded, base);
  const build = await readBuild(ledger, options.dockerfile);
  await breathe(options.signal);
  return { ledger, build };
}

/** The stages between are synchronous: others get their turn, and an abort is seen. */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

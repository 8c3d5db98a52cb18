import { ImgweighError } from "../errors.ts";
import type { ImageConfig } from "../oci/config.ts";
import { type Digest, hexOf } from "../oci/digest.ts";
import { formatPlatform, hostPlatform, type Platform, satisfies } from "../oci/platform.ts";
import { sameReference } from "../oci/reference.ts";
import type { Warning } from "../warning.ts";
import type { DeclaredLayer, ImageDescription, SourceContext, SourceKind } from "./source.ts";

/** One image that a source holds: one platform of it, where there are several. */
export interface ImageCandidate {
  readonly names: readonly string[];
  /** Candidates of one group are one image for several platforms. */
  readonly group: string;
  readonly manifestDigest: Digest | null;
  readonly configDigest: Digest;
  readonly platform: Platform | null;
  readonly config: ImageConfig;
  readonly annotations: ReadonlyMap<string, string>;
  readonly layers: readonly DeclaredLayer[];
}

export interface Choice {
  readonly kind: SourceKind;
  readonly where: string;
  readonly context: Pick<SourceContext, "platform" | "allPlatforms" | "image">;
  readonly warnings: readonly Warning[];
}

/** How a person would tell an image from its neighbours. */
function label(candidate: ImageCandidate): string {
  return candidate.names[0] ?? candidate.manifestDigest ?? candidate.configDigest;
}

/** Something that is made for one platform, as far as that is known. */
interface ForPlatform {
  readonly platform: Platform | null;
}

function platformText({ platform }: ForPlatform): string {
  return platform === null ? "unknown platform" : formatPlatform(platform);
}

function digestMatches(digest: Digest | null, wanted: string): boolean {
  if (digest === null) return false;
  return digest === wanted || (wanted.length >= 6 && hexOf(digest).startsWith(wanted.replace(/^sha\d+:/, "")));
}

function isNamed(candidate: ImageCandidate, wanted: string): boolean {
  return (
    candidate.names.some((name) => sameReference(name, wanted)) ||
    digestMatches(candidate.manifestDigest, wanted) ||
    digestMatches(candidate.configDigest, wanted)
  );
}

function unique(texts: Iterable<string>): string[] {
  return [...new Set(texts)];
}

function byName(candidates: readonly ImageCandidate[], { where, context }: Choice): readonly ImageCandidate[] {
  if (context.image === null) return candidates;
  const wanted = context.image;
  const named = candidates.filter((candidate) => isNamed(candidate, wanted));
  if (named.length > 0) return named;
  const images = unique(candidates.map(label));
  throw new ImgweighError(
    "IMAGE_NOT_FOUND",
    `${where} holds no image ${JSON.stringify(wanted)}; it holds ${images.join(", ")}`,
    {
      details: { images },
    },
  );
}

function byPlatform<T extends ForPlatform>(
  candidates: readonly T[],
  { where, context }: Pick<Choice, "where" | "context">,
): readonly T[] {
  const wanted = context.platform;
  if (wanted === null) return candidates;
  const fitting = candidates.filter(({ platform }) => platform !== null && satisfies(platform, wanted));
  if (fitting.length > 0) return fitting;
  const platforms = unique(candidates.map(platformText));
  throw new ImgweighError(
    "PLATFORM_MISMATCH",
    `${where} has no image for ${formatPlatform(wanted)}; it has ${platforms.join(", ")}`,
    { details: { wanted: formatPlatform(wanted), platforms } },
  );
}

/** Several platforms of one image and no word which: this machine's, as engines choose. */
function byHost<T extends ForPlatform>(candidates: readonly T[]): readonly T[] {
  const host = hostPlatform();
  const fitting = candidates.filter(({ platform }) => platform !== null && satisfies(platform, host));
  return fitting.length === 0 ? candidates : fitting;
}

/**
 * The one that fits the platform asked for; where none was, this machine's, or the only one there is.
 *
 * @throws {ImgweighError} PLATFORM_MISMATCH, IMAGE_AMBIGUOUS, NOT_AN_IMAGE where there is none at all
 */
export function choosePlatform<T extends ForPlatform>(
  candidates: readonly T[],
  choice: Pick<Choice, "where" | "context">,
): T {
  const { where, context } = choice;
  const fitting = byPlatform(candidates, choice);
  const [chosen, ...others] = context.platform === null ? byHost(fitting) : fitting;
  if (chosen === undefined) throw new ImgweighError("NOT_AN_IMAGE", `${where} holds no container image`);
  if (others.length === 0) return chosen;
  const platforms = unique(fitting.map(platformText));
  throw new ImgweighError(
    "IMAGE_AMBIGUOUS",
    `${where} holds the image for ${platforms.join(", ")}, but not for this machine`,
    {
      hint: `choose one with --platform, for example --platform ${platforms[0]}`,
      details: { platforms },
    },
  );
}

/** The candidates that are the image that is meant: one for each platform. @throws {ImgweighError} as {@link chooseImage} */
function chooseGroup(candidates: readonly ImageCandidate[], choice: Choice): readonly ImageCandidate[] {
  const { where } = choice;
  const named = byPlatform(byName(candidates, choice), choice);
  const groups = unique(named.map(({ group }) => group));
  if (groups.length > 1) {
    const images = unique(named.map(label));
    throw new ImgweighError("IMAGE_AMBIGUOUS", `${where} holds ${images.length} images: ${images.join(", ")}`, {
      hint: `choose one with --image, for example --image ${images[0]}`,
      details: { images },
    });
  }
  return named;
}

/**
 * The one image that is meant.
 *
 * @throws {ImgweighError} IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS, PLATFORM_MISMATCH
 */
export function chooseImage(candidates: readonly ImageCandidate[], choice: Choice): ImageDescription {
  return describe(choosePlatform(chooseGroup(candidates, choice), choice), choice);
}

/**
 * The one image that is meant, first; behind it the same for all other platforms where they were asked for.
 *
 * @throws {ImgweighError} as {@link chooseImage}
 */
export function chooseImages(
  candidates: readonly ImageCandidate[],
  choice: Choice,
): readonly [ImageDescription, ...ImageDescription[]] {
  const [first, ...others] = choice.context.allPlatforms ? chooseGroup(candidates, choice) : [];
  if (first === undefined) return [chooseImage(candidates, choice)];
  return [describe(first, choice), ...others.map((other) => describe(other, choice))];
}

function describe(chosen: ImageCandidate, { context, kind, warnings }: Choice): ImageDescription {
  const { names, manifestDigest, configDigest, platform, config, annotations, layers } = chosen;
  const reference =
    names.find((name) => context.image !== null && sameReference(name, context.image)) ?? names[0] ?? null;
  return {
    kind,
    reference,
    manifestDigest,
    configDigest,
    platform,
    config,
    annotations,
    layers,
    warnings,
  };
}

/** @throws {ImgweighError} ARCHIVE_MALFORMED where a config does not say what each of its layers is. */
export function requireDiffIds(config: ImageConfig, layerCount: number, where: string): void {
  if (config.diffIds.length === layerCount) return;
  throw new ImgweighError(
    "ARCHIVE_MALFORMED",
    `${where}: the manifest has ${layerCount} layers, but the config declares ${config.diffIds.length} diff_ids`,
  );
}

import { ImgweighError } from "../errors.ts";
import { formatPlatform, hostPlatform, nearest, type Platform } from "../oci/platform.ts";
import type { ImageCandidate } from "./listed-image.ts";

/** One image, and what it is for, as far as that is known. */
export interface ForPlatform {
  readonly platform: Platform | null;
  /** null where it was not looked at yet. */
  readonly image: ImageCandidate | null;
  /** How it is chosen whatever it is for. */
  readonly label: string;
}

export interface PlatformChoice {
  readonly where: string;
  /** null takes the only one there is, else this machine's. */
  readonly wanted: Platform | null;
}

export function platformText({ platform }: Pick<ForPlatform, "platform">): string {
  return platform === null ? "unknown platform" : formatPlatform(platform);
}

function unique(texts: Iterable<string>): string[] {
  return [...new Set(texts)];
}

/**
 * Those that may be meant: the nearest to what is wanted, or to this machine; the only one there is where nothing is
 * wanted.
 */
export function fitting<T extends ForPlatform>(images: readonly T[], { wanted }: PlatformChoice): readonly T[] {
  if (wanted === null && images.length === 1) return images;
  return nearest(images, ({ platform }) => platform, wanted ?? hostPlatform());
}

/** Stored twice, in two compressions say, an image is still one, and engines take the first. */
function areOne(images: readonly ForPlatform[]): boolean {
  const [first, ...others] = images.map(({ image }) => image?.configDigest ?? null);
  return first !== undefined && first !== null && others.every((digest) => digest === first);
}

/** A platform that leaves no doubt, to be shown as an example. */
function example(images: readonly ForPlatform[], choice: PlatformChoice): string | null {
  const clear = images.find(
    ({ platform }) => platform !== null && fitting(images, { ...choice, wanted: platform }).length === 1,
  );
  return clear === undefined ? null : platformText(clear);
}

/**
 * The one that fits the platform asked for; where none was, the only one there is, or this machine's.
 *
 * @throws {ImgweighError} PLATFORM_MISMATCH, IMAGE_AMBIGUOUS
 */
export function choosePlatform<T extends ForPlatform>(images: readonly T[], choice: PlatformChoice): T {
  const { where, wanted } = choice;
  const [chosen, ...others] = fitting(images, choice);
  const fits = chosen === undefined ? [] : [chosen, ...others];
  if (chosen !== undefined && (others.length === 0 || areOne(fits))) return chosen;
  const platforms = unique(images.map(platformText));
  if (chosen === undefined && wanted !== null) {
    throw new ImgweighError(
      "PLATFORM_MISMATCH",
      `${where} has no image for ${formatPlatform(wanted)}; it has ${platforms.join(", ")}`,
      { details: { wanted: formatPlatform(wanted), platforms } },
    );
  }
  const among = chosen === undefined ? images : fits;
  const clear = example(among, choice);
  const way = clear === null ? `--image ${among[0]?.label}` : `--platform ${clear}`;
  const listed = unique(among.map(platformText));
  const message =
    chosen === undefined
      ? `${where} holds the image for ${listed.join(", ")}, but not for this machine`
      : `${where} holds ${among.length} images for ${listed.join(", ")}: ${among.map(({ label }) => label).join(", ")}`;
  throw new ImgweighError("IMAGE_AMBIGUOUS", message, {
    hint: `choose one with ${way.split(" ", 1)[0]}, for example ${way}`,
    details: { platforms: listed, images: among.map(({ label }) => label) },
  });
}

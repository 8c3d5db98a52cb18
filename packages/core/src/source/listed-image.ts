import { ImgweighError, isImgweighError } from "../errors.ts";
import type { ImageConfig } from "../oci/config.ts";
import type { Digest } from "../oci/digest.ts";
import type { Platform } from "../oci/platform.ts";
import type { DeclaredLayer } from "./source.ts";

/** Everything of one image but its layers' contents and its names. */
export interface ImageCandidate {
  readonly manifestDigest: Digest | null;
  readonly configDigest: Digest;
  readonly platform: Platform | null;
  readonly config: ImageConfig;
  readonly annotations: ReadonlyMap<string, string>;
  readonly layers: readonly DeclaredLayer[];
}

/** What was found where an index lists something. */
export type Found =
  | { readonly is: "image"; readonly image: ImageCandidate }
  /** Something else: a signature, a chart, an SBOM. */
  | { readonly is: "artifact"; readonly artifact: string }
  /** The source does not hold it: another platform, mostly. */
  | { readonly is: "absent" }
  /** It cannot be read, for this reason. */
  | { readonly is: "unusable"; readonly error: ImgweighError };

/** What an index lists, as it lies there; whether it is an image may still have to be found out. */
export interface ListedImage {
  /** Of the manifest; null where there is none (a classic docker-archive). */
  readonly digest: Digest | null;
  /** By what else it can be chosen: `@0`, its place in a manifest.json. */
  readonly place: string | null;
  /** What the index says it is for; null where it is silent. */
  readonly platform: Platform | null;
  /** Reads manifest and config, once. @throws {ImgweighError} where the source as a whole cannot be read */
  look(): Promise<Found>;
}

/** What people mean by an image: all that one name, or one index without a name, leads to; one for each platform. */
export interface ImageGroup {
  readonly names: readonly string[];
  /** Of the index; null where the group is no index. */
  readonly digest: Digest | null;
  readonly images: readonly ListedImage[];
  /** Named inside an index that has a name itself: to be asked for, but no image beside it. */
  readonly inner: boolean;
}

/** Errors that say something of one image and nothing of the others. */
const OF_ONE_IMAGE = new Set(["ARCHIVE_MALFORMED", "DIGEST_MISMATCH", "UNSUPPORTED_MEDIA_TYPE", "LAYER_MISSING"]);

/** Looks at an image: what is wrong with it alone becomes a finding. @throws what concerns the whole source */
export async function findOut(look: () => Promise<Found>): Promise<Found> {
  try {
    return await look();
  } catch (error) {
    if (!isImgweighError(error)) throw error;
    // A config without a rootfs belongs to something else that was stored as an image.
    if (error.code === "NOT_AN_IMAGE") return { is: "artifact", artifact: "a config without a rootfs" };
    if (OF_ONE_IMAGE.has(error.code)) return { is: "unusable", error };
    throw error;
  }
}

/** @throws {ImgweighError} ARCHIVE_MALFORMED where a config does not say what each of its layers is. */
export function requireDiffIds(config: ImageConfig, layerCount: number, where: string): void {
  if (config.diffIds.length === layerCount) return;
  throw new ImgweighError(
    "ARCHIVE_MALFORMED",
    `${where}: the manifest has ${layerCount} layers, but the config declares ${config.diffIds.length} diff_ids`,
  );
}

/** An image that is looked at when it is first asked for, and once. */
export function listedBy(
  { digest, platform }: { readonly digest: Digest; readonly platform: Platform | null },
  look: () => Promise<Found>,
): ListedImage {
  let found: Promise<Found> | null = null;
  return {
    digest,
    place: null,
    platform,
    look() {
      found ??= findOut(look);
      return found;
    },
  };
}

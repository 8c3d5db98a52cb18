import type { Descriptor } from "./descriptor.ts";
import type { Manifest } from "./manifest.ts";
import { isConfigType, isLayerType, mayBeManifest } from "./media-type.ts";

/** The type of an artifact (artifactType), unless it only repeats that of an image's config (descriptor.md, "artifactType"). */
function otherThanImage(artifactType: string | null): string | null {
  return artifactType === null || isConfigType(artifactType) ? null : artifactType;
}

/** Cosign's layouts say of each manifest what it is (`cosign save`); these are the images. */
const COSIGN_IMAGES = new Set(["dev.cosignproject.cosign/image", "dev.cosignproject.cosign/imageIndex"]);

/**
 * What a descriptor of an index stands for instead of an image, as far as the descriptor says it: a media type or the
 * words of a tool. null where it may be an image or another index.
 */
export function artifactOfDescriptor({ artifactType, annotations }: Descriptor): string | null {
  const type = otherThanImage(artifactType);
  if (type !== null) return type;
  // BuildKit's provenance and SBOMs stand beside the images they speak of (attestation-storage.md).
  const buildkit = annotations.get("vnd.docker.reference.type");
  if (buildkit !== undefined) return buildkit;
  if (annotations.has("io.containerd.manifest.subject")) return "io.containerd.manifest.subject";
  const kind = annotations.get("kind");
  return kind?.startsWith("dev.cosignproject.cosign/") === true && !COSIGN_IMAGES.has(kind) ? kind : null;
}

/**
 * The media type of a descriptor that no image has: what it stands for is to be ignored (image-index.md, "mediaType"),
 * unless it turns out to be a manifest all the same. null where the type is a known one.
 */
export function unknownType({ mediaType }: Descriptor): string | null {
  return mediaType === null || mayBeManifest(mediaType) ? null : mediaType;
}

/** What a manifest describes instead of an image (a chart, a signature, an SBOM, an attestation): a media type; null for an image. */
export function artifactOfManifest({ artifactType, config, layers, hasSubject }: Manifest): string | null {
  const type = otherThanImage(artifactType);
  if (type !== null) return type;
  if (config.mediaType !== null && !isConfigType(config.mediaType)) return config.mediaType;
  // Signatures and older attestations carry a plausible image config, but statements instead of layers.
  const first = layers[0]?.mediaType ?? null;
  if (first !== null && !isLayerType(first)) return first;
  return hasSubject ? "a manifest with a subject" : null;
}

/** Tags under which cosign and the referrers API of registries without one keep what speaks of an image. */
export function isReferrerTag(name: string): boolean {
  return /(?:^|[:/])sha(?:256|512)-[0-9a-f]{64,128}(?:\.[a-z]+)?$/.test(name);
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/helm/, "a Helm chart"],
  [/simplesigning|signature|\.sig$|cosign\/sigs/, "a signature"],
  [/sigstore\.bundle/, "a signature or attestation"],
  [/in-toto|dsse|attestation|cosign\/atts|\.att$/, "an attestation"],
  [/spdx|cyclonedx|syft|sbom/, "an SBOM"],
  [/wasm/, "a WebAssembly module"],
];

/** `a Helm chart (application/vnd.cncf.helm.config.v1+json)`, for people who expected an image. */
export function describeArtifact(type: string): string {
  const kind = KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? "an artifact";
  return `${kind} (${type})`;
}

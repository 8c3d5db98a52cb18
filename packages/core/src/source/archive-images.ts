import { ImgweighError } from "../errors.ts";
import type { Warning } from "../warning.ts";
import { type ArchiveContents, missing } from "./archive-contents.ts";
import { readDockerManifest } from "./docker-manifest.ts";
import type { ImageCandidate } from "./image-candidate.ts";
import { type OciImages, readOciIndex } from "./oci-index.ts";

export type ArchiveKind = "docker-archive" | "oci-archive" | "oci-layout";

/** The images of an archive, and which format it turned out to be. */
export interface ArchiveImages {
  readonly kind: ArchiveKind;
  readonly images: readonly ImageCandidate[];
  readonly warnings: readonly Warning[];
}

/**
 * The images of an archive or layout directory. Docker ≥ 25 writes both formats into one archive: the index is complete,
 * the manifest knows the tags, and they are read as one.
 *
 * @param expected the format a prefix asked for; null takes what is there
 * @throws {ImgweighError} NOT_AN_IMAGE, and what reading either format throws
 */
export async function readArchiveImages(
  contents: ArchiveContents,
  expected: ArchiveKind | null,
): Promise<ArchiveImages> {
  const docker = await readDockerManifest(contents);
  const oci = await readOciIndex(contents);
  if (expected === "docker-archive" && docker === null) throw notThat(contents, "docker-archive", "manifest.json");
  if (expected !== null && expected !== "docker-archive" && oci === null)
    throw notThat(contents, expected, "index.json");
  if (docker === null && oci === null) throw await noManifest(contents);
  const merged = merge(docker ?? [], oci?.images ?? [], contents.where);
  if (merged.images.length === 0) throw noImage(contents, oci);
  return { ...merged, kind: expected ?? (docker === null ? "oci-archive" : "docker-archive") };
}

function merge(
  docker: readonly ImageCandidate[],
  oci: readonly ImageCandidate[],
  where: string,
): { images: readonly ImageCandidate[]; warnings: readonly Warning[] } {
  const byConfig = new Map(docker.map((image) => [image.configDigest, image]));
  const images = oci.map((image) => {
    const twin = byConfig.get(image.configDigest);
    if (twin === undefined) return image;
    byConfig.delete(image.configDigest);
    if (
      twin.layers.length !== image.layers.length ||
      twin.layers.some((layer, i) => layer.key !== image.layers[i]?.key)
    ) {
      throw new ImgweighError(
        "ARCHIVE_MALFORMED",
        `${where}: manifest.json and index.json give one image different layers`,
      );
    }
    // manifest.json has whole names; annotations often only tags.
    return twin.names.length === 0 ? image : { ...image, names: twin.names };
  });
  const left = [...byConfig.values()];
  const warnings: Warning[] =
    left.length === 0 || oci.length === 0
      ? []
      : [
          {
            code: "conflicting-manifests",
            message: `manifest.json of ${where} has ${left.length} image(s) that index.json does not have`,
            layer: null,
            path: null,
          },
        ];
  return { images: [...images, ...left], warnings };
}

function notThat(contents: ArchiveContents, kind: ArchiveKind, file: string): ImgweighError {
  return new ImgweighError("NOT_AN_IMAGE", `${contents.where} is no ${kind}: it has no ${file}`, {
    hint: "leave the prefix away to have the format recognised",
  });
}

async function noManifest(contents: ArchiveContents): Promise<ImgweighError> {
  // Docker before 1.10 (2016) wrote a chain of v1 layers and no manifest.
  const ancient = (await contents.locate("repositories")) !== null;
  return new ImgweighError(
    "NOT_AN_IMAGE",
    `${contents.where} has neither manifest.json nor index.json, so it is no saved image`,
    {
      hint: ancient
        ? "it was saved by Docker before 1.10: load it into an engine and save it again"
        : "for the root file system of a container (docker export) write tar:FILE, or tar:- for stdin",
    },
  );
}

function noImage(contents: ArchiveContents, oci: OciImages | null): ImgweighError {
  if (oci !== null && oci.artifacts.length > 0) {
    return new ImgweighError(
      "NOT_AN_IMAGE",
      `${contents.where} holds an artifact (${oci.artifacts[0]}), not a container image`,
    );
  }
  if (oci !== null && oci.absent > 0) return missing("the manifest or config that its index names", contents.where);
  return new ImgweighError("NOT_AN_IMAGE", `${contents.where} lists no image`);
}

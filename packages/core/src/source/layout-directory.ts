import { readdir } from "node:fs/promises";
import { ImgweighError } from "../errors.ts";
import { DirectoryFiles } from "./directory-files.ts";
import { openContents } from "./open-contents.ts";
import { isDirectory } from "./opened-file.ts";
import { openSkopeoDirectory } from "./skopeo-directory.ts";
import type { ImageSource, RandomAccessImage, SourceContext } from "./source.ts";

/**
 * An image in a directory: an OCI image layout (image-layout.md), or what skopeo writes with `dir:`.
 *
 * @param expected the format a prefix asked for; null takes what is there
 */
export function layoutDirectory(path: string, expected: "oci-layout" | "dir" | null): ImageSource {
  return { open: (context) => openDirectory(path, expected, context) };
}

/** @throws {ImgweighError} FILE_UNREADABLE, NOT_AN_IMAGE, and what the formats throw */
async function openDirectory(
  path: string,
  expected: "oci-layout" | "dir" | null,
  context: SourceContext,
): Promise<RandomAccessImage> {
  if (!(await isDirectory(path))) {
    throw new ImgweighError("NOT_AN_IMAGE", `${path} is not a directory`, {
      hint: `a saved image in one file needs no prefix: imgweigh analyze ${path}`,
    });
  }
  const files = new DirectoryFiles(path, context.limits);
  if (expected === "dir" || (expected === null && (await isSkopeoDirectory(files))))
    return openSkopeoDirectory(files, context);
  if (expected === null && (await files.locate("index.json")) === null) throw await noLayout(path);
  return openContents(files, "oci-layout", context, {
    blobBytes: (layer) => files.blobBytes(layer),
    read: (layer, range) => files.readBlob(layer, range),
    open: (layer) => files.openBlob(layer),
    stamp: (layer) => files.stampOf(layer),
    close: async () => {},
  });
}

/** What a directory is that holds no image in a form that is read here, and how to get one of it. */
async function noLayout(path: string): Promise<ImgweighError> {
  const names = new Set(await readdir(path).catch(() => []));
  const has = (...all: string[]): boolean => all.some((name) => names.has(name));
  const [what, hint] = has("io.containerd.content.v1.content", "io.containerd.metadata.v1.bolt", "ingest")
    ? [
        "containerd's store",
        "export one of its images: ctr images export image.tar NAME, then imgweigh analyze image.tar",
      ]
    : has("overlay-images", "vfs-images", "btrfs-images", "zfs-images", "overlay-layers", "vfs-layers")
      ? ["the store of Podman and Buildah", "name the image instead: podman:NAME, or podman save -o image.tar NAME"]
      : has("image", "buildkit") && has("containers", "volumes")
        ? ["Docker's store", "name the image instead: docker:NAME, or docker save -o image.tar NAME"]
        : has("blobs")
          ? [
              "blobs without an index",
              "an OCI layout has an index.json beside blobs/: copy the image again, for example with skopeo copy",
            ]
          : ["a plain directory", `to weigh it as a root file system: tar -C ${path} -c . | imgweigh analyze tar:-`];
  return new ImgweighError("NOT_AN_IMAGE", `${path} is ${what}, not a saved image`, { hint });
}

/** skopeo's `dir:` has a `version` file beside its manifest, and no index. */
async function isSkopeoDirectory(files: DirectoryFiles): Promise<boolean> {
  return (await files.locate("index.json")) === null && (await files.locate("manifest.json")) !== null;
}

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
      hint: "a saved image in one file needs no prefix",
    });
  }
  const files = new DirectoryFiles(path, context.limits);
  if (expected === "dir" || (expected === null && (await isSkopeoDirectory(files))))
    return openSkopeoDirectory(files, context);
  return openContents(files, "oci-layout", context, {
    blobBytes: (layer) => files.blobBytes(layer),
    read: (layer, range) => files.readBlob(layer, range),
    open: (layer) => files.openBlob(layer),
    stamp: (layer) => files.stampOf(layer),
    close: async () => {},
  });
}

/** skopeo's `dir:` has a `version` file beside its manifest, and no index. */
async function isSkopeoDirectory(files: DirectoryFiles): Promise<boolean> {
  return (await files.locate("index.json")) === null && (await files.locate("manifest.json")) !== null;
}

import { type Descriptor, readDescriptor } from "./descriptor.ts";
import { asList, type JsonObject } from "./json.ts";

/** An image index (image-spec image-index.md) or Docker's manifest list. @throws {ImgweighError} ARCHIVE_MALFORMED */
export function readImageIndex(object: JsonObject, where: string): readonly Descriptor[] {
  return asList(object["manifests"], `the manifests of ${where}`).map((manifest, i) =>
    readDescriptor(manifest, `manifest ${i} of ${where}`),
  );
}

const NAME_ANNOTATIONS = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];

/** The name that an index gives an image: containerd's full reference, else the `ref.name` (often only a tag). */
export function annotatedName(descriptor: Descriptor): string | null {
  for (const key of NAME_ANNOTATIONS) {
    const name = descriptor.annotations.get(key);
    if (name) return name;
  }
  return null;
}

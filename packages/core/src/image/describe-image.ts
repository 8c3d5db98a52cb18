import type { ImageDescription, ImageSource } from "../source/source.ts";
import { type OpenOptions, withSource } from "./source-scope.ts";

/**
 * Everything about an image but its layers' contents. A stream has to flow past for that, but nothing of it is inflated.
 *
 * @throws {ImgweighError} as opening the source does; on an abort `signal.reason` itself
 */
export function describeImage(source: ImageSource, options: OpenOptions = {}): Promise<ImageDescription> {
  return withSource(source, options, async (opened) => {
    if (opened.shape === "random-access") return opened.description;
    for await (const _blob of opened.blobs()) {
      // Left unread.
    }
    return opened.describe();
  });
}

import type { ImageDescription, ImageSource, OpenSource } from "../source/source.ts";
import { type OpenOptions, withSource } from "./source-scope.ts";

/**
 * Everything about an image but its layers' contents. A stream has to flow past for that, but nothing of it is inflated.
 *
 * @throws {ImgweighError} as opening the source does; on an abort `signal.reason` itself
 */
export async function describeImage(source: ImageSource, options: OpenOptions = {}): Promise<ImageDescription> {
  return (await describePlatforms(source, options, false))[0];
}

/**
 * The same, with the image for all other platforms that the source has of it behind the first, if they are asked for.
 *
 * @throws {ImgweighError} as {@link describeImage}
 */
export function describePlatforms(
  source: ImageSource,
  options: OpenOptions,
  allPlatforms: boolean,
): Promise<readonly [ImageDescription, ...ImageDescription[]]> {
  const describe = async (opened: OpenSource): Promise<readonly [ImageDescription, ...ImageDescription[]]> => {
    if (opened.shape === "random-access") return [opened.description, ...(opened.siblings ?? [])];
    for await (const _blob of opened.blobs()) {
      // Left unread.
    }
    const description = await opened.describe();
    return [description, ...(allPlatforms ? ((await opened.siblings?.()) ?? []) : [])];
  };
  return withSource(source, options, describe, allPlatforms);
}

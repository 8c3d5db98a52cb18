import { type CacheOptions, openCache } from "../cache/open-cache.ts";
import type { BlobStream, ImageDescription, ImageSource, OpenSource, SourceContext } from "../source/source.ts";
import { recallDescription } from "./recall-layers.ts";
import { type OpenOptions, withSource } from "./source-scope.ts";

/** How a source is asked for its manifest and config. */
export interface DescribeOptions extends OpenOptions {
  /** Whether descriptions that a stream had to flow for are kept for the next time, and where; not unless asked for. */
  readonly cache?: boolean | CacheOptions | undefined;
  /** true looks none up, false keeps none. */
  readonly verify?: boolean | undefined;
}

type Descriptions = readonly [ImageDescription, ...ImageDescription[]];

/**
 * Everything about an image but its layers' contents. A stream has to flow past for that, but nothing of it is inflated.
 *
 * @throws {ImgweighError} as opening the source does; on an abort `signal.reason` itself
 */
export async function describeImage(source: ImageSource, options: DescribeOptions = {}): Promise<ImageDescription> {
  return (await describePlatforms(source, options, false))[0];
}

/**
 * The same, with the image for all other platforms that the source has of it behind the first, if they are asked for.
 *
 * @throws {ImgweighError} as {@link describeImage}
 */
export function describePlatforms(
  source: ImageSource,
  options: DescribeOptions,
  allPlatforms: boolean,
): Promise<Descriptions> {
  const describe = async (opened: OpenSource, context: SourceContext): Promise<Descriptions> => {
    if (opened.shape === "random-access") return [opened.description, ...(opened.siblings ?? [])];
    if (!allPlatforms) return [await describeStream(opened, options, context)];
    return [await flow(opened), ...((await opened.siblings?.()) ?? [])];
  };
  return withSource(source, options, describe, allPlatforms);
}

async function flow(stream: BlobStream): Promise<ImageDescription> {
  for await (const _blob of stream.blobs()) {
    // Left unread.
  }
  return stream.describe();
}

async function describeStream(
  stream: BlobStream,
  options: DescribeOptions,
  { limits, onProgress }: SourceContext,
): Promise<ImageDescription> {
  const cache = openCache(options.cache, { captures: [], extractors: [], limits }, options.verify, onProgress);
  if (cache === null) return flow(stream);
  try {
    return await recallDescription(stream, cache, () => flow(stream));
  } finally {
    await cache.settle();
  }
}

import type { ImageSource } from "./source.ts";

/**
 * A source whose code is loaded when it is opened. What speaks to engines and registries takes longer to load than the
 * layers of an image take to come out of the cache.
 */
export function loadedSource(load: () => Promise<ImageSource>): ImageSource {
  return { open: async (context) => (await load()).open(context) };
}

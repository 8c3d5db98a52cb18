import { rm } from "node:fs/promises";
import { builtImages, imagesBelow } from "./built-images.ts";
import { removeShared } from "./made-once.ts";
import { CACHE, docker, hasEngine, PREFIX } from "./tools.ts";

/** Begins to build what several test files weigh; they wait for it where they need it, and tell why it is not there. */
export default function setup(): () => Promise<void> {
  const building = builtImages().catch(() => undefined);
  return async () => {
    await building;
    const ours = hasEngine ? (await imagesBelow(PREFIX)).map(({ name }) => name) : [];
    if (ours.length > 0) await docker("rmi", ...ours);
    await removeShared();
    await rm(CACHE, { recursive: true, force: true });
  };
}

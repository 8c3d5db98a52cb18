import type { ImagePath } from "../../image-path.ts";
import type { Facts } from "../facts.ts";

/** Where Go itself lies, and what it downloads: programs and sources there are no product of the build. */
const TOOLCHAIN = /^(?:usr\/(?:local|lib)\/go|(?:root|home\/[^/]+)\/sdk\/go[^/]*)\/|(?:^|\/)pkg\/(?:mod|tool)\//;

export function isGoToolchain(path: ImagePath): boolean {
  return TOOLCHAIN.test(path);
}

/** Whether the final image has a program that Go built, other than Go's own: then the build is done. */
export function hasGoProgram({ ledger: { attribution } }: Facts): boolean {
  return attribution.packages.binaries.some(({ path, facts }) => facts.goBuildInfo !== null && !isGoToolchain(path));
}

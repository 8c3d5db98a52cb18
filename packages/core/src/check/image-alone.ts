import type { Budget, ImageCheck, Origin } from "./check-config.ts";

/** A check of an image that no configuration of ours names: nothing but defaults, and the given budgets. */
export function imageAlone(image: string, budgets: readonly Budget[], origin: Origin): ImageCheck {
  return {
    name: image,
    image,
    platform: null,
    dockerfile: null,
    baseline: null,
    failOn: "error",
    budgets,
    rules: [],
    ignores: [],
    origin,
    origins: {},
  };
}

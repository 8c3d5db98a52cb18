import { measureWholeImage } from "./whole-image.mjs";

export const big = {
  name: "big",
  title: "A big image: over 1 GB, 100,000 entries, two large layers (generated)",
  measure: (bench) => measureWholeImage({ ...bench, name: "big", which: "big image" }),
};

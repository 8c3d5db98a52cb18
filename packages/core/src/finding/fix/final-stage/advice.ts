import { CATEGORIES, type Category } from "../../../category/catalogue.ts";
import type { ImagePath } from "../../../image-path.ts";
import { FATE } from "../../../tree/fate.ts";
import type { Facts } from "../../facts.ts";
import { type MainProgram, mainProgram } from "./main-program.ts";

/** What a stage of its own would do for the image. At most one of them is told. */
export type StageAdvice =
  /** The base is there to build with. */
  | { readonly kind: "toolchain-base"; readonly program: MainProgram | null; readonly toolBytes: number }
  /** The program runs on nothing at all. */
  | { readonly kind: "static-binary"; readonly program: MainProgram }
  /** The image's own steps installed what they build with. */
  | { readonly kind: "built-in-final-stage"; readonly program: MainProgram; readonly toolBytes: number }
  /** The program needs a few libraries of a large base. */
  | { readonly kind: "heavy-base"; readonly program: MainProgram };

/** A base with more build tools than this is one to build on; less comes with many a distribution. */
const TOOLCHAIN_BASE_BYTES = 20_000_000;
const OWN_TOOLCHAIN_BYTES = 1_000_000;
/** Half the size of the smallest bases of distributions with glibc; Alpine and distroless are below it. */
const HEAVY_BASE_BYTES = 30_000_000;

const TOOLS: ReadonlySet<number> = new Set(
  (["build-toolchain", "headers-static-libs"] satisfies Category[]).map((category) => CATEGORIES.indexOf(category)),
);

interface LiveBytes {
  readonly base: number;
  readonly baseTools: number;
  readonly ownTools: number;
}

function liveBytes({ ledger: { squash, attribution, image } }: Facts): LiveBytes {
  const { fates, starts } = squash;
  const { categories, base } = attribution;
  const sums = { base: 0, baseTools: 0, ownTools: 0 };
  for (const [layer, { index }] of image.layers.entries()) {
    const { sizes, count } = index.entries;
    const start = starts[layer] as number;
    let [all, tools] = [0, 0];
    for (let i = 0; i < count; i++) {
      if (fates[start + i] !== FATE.live) continue;
      all += sizes[i] as number;
      if (TOOLS.has(categories[start + i] as number)) tools += sizes[i] as number;
    }
    if (layer < base.layers) {
      sums.base += all;
      sums.baseTools += tools;
    } else sums.ownTools += tools;
  }
  return sums;
}

/** Images that have been through it already, such as distroless ones, have no shell. */
function hasShell({ needs }: Facts): boolean {
  return (["bin/sh", "usr/bin/sh", "busybox/sh"] satisfies ImagePath[]).some(
    (path) => needs.files.locate(path) !== null,
  );
}

export function stageAdvice(facts: Facts): StageAdvice | null {
  if (!hasShell(facts)) return null;
  const bytes = liveBytes(facts);
  const program = mainProgram(facts);
  if (bytes.baseTools >= TOOLCHAIN_BASE_BYTES) return { kind: "toolchain-base", program, toolBytes: bytes.baseTools };
  if (program === null) return null;
  const builds = bytes.ownTools >= OWN_TOOLCHAIN_BYTES;
  const base = facts.ledger.attribution.base;
  if (program.kind === "static" && (program.blockers.length === 0 || !builds))
    return { kind: "static-binary", program };
  if (builds && base.layers > 0 && base.name !== null)
    return { kind: "built-in-final-stage", program, toolBytes: bytes.ownTools };
  return bytes.base >= HEAVY_BASE_BYTES ? { kind: "heavy-base", program } : null;
}

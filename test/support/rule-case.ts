import { expect, test } from "vitest";
import { loadImage } from "../../packages/core/src/analyze.ts";
import { readBuild } from "../../packages/core/src/build/read-build.ts";
import { findWaste, type Waste } from "../../packages/core/src/finding/find-waste.ts";
import type { Finding } from "../../packages/core/src/finding/finding.ts";
import { type Ledger, weigh } from "../../packages/core/src/ledger/ledger.ts";
import { resolveSource } from "../../packages/core/src/source/resolve-source.ts";
import { buildImage, type HistorySpec, type LayerSpec, ociFiles, packFiles } from "./image-builder.ts";

/** An image as far as rules look at it. `RUN …` is what a history entry of the classic builder would record as `/bin/sh -c …`. */
export interface CaseImage {
  readonly layers: readonly (Omit<LayerSpec, "createdBy"> & {
    /** The instruction that made the layer, as a Dockerfile has it. */
    readonly by?: string;
  })[];
  /** Layers of the base, from the bottom; 0 where absent. */
  readonly base?: number;
  /** The Dockerfile that it was built from, if that is given. */
  readonly dockerfile?: string;
  /** Merged over the config. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** What a rule is shown to do: by images made in code, each weighed by imgweigh itself. */
export interface RuleCase {
  readonly rule: string;
  /** Has the waste. */
  readonly fires: CaseImage;
  /** What building without the waste gives: the second build that the finding's bytes are checked against. Absent for rules that save nothing. */
  readonly fixed?: CaseImage;
  /** Looks much like it, and is none. */
  readonly nearMiss: CaseImage;
  /** Further claims about the rule's findings on `fires`. */
  readonly also?: (findings: readonly Finding[], waste: Waste) => void;
}

/** The history entry of the classic builder for an instruction. */
function historyOf({ by }: CaseImage["layers"][number]): HistorySpec {
  if (by === undefined) return {};
  if (by.startsWith("RUN ")) return { created_by: `/bin/sh -c ${by.slice("RUN ".length)}` };
  return { created_by: `/bin/sh -c #(nop) ${by}` };
}

/** What a layer stores anew has its time, unless it has one of its own: as files from a package or a context have. */
function atItsTime(layer: CaseImage["layers"][number], index: number): LayerSpec {
  const mtime = 1_700_000_000 + 60 * index;
  const { entries = [] } = layer;
  return { ...layer, entries: entries.map((entry) => (entry instanceof Uint8Array ? entry : { mtime, ...entry })) };
}

/** The ledger of an image made in code. */
export async function ledgerOf({ layers, base = 0, config }: CaseImage): Promise<Ledger> {
  const built = buildImage({
    names: ["case:1"],
    layers: layers.map(atItsTime),
    history: layers.map(historyOf),
    ...(config === undefined ? {} : { config }),
  });
  const bytes = packFiles(ociFiles([built]));
  const image = await loadImage(resolveSource("-", { stdin: [bytes] }));
  const diffIds = image.description.config.diffIds.slice(0, base);
  return weigh(image, base === 0 ? {} : { base: { name: "the base", diffIds } });
}

/** Everything that is found in an image made in code. */
export async function wasteOf(image: CaseImage): Promise<Waste> {
  const ledger = await ledgerOf(image);
  const dockerfile = image.dockerfile === undefined ? undefined : { name: "Dockerfile", text: image.dockerfile };
  return findWaste(ledger, await readBuild(ledger, dockerfile));
}

/** What a rule finds there. */
async function findingsOf(rule: string, image: CaseImage): Promise<{ findings: Finding[]; waste: Waste }> {
  const waste = await wasteOf(image);
  return { findings: waste.findings.filter((finding) => finding.rule === rule), waste };
}

/** Registers the tests of a rule. */
export function testRule({ rule, fires, fixed, nearMiss, also }: RuleCase): void {
  test(`${rule}: fires, and saves what a build without it weighs less`, async () => {
    const { findings, waste } = await findingsOf(rule, fires);
    expect(findings.length, "findings").toBeGreaterThan(0);
    if (fixed !== undefined) {
      const [before, after] = [await ledgerOf(fires), await ledgerOf(fixed)];
      const saved = findings.reduce((sum, { bytes }) => sum + bytes.content, 0);
      expect(saved, "content bytes saved").toBe(before.contentBytes - after.contentBytes);
      expect(saved).toBeGreaterThan(0);
    }
    for (const { title, fix } of findings) {
      expect(title).not.toBe("");
      expect(fix.text).not.toBe("");
    }
    also?.(findings, waste);
  });

  test(`${rule}: says nothing of what only looks like it`, async () => {
    const { findings } = await findingsOf(rule, nearMiss);
    expect(findings).toEqual([]);
  });
}

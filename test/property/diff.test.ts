import { type Analysis, type Diff, diff, findWaste, readBuild, type Snapshot, summarize, weigh } from "@imgweigh/core";
import { parseSnapshot, slimSnapshot } from "@imgweigh/core/config";
import { takeSnapshot } from "@imgweigh/core/ledger";
import { formatBaseline, formatJson, limitLists } from "@imgweigh/core/report";
import type { Weight } from "@imgweigh/core/results";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compress } from "../support/image-builder.ts";
import { imageOfBlobs } from "../support/layers.ts";
import { tarBytes } from "../support/tar-bytes.ts";
import { anyImage, entriesOf, type LayerSteps } from "./arbitrary-images.ts";

const RUNS = { numRuns: 60 };
const COLUMNS = ["contentBytes", "liveBytes", "wastedBytes", "blobBytes"] as const;

interface Taken {
  readonly analysis: Analysis;
  readonly snapshot: Snapshot;
}

/** An image as a program sees it that analyses it. */
async function take(layers: readonly LayerSteps[], compressed: boolean): Promise<Taken> {
  const tars = layers.map((steps) => tarBytes(entriesOf(steps)));
  const image = await imageOfBlobs(...(compressed ? tars.map((tar) => compress(tar, "gzip")) : tars));
  const ledger = weigh(image);
  const build = await readBuild(ledger);
  const analysis = summarize(ledger, findWaste(ledger, build), build);
  return { analysis, snapshot: takeSnapshot(ledger, analysis) };
}

/** Two images that share layers, as builds of one Dockerfile do. */
const anyPair = fc
  .tuple(anyImage, anyImage, fc.nat({ max: 4 }), fc.nat({ max: 4 }))
  .map(([base, other, shared, from]) => ({
    base,
    head: [...base.slice(0, shared), ...other.slice(from)],
  }))
  .filter(({ head }) => head.length > 0);

/** The same image as it is remembered in other ways: slim, and out of an analysis whose lists were cut. */
function remembered({ analysis, snapshot }: Taken): Snapshot[] {
  return [
    snapshot,
    slimSnapshot(snapshot),
    { ...slimSnapshot(snapshot), files: snapshot.files.filter(({ contentBytes }) => contentBytes > 3), filesFrom: 4 },
    ...[0, 1, 3, 1000].map((limit) => parseSnapshot(formatJson(limitLists(analysis, limit)))),
  ];
}

function totals({ sizes, waste }: Snapshot): Weight {
  return { ...sizes, liveBytes: sizes.rootfsBytes, wastedBytes: waste.bytes };
}

function expectSums(result: Diff, base: Snapshot, head: Snapshot): void {
  const [before, after] = [totals(base), totals(head)];
  for (const [name, rows] of Object.entries({ ...result.groups, layers: result.layers })) {
    const changes = (rows as Diff["groups"]["path"]).flatMap(({ change }) => (change === null ? [] : [change]));
    for (const column of COLUMNS) {
      const whole = (after[column] ?? Number.NaN) - (before[column] ?? Number.NaN);
      const isKnown = !Number.isNaN(whole) && changes.every((change) => change[column] !== null);
      if (column !== "blobBytes") expect(isKnown, name).toBe(true);
      if (!isKnown) continue;
      const sum = changes.reduce((total, change) => total + (change[column] ?? 0), 0);
      expect(sum, `${name} ${column}`).toBe(
        changes.length === 0 && name === "path" && column === "blobBytes" ? sum : whole,
      );
    }
  }
}

describe("for any two images", () => {
  it("the changes of every grouping sum to head minus base, whatever is remembered of either", () =>
    fc.assert(
      fc.asyncProperty(anyPair, fc.boolean(), async ({ base, head }, compressed) => {
        const [before, after] = [await take(base, compressed), await take(head, compressed)];
        for (const one of remembered(before))
          for (const other of remembered(after)) expectSums(diff(one, other), one, other);
      }),
      { numRuns: 40 },
    ));

  it("blob bytes of every grouping sum too, where every path is known", () =>
    fc.assert(
      fc.asyncProperty(anyPair, async ({ base, head }) => {
        const [before, after] = [(await take(base, true)).snapshot, (await take(head, true)).snapshot];
        const { groups } = diff(before, slimSnapshot(after));
        for (const [name, rows] of Object.entries(groups)) {
          const sum = rows.reduce(
            (total, { change }) => total + (change === null ? 0 : (change.blobBytes ?? Number.NaN)),
            0,
          );
          expect(sum, name).toBe((after.sizes.blobBytes ?? 0) - (before.sizes.blobBytes ?? 0));
        }
      }),
      RUNS,
    ));

  it("one compared with itself, however remembered, has not changed", () =>
    fc.assert(
      fc.asyncProperty(anyImage, fc.boolean(), async (layers, compressed) => {
        const taken = await take(layers, compressed);
        for (const one of remembered(taken)) {
          for (const other of remembered(taken)) {
            const { groups, packages, moves, findings, change } = diff(one, other);
            expect(Object.values(groups).flat()).toEqual([]);
            expect([packages, moves, findings.new, findings.fixed]).toEqual([[], [], [], []]);
            expect(Object.values(change).filter((bytes) => bytes !== null && bytes !== 0)).toEqual([]);
          }
        }
      }),
      { numRuns: 40 },
    ));

  it("the way back is the same with its signs turned", () =>
    fc.assert(
      fc.asyncProperty(anyPair, fc.boolean(), async ({ base, head }, slim) => {
        const [before, after] = [(await take(base, true)).snapshot, (await take(head, true)).snapshot];
        const one = slim
          ? { ...before, files: before.files.filter((file) => file.contentBytes > 3), filesFrom: 4 }
          : before;
        const [there, back] = [diff(one, after), diff(after, one)];
        for (const name of ["package", "category", "directory", "base", "path", "instruction"] as const) {
          const turned = there.groups[name].map(({ key, base: from, head: to, change }) => ({
            key,
            base: to,
            head: from,
            change: change === null ? null : COLUMNS.map((column) => 0 - (change[column] ?? Number.NaN)),
          }));
          const rows = back.groups[name].map(({ key, base: from, head: to, change }) => ({
            key,
            base: from,
            head: to,
            change:
              change === null ? null : COLUMNS.map((column) => change[column] ?? Number.NaN).map((bytes) => bytes + 0),
          }));
          expect(turned).toEqual(rows);
        }
        const files = (moves: Diff["moves"]): number => moves.reduce((sum, move) => sum + move.bytes, 0);
        expect(files(there.moves)).toBe(files(back.moves));
      }),
      RUNS,
    ));

  it("no path moves twice, and what moves left and came", () =>
    fc.assert(
      fc.asyncProperty(anyPair, async ({ base, head }) => {
        const [before, after] = [(await take(base, false)).snapshot, (await take(head, false)).snapshot];
        const live = ({ files }: Snapshot) =>
          new Map(
            files
              .filter(({ hash }) => hash !== null)
              .map(({ path, pathBase64, hash }) => [
                path + (pathBase64 === undefined ? "" : ` [base64 ${pathBase64}]`),
                hash,
              ]),
          );
        const [from, to] = [live(before), live(after)];
        const { moves } = diff(before, after);
        const sources = moves.flatMap((move) =>
          move.from.endsWith("/") ? [...from.keys()].filter((path) => path.startsWith(move.from)) : [move.from],
        );
        const targets = moves.flatMap((move) =>
          move.from.endsWith("/")
            ? [...from.keys()]
                .filter((path) => path.startsWith(move.from))
                .map((path) => move.to + path.slice(move.from.length))
            : [move.to],
        );
        expect(new Set(sources).size).toBe(sources.length);
        expect(new Set(targets).size).toBe(targets.length);
        sources.forEach((path, i) => {
          const target = targets[i] as string;
          expect(from.get(path)).toBe(to.get(target));
          expect(from.get(path)).toBeDefined();
          expect(to.has(path)).toBe(false);
          expect(from.has(target)).toBe(false);
        });
        for (const move of moves)
          expect(move.files).toBe(
            move.from.endsWith("/") ? [...from.keys()].filter((path) => path.startsWith(move.from)).length : 1,
          );
      }),
      { numRuns: 100 },
    ));

  it("a baseline file says what the snapshot did", () =>
    fc.assert(
      fc.asyncProperty(anyImage, fc.boolean(), async (layers, compressed) => {
        const { snapshot } = await take(layers, compressed);
        for (const one of [snapshot, slimSnapshot(snapshot)]) {
          const text = formatBaseline(one);
          expect(parseSnapshot(text)).toEqual(one);
          expect(formatBaseline(parseSnapshot(text))).toBe(text);
        }
      }),
      RUNS,
    ));
});

import { expect, test } from "vitest";
import { readBuild } from "../../../packages/core/src/build/read-build.ts";
import { findWaste } from "../../../packages/core/src/finding/find-waste.ts";
import type { EntryColumns } from "../../../packages/core/src/layer/layer-index.ts";
import { weigh } from "../../../packages/core/src/ledger/ledger.ts";
import { type CaseImage, ledgerOf } from "../../support/rule-case.ts";
import { file, type TarEntry } from "../../support/tar-bytes.ts";

/** How often rules look at a column of entries: most of them do so for each entry. */
async function columnsRead(image: CaseImage): Promise<number> {
  const { image: loaded } = await ledgerOf(image);
  let reads = 0;
  const counting = (entries: EntryColumns): EntryColumns =>
    new Proxy(entries, {
      get: (columns, name) => {
        reads++;
        return Reflect.get(columns, name);
      },
    });
  const layers = loaded.layers.map((layer) => {
    const { index } = layer;
    return { ...layer, index: { ...index, entries: counting(index.entries) } };
  });
  const ledger = weigh({ ...loaded, layers });
  const build = await readBuild(ledger);
  reads = 0;
  const { findings } = findWaste(ledger, build);
  expect(findings.length).toBeGreaterThan(0);
  return reads;
}

const text = (path: string): TarEntry => file(path, `${path}\n`.repeat(10));

/** Each COPY brings files that the next one's layer removes. */
function copiesOfCopies(count: number): CaseImage {
  const layers = Array.from({ length: count }, (_, layer) => ({
    by: `COPY part-${layer} /srv/`,
    entries: [
      ...Array.from({ length: 6 }, (_, i) => text(`srv/layer-${layer}/file-${i}`)),
      ...(layer === 0 ? [] : [file(`srv/layer-${layer - 1}/.wh.file-0`, "")]),
    ],
  }));
  return { layers };
}

/** Files that one step copies and the next deletes one by one, on a base with as many. */
function deletedOneByOne(count: number): CaseImage {
  const names = Array.from({ length: count }, (_, i) => `file-${i}`);
  return {
    base: 1,
    layers: [
      { entries: names.map((name) => text(`usr/share/${name}`)) },
      { by: "COPY input /srv/input/", entries: names.map((name) => text(`srv/input/${name}`)) },
      { by: "RUN rm -f /srv/input/*", entries: names.map((name) => file(`srv/input/.wh.${name}`, "")) },
    ],
  };
}

test.each([
  ["layers", copiesOfCopies, 40],
  ["whiteouts", deletedOneByOne, 300],
])("twice as many %s, no more than twice as many reads of entries", async (_, imageOf, count) => {
  const [few, many] = [await columnsRead(imageOf(count)), await columnsRead(imageOf(2 * count))];
  expect(few).toBeGreaterThan(count);
  expect(many).toBeLessThan(2.3 * few);
});

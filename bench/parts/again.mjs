import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { interleave } from "../measuring/interleave.mjs";
import { prepareAll } from "../measuring/prepare.mjs";
import { weighing } from "../measuring/program.mjs";
import { goal } from "../report/goals.mjs";
import { assertComplete, printMeasured } from "../report/table.mjs";

const SIZES = [
  { image: "again 20000", entries: "20,000 entries, 1.5 GB", limitMs: 250 },
  { image: "again 265000", entries: "265,000 entries, 0.5 GB", limitMs: 1500 },
];

/** The first time, with an empty cache, and from then on. */
async function contestantsOf({ image, entries }, { images, folder }) {
  const target = `oci-layout:${await images.layout(image, "gzip")}`;
  const cache = join(folder, `cache ${image}`);
  const empty = async () => {
    await rm(cache, { recursive: true, force: true });
    await mkdir(cache);
  };
  const once = { runs: 1, before: empty };
  const first = await weighing({ name: `${entries}: empty cache`, target, cache, folder, ...once });
  return [first, { ...first, name: `${entries}: all layers cached`, runs: undefined, before: undefined }];
}

async function measure(bench) {
  const { runs, folder, images } = bench;
  const contestants = (await prepareAll(SIZES, (size) => contestantsOf(size, bench))).flat();
  const results = await interleave(contestants, { runs, folder });
  assertComplete(
    results,
    contestants.map(({ name }) => name),
  );
  const goals = SIZES.map(({ entries, limitMs }) => {
    const row = `${entries}: all layers cached`;
    const { seconds } = results.find(({ name }) => name === row);
    return goal({ what: row, row, limit: limitMs, unit: "ms", measured: seconds * 1000 });
  });
  for (const { image } of SIZES) await images.drop(image);
  return { text: printMeasured(results, goals), goals };
}

export const again = { name: "again", title: "All layers cached (OCI layout, gzip)", measure };

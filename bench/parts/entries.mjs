import { interleave } from "../measuring/interleave.mjs";
import { prepareAll } from "../measuring/prepare.mjs";
import { weighing } from "../measuring/program.mjs";
import { goal } from "../report/goals.mjs";
import { assertComplete, count, printMeasured } from "../report/table.mjs";

const COUNTS = [100_000, 300_000, 1_000_000, 1_300_000];
const nameOf = (entries) => `${count(entries)} entries`;

/** The reason why there is no figure, or the figure. */
const orReason = (value) => (value === null || Number.isNaN(value) ? "GNU time is not installed" : value);

async function measure({ runs, folder, images, scale }) {
  const contestants = await prepareAll(COUNTS, async (entries) => {
    const target = `docker-archive:${await images.archive(`entries ${entries}`)}`;
    return weighing({ name: nameOf(entries), target, folder });
  });
  const results = await interleave(contestants, { runs, folder });
  assertComplete(results, COUNTS.map(nameOf));
  const of = (entries) => results[COUNTS.indexOf(entries)];
  const [few, more] = [of(300_000), of(1_300_000)];
  const slope = few.peakBytes === null ? null : (more.peakBytes - few.peakBytes) / (1_000_000 / scale);
  const perEntry = (entries) => of(entries).seconds / entries;
  const goals = [
    goal({
      what: "peak memory at 300,000 entries",
      row: nameOf(300_000),
      limit: 300e6,
      unit: "MB",
      measured: orReason(few.peakBytes),
    }),
    goal({
      what: "memory of each further entry, its name included",
      row: nameOf(1_300_000),
      limit: 320,
      unit: "bytes",
      measured: orReason(slope),
    }),
    goal({
      what: "time per entry at 1,000,000",
      row: nameOf(1_000_000),
      limit: 1.15,
      unit: "×",
      of: "that at 100,000",
      measured: perEntry(1_000_000) / perEntry(100_000),
    }),
  ];
  for (const entries of COUNTS) await images.drop(`entries ${entries}`);
  return { text: printMeasured(results, goals), goals };
}

export const entries = {
  name: "entries",
  title: "Time and memory by the number of entries (docker-archive, three layers, small files)",
  measure,
};

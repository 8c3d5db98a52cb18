import process from "node:process";
import { SHAPES } from "../images/curve-shapes.mjs";
import { interleave } from "../measuring/interleave.mjs";
import { prepareAll } from "../measuring/prepare.mjs";
import { weighing } from "../measuring/program.mjs";
import { assertComplete, count, mebibytes, printTable, seconds } from "../report/table.mjs";

/** Above this, twice as many cost more than twice as much, start-up left out: chance and caches are below it. */
const LIMIT = 2.5;

async function contestantsOf(shape, { images, folder, tiny }) {
  const sizes = tiny ? [shape.n] : [shape.n / 4, shape.n / 2, shape.n];
  return prepareAll(sizes, async (n) => {
    const name = `${shape.name} ${n}`;
    return weighing({ name, target: `docker-archive:${await images.archive(name)}`, folder });
  });
}

/** Processor time hardly depends on what else the machine does; wall time stands in where nobody tells it. */
const timeOf = ({ cpuSeconds, seconds: wall }) => cpuSeconds ?? wall;

function doublingOf(beyond) {
  const [half, whole] = beyond.slice(-2);
  if (!(half > 0) || whole === undefined) return "-";
  const doubling = `${(whole / half).toFixed(1)} ×`;
  return whole > LIMIT * half ? `${doubling}: not linear` : doubling;
}

/** `results` are of ascending counts, each twice the one before, up to all of them. */
function rowOf(shape, results, start) {
  const beyond = results.map((result) => Math.max(0, timeOf(result) - timeOf(start)));
  const perItem = beyond.map((value, i) => ((value / shape.n) * 2 ** (beyond.length - 1 - i) * 1e6).toFixed(1));
  const walls = results.map((result) => seconds(result.seconds)).join(" · ");
  const peaks = results.map((result) => mebibytes(result.peakBytes)).join(" · ");
  const each = `${perItem.join(" · ")} µs / ${shape.item}`;
  return [`${count(shape.n)} × ${shape.name}`, walls, each, doublingOf(beyond), peaks];
}

/** The curves are short and many: three runs of each tell enough. */
const RUNS = 3;

async function measure(bench) {
  const { folder, images, curve } = bench;
  const runs = Math.min(bench.runs, RUNS);
  const tiny = await weighing({ name: "start", target: `docker-archive:${await images.archive("tiny")}`, folder });
  const [start] = await interleave([tiny], { runs, folder });
  const rows = [];
  for (const shape of SHAPES.filter(({ name }) => name.includes(curve))) {
    const contestants = await contestantsOf(shape, bench);
    const results = await interleave(contestants, { runs, folder });
    assertComplete(
      results,
      contestants.map(({ name }) => name),
    );
    rows.push(rowOf(shape, results, start));
    process.stderr.write(` ${shape.name},`);
    for (const { name } of contestants) await images.drop(name);
  }
  const head = [
    "n",
    "s at n/4 · n/2 · n",
    "processor time beyond the start-up",
    "from n/2 to n",
    "peak MiB at n/4 · n/2 · n",
  ];
  const intro = `Linear is 2 × from n/2 to n. An image of one file takes ${seconds(start.seconds)} s.\n`;
  return { text: `${intro}\n${printTable(head, rows)}`, goals: [] };
}

export const curves = { name: "curves", title: "Is it linear?", measure };

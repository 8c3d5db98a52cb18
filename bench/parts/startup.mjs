import process from "node:process";
import { interleave } from "../measuring/interleave.mjs";
import { PROGRAM } from "../measuring/program.mjs";
import { goal, ratioGoal } from "../report/goals.mjs";
import { assertComplete, printMeasured } from "../report/table.mjs";

const CORE = new URL("../../packages/core/dist/index.js", import.meta.url).href;
const NOTHING = "node -e 0";
const VERSION = "imgweigh --version";
const IMPORT = "node, importing the core";

const CONTESTANTS = [
  { name: NOTHING, command: [process.execPath, "-e", "0"] },
  { name: VERSION, command: [process.execPath, PROGRAM, "--version"] },
  { name: IMPORT, command: [process.execPath, "--input-type=module", "-e", `import ${JSON.stringify(CORE)};`] },
];

/** Short runs: more of them for the same certainty. */
const TIMES_AS_MANY = 4;

async function measure({ runs, folder }) {
  const results = await interleave(CONTESTANTS, { runs: runs * TIMES_AS_MANY, folder });
  assertComplete(
    results,
    CONTESTANTS.map(({ name }) => name),
  );
  const [nothing, , imported] = results;
  const goals = [
    ratioGoal(results, { what: "start-up", row: VERSION, of: NOTHING, limit: 2 }),
    goal({
      what: "import of the core, beyond node -e 0",
      row: IMPORT,
      limit: 100,
      unit: "ms",
      measured: (imported.seconds - nothing.seconds) * 1000,
    }),
  ];
  return { text: printMeasured(results, goals), goals };
}

export const startup = { name: "startup", title: "Starting up", measure };

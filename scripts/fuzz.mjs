// Inputs made at random, of all kinds that a stranger may give: nothing but a result or an error of our own may come of
// them, in bounded time and memory, and all that holds for results holds for these.
//
//   pnpm fuzz                        100,000 executions from a seed of the clock
//   pnpm fuzz --seed 7 --runs 20000  the same each time
//   pnpm fuzz --seconds 600          as many as come in ten minutes
//   pnpm fuzz --part layers          one kind of input
//   pnpm fuzz --part layers --seed S --runs 1   one execution, as a failure names it
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000_007) },
    runs: { type: "string" },
    seconds: { type: "string" },
    part: { type: "string" },
  },
});
const options = {
  seed: Number(values.seed),
  runs: Number(values.runs ?? (values.seconds === undefined ? 100_000 : Number.MAX_SAFE_INTEGER)),
  seconds: Number(values.seconds ?? Number.MAX_SAFE_INTEGER),
  part: values.part ?? null,
};
/** An execution that says nothing for so long hangs: it is ended from outside. */
const HANGS_MS = 60_000;

// In the program's package, where it finds the core and its own version.
const built = mkdtempSync(join(root, "packages/cli/.fuzz-"));
try {
  process.exitCode = await main();
} finally {
  rmSync(built, { recursive: true, force: true });
}

async function main() {
  const bundle = await rolldown({
    input: { main: join(root, "test/fuzz/main.ts") },
    platform: "node",
    tsconfig: false,
    // The program takes the core as it is built, threads included; optional natives are not there.
    external: ["@imgweigh/core", "cpu-features", /\.node$/],
    logLevel: "silent",
  });
  await bundle.write({ dir: built, format: "esm", entryFileNames: "[name].mjs", chunkFileNames: "[name].mjs" });
  await bundle.close();
  console.log(`seed ${options.seed}`);
  const schema = new URL("../packages/core/schema/analysis.v1.json", import.meta.url).href;
  const child = fork(join(built, "main.mjs"), [JSON.stringify(options)], {
    env: { ...process.env, IMGWEIGH_FUZZ_SCHEMA: schema },
  });
  let last = { part: "", seed: 0 };
  let since = Date.now();
  child.on("message", (message) => {
    last = message;
    since = Date.now();
  });
  const look = setInterval(() => {
    if (Date.now() - since < HANGS_MS) return;
    console.log(`HANGS --part ${last.part} --seed ${last.seed} --runs 1`);
    child.kill("SIGKILL");
  }, 1000);
  const code = await new Promise((resolve) => child.once("exit", (status) => resolve(status ?? 1)));
  clearInterval(look);
  return code;
}

// Everything that `pnpm test` runs, under other Nodes, and both zstd decoders against each other. All of it takes
// minutes for each Node; the gate runs a part.
//
//   pnpm matrix              Node 22, 24 and 26
//   pnpm matrix 24           one of them
//   pnpm matrix 24 test/unit only some tests
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const words = process.argv.slice(2);
const majors = words.filter((word) => /^\d+$/.test(word));
const tests = words.filter((word) => !/^\d+$/.test(word));

/** A Node program of a major version, from the registry. */
function nodeOf(major) {
  const { status, stdout, stderr } = spawnSync("npx", ["-y", `node@${major}`, "-p", "process.execPath"], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`no Node ${major}: ${stderr}`);
  return stdout.trim();
}

function run(node, args) {
  return spawnSync(node, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] }).status === 0;
}

const nodes = (majors.length > 0 ? majors : ["22", "24", "26"]).map(nodeOf);
const failed = [];
for (const node of nodes) {
  const { stdout: version } = spawnSync(node, ["--version"], { encoding: "utf8" });
  console.log(`\n== Node ${version.trim()}`);
  if (!run(node, [vitest, "run", ...tests])) failed.push(`tests under Node ${version.trim()}`);
}
console.log("\n== decoders");
if (!run(process.execPath, ["test/matrix/decoders.mjs", process.execPath, ...nodes])) failed.push("decoders");
for (const what of failed) console.log(`failed: ${what}`);
process.exitCode = failed.length > 0 ? 1 : 0;

// Installs the TypeScript peer into a folder of its own, and lets it scan a docker-archive.
//
//   node bench/peers/snyk-docker-plugin.mjs FOLDER           installs it, with npm
//   node bench/peers/snyk-docker-plugin.mjs FOLDER ARCHIVE   scans; prints how many packages it found
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const VERSION = "9.20.2";
/** It asks for a version of shescape that is not in every registry; this one is. */
const SHESCAPE = "2.1.12";

function install(folder) {
  if (existsSync(join(folder, "node_modules/snyk-docker-plugin/dist/index.js"))) return 0;
  mkdirSync(folder, { recursive: true });
  const dependencies = { "snyk-docker-plugin": VERSION };
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, dependencies, overrides: { shescape: SHESCAPE } }),
  );
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  return spawnSync("npm", args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] }).status ?? 1;
}

async function scan(folder, archive) {
  const plugin = createRequire(pathToFileURL(join(folder, "package.json")))("snyk-docker-plugin");
  const { scanResults } = await plugin.scan({ path: `docker-archive:${archive}` });
  const facts = scanResults.flatMap((result) => result.facts);
  const graph = facts.find(({ type }) => type === "depGraph")?.data;
  console.log(`${graph?.getPkgs?.().length ?? 0} packages`);
}

const [folder, archive] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node bench/peers/snyk-docker-plugin.mjs FOLDER [ARCHIVE]");
  process.exitCode = 2;
} else if (archive === undefined) {
  process.exitCode = install(folder);
} else {
  await scan(folder, archive);
}

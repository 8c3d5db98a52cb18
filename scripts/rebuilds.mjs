// Holds every pair of test/rebuild against the real engine, and writes what came out to docs/rebuilds.md. Needs root, an
// engine that builds with --network host, debootstrap, binutils and Debian's archive; Alpine pairs also the corpus beside
// the checkout. Takes about a quarter of an hour.
//
//   pnpm test:rebuild
//   IMGWEIGH_REBUILD_BY_HAND=1 pnpm test:rebuild                     builds a careful author's Dockerfiles too
//   IMGWEIGH_REBUILD_PAIRS=stale-index,apt-lists pnpm test:rebuild   some of them, and the page stays as it is
//   node scripts/rebuilds.mjs --from FILE --from FILE                the page from results of several runs
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const page = join(root, "docs/rebuilds.md");

const number = new Intl.NumberFormat("en-US");
const cell = (text) => text.replaceAll("|", "\\|");

function off(said, saved, exact) {
  const difference = said - saved;
  if (difference === 0) return exact ? "0, as marked" : "0";
  const sign = difference > 0 ? "+" : "−";
  return `${sign}${number.format(Math.abs(difference))} (${((100 * Math.abs(difference)) / saved).toFixed(3)} %)`;
}

function line({ pair, result, byHand }) {
  const { predicted, measured, exact } = result;
  const saving = (weights, bytes) => weights.before[bytes] - weights.after[bytes];
  const [said, saved] = [predicted, measured].map((weights) => saving(weights, "contentBytes"));
  const [saidTar, savedTar] = [predicted, measured].map((weights) => saving(weights, "tarBytes"));
  return [
    `${pair.name}: ${pair.title}`,
    result.rules.map((rule) => `\`${rule}\``).join(" "),
    number.format(measured.before.contentBytes),
    number.format(said),
    number.format(saved),
    off(said, saved, exact.content),
    off(saidTar, savedTar, exact.tar),
    ...(byHand === null ? [] : [number.format(measured.before.contentBytes - byHand.contentBytes)]),
  ].map(cell);
}

function table(header, rows) {
  const lines = [header, header.map((_, i) => (i < 2 ? "---" : "---:")), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Base images have names of the run that made them. */
function plainBases(patch) {
  return patch.replaceAll(/\S+\/rebuild-base-(alpine|debian)(?:-strip)?/g, "$1");
}

function section(title, rows) {
  const header = ["pair", "rules of the plan", "content before", "predicted", "measured", "off", "off, tar"];
  if (rows.every(({ byHand }) => byHand !== null)) header.push("by hand");
  const patches = rows.map(
    ({ pair, result }) => `### ${pair.name}\n\n\`\`\`diff\n${plainBases(result.patch).trimEnd()}\n\`\`\``,
  );
  return { table: `## ${title}\n\n${table(header, rows.map(line))}`, patches };
}

function text(rows) {
  const sections = [
    section(
      "Alpine",
      rows.filter(({ pair }) => pair.base.startsWith("alpine")),
    ),
    section(
      "Debian",
      rows.filter(({ pair }) => pair.base === "debian"),
    ),
  ];
  const standIns = rows.filter(({ pair }) => pair.standIn !== undefined);
  const rules = new Set(rows.flatMap(({ result }) => result.rules));
  const exact = rows.filter(({ result }) => result.exact.content);
  return `# Rebuilds

Whether a plan's numbers are true: each pair is a wasteful image, built by a real engine, imgweigh's own patch of its
Dockerfile (\`imgweigh fix --write\`), and the image built from that. Both are measured by \`docker history\` and by
\`tar\` over \`docker save\`, and both run their command, with the same output. ${rows.length} pairs, ${rules.size} rules, ${exact.length} plans marked exact.
Written by \`pnpm test:rebuild\`; a short selection runs in the gate.

"Off" is the predicted less the measured saving: 0 where the plan marks its bytes exact, at most 2 % of what was saved where it
does not.${rows.every(({ byHand }) => byHand !== null) ? ' "By hand" is what a careful author\'s Dockerfile saves.' : ""} All numbers are bytes.

${sections.map(({ table: rows }) => rows).join("\n\n")}

## What is not the real thing

Alpine's root file system, apk and its database are real, as are Debian and all of its packages. What the Alpine pairs install
comes from a signed repository on loopback, made for the tests: filler with Alpine's names and much of its dependencies:

${standIns.map(({ pair }) => `- ${pair.name}: ${pair.standIn}`).join("\n")}

## Patches

${sections.flatMap(({ patches }) => patches).join("\n\n")}
`;
}

const { values } = parseArgs({ options: { from: { type: "string", multiple: true, default: [] } } });

function write(results) {
  writeFileSync(page, text(results.flatMap((file) => JSON.parse(readFileSync(file, "utf8")))));
  console.log("written: docs/rebuilds.md");
}

/** Runs the suite, and tells where its results are, if all of them are there and well. */
function run(folder) {
  const results = join(folder, "results.json");
  const args = [vitest, "run", "--config", "vitest.rebuild.config.ts"];
  const env = { ...process.env, IMGWEIGH_REBUILD_RESULTS: results };
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], env });
  process.exitCode = status ?? 1;
  return status === 0 && process.env["IMGWEIGH_REBUILD_PAIRS"] === undefined ? [results] : [];
}

const folder = mkdtempSync(join(tmpdir(), "imgweigh-rebuilds-"));
try {
  const results = values.from.length > 0 ? values.from : run(folder);
  if (results.length > 0) write(results);
} finally {
  rmSync(folder, { recursive: true });
}

// Measures the program beside what reads the same bytes: see bench/README.md.
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Images } from "./images/store.mjs";
import { runChild } from "./measuring/child.mjs";
import { PARTS } from "./parts/parts.mjs";
import { resultsText } from "./report/results.mjs";

const USAGE = `Measures imgweigh beside what reads the same bytes.

  node bench/run.mjs [options]

  --only NAME[,NAME]       these parts alone: ${PARTS.map(({ name }) => name).join(", ")}
  --runs N                 of each command; the median counts (5)
  --out FILE               writes the results there as well, after each part
  --images FOLDER          keeps the images there, for the next time
  --peer 'NAME=COMMAND {}' another program, {} is the docker-archive; may be repeated
  --no-snyk                without snyk-docker-plugin, which npm fetches
  --peer-limit SECONDS     a peer that takes longer is stopped, and that is its result (180)
  --curve WORD             of the curves, those that have it in their names
  --smoke                  everything, tiny and once: shows that it works; its figures mean nothing
`;

const SNYK = fileURLToPath(new URL("peers/snyk-docker-plugin.mjs", import.meta.url));
/** What everything is divided by for a smoke. */
const SMOKE_SCALE = 1000;

function parsedPeer(text) {
  const equals = text.indexOf("=");
  if (equals < 1) throw new Error(`--peer ${text}: write NAME=COMMAND`);
  return { name: text.slice(0, equals), command: text.slice(equals + 1) };
}

/** The TypeScript peer, once npm has fetched it; what became of that is told in its row. */
async function snykPeer(folder) {
  const install = await runChild([process.execPath, SNYK, folder], { limitSeconds: 300 });
  const command = `${process.execPath} ${SNYK} ${folder} {}`;
  const failed = `echo could not be installed, npm ended with ${install.code} >&2; exit 1`;
  return { name: "snyk-docker-plugin", command: install.code === 0 ? command : failed };
}

function chosenParts(only) {
  if (only === undefined) return PARTS;
  const names = only.split(",");
  const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
  if (unknown.length > 0) throw new Error(`--only ${unknown.join(",")}: the parts are named in --help`);
  return PARTS.filter(({ name }) => names.includes(name));
}

async function measurePart(part, bench) {
  const began = performance.now();
  process.stderr.write(`${part.name} …`);
  try {
    return { part, ...(await part.measure(bench)), failed: null };
  } catch (error) {
    return { part, text: `Failed: ${error.message}\n`, goals: [], failed: error };
  } finally {
    process.stderr.write(` ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
  }
}

async function main(values) {
  const [load] = loadavg();
  const parts = chosenParts(values.only);
  const folder = await mkdtemp(join(tmpdir(), "imgweigh-bench-"));
  const leave = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", leave);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  const scale = values.smoke ? SMOKE_SCALE : 1;
  const images = new Images(values.images ?? join(folder, "images"), { scale, keep: values.images !== undefined });
  const peers = values.peer.map(parsedPeer);
  const wantsPeers = parts.some(({ name }) => name === "big" || name === "debian");
  const snyk = values.snyk && !values.smoke && wantsPeers;
  if (snyk) peers.push(await snykPeer(join(folder, "snyk-docker-plugin")));
  const work = join(folder, "work");
  await mkdir(work);
  const bench = {
    runs: values.smoke ? 1 : Number(values.runs),
    folder: work,
    images,
    scale,
    tiny: values.smoke,
    load,
    peers,
    peerLimitSeconds: Number(values["peer-limit"]),
    curve: values.curve,
  };
  const measured = [];
  for (const part of parts) {
    measured.push(await measurePart(part, bench));
    const text = resultsText(measured, bench);
    if (values.out !== undefined) await writeFile(values.out, text);
  }
  console.log(resultsText(measured, bench));
  for (const { part, failed } of measured.filter((result) => result.failed !== null)) {
    console.error(`${part.name} failed:`, failed);
    process.exitCode = 1;
  }
}

const { values } = parseArgs({
  allowNegative: true,
  options: {
    only: { type: "string" },
    runs: { type: "string", default: "5" },
    out: { type: "string" },
    images: { type: "string" },
    peer: { type: "string", multiple: true, default: [] },
    snyk: { type: "boolean", default: true },
    "peer-limit": { type: "string", default: "180" },
    curve: { type: "string", default: "" },
    smoke: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) console.log(USAGE);
else await main(values);

import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { runChild } from "../measuring/child.mjs";
import { PROGRAM } from "../measuring/program.mjs";
import { printTable } from "../report/table.mjs";

const ROWS = 15;

/** Where a frame belongs: Node's own parts, a file of ours, a dependency. */
function placeOf({ functionName, url }) {
  if (url === "" || url.startsWith("node:"))
    return `${functionName || "(anonymous)"} ${url === "" ? "" : `(${url})`}`.trim();
  const dependency = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(url);
  if (dependency !== null && !dependency[1].startsWith("@imgweigh")) return `${dependency[1]}: ${functionName}`;
  return `${basename(new URL(url).pathname, ".js")}: ${functionName || "(anonymous)"}`;
}

/** Self time by place, of one profile. */
function addTimes(times, { nodes, samples, timeDeltas }) {
  const places = new Map(nodes.map((node) => [node.id, placeOf(node.callFrame)]));
  samples.forEach((id, i) => {
    const place = places.get(id);
    times.set(place, (times.get(place) ?? 0) + timeDeltas[i]);
  });
}

async function profiled(target, folder) {
  const profiles = join(folder, "profiles");
  await mkdir(profiles);
  const flags = ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
  const command = [process.execPath, ...flags, PROGRAM, "analyze", target, "--format", "json", "--no-cache", "-q"];
  const { code, stderr } = await runChild([...command, "--concurrency", "1"], {});
  if (code !== 0) throw new Error(`profiling ${target} ended with ${code}: ${stderr}`);
  const times = new Map();
  for (const file of await readdir(profiles)) addTimes(times, JSON.parse(await readFile(join(profiles, file), "utf8")));
  await rm(profiles, { recursive: true });
  return times;
}

function tableOf(times) {
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  const longest = [...times].sort((a, b) => b[1] - a[1]).slice(0, ROWS);
  const rows = longest.map(([place, time]) => [
    `\`${place}\``,
    (time / 1e6).toFixed(2),
    `${((time / total) * 100).toFixed(1)} %`,
  ]);
  return printTable(["where", "s", "share"], rows);
}

async function measure({ folder, images }) {
  const targets = [
    ["docker-archive, layers as they are", `docker-archive:${await images.archive("big")}`],
    ["OCI layout, gzip", `oci-layout:${await images.layout("big", "gzip")}`],
  ];
  const texts = [];
  for (const [name, target] of targets) texts.push(`### ${name}\n\n${tableOf(await profiled(target, folder))}`);
  const intro =
    "Self time, `--concurrency 1`, of the big image, by V8's profiler, which itself costs time. Idle is waiting for other\nthreads: zlib, where it is asked asynchronously, and files.\n";
  return { text: `${intro}\n${texts.join("\n")}`, goals: [] };
}

export const profile = { name: "profile", title: "Where the time goes", measure };

// Measures `analyze` on generated images, beside tools that do nothing but read the same bytes.
//
//   node bench/run.mjs [--smoke] [--out FILE] [--only WORD]
//
// --smoke  tiny images: shows that everything here still runs; its figures mean nothing
// --out    writes the tables as Markdown too (bench/RESULTS.md is such a file)
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem, type } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureCached } from "./cached.mjs";
import { finished, measureAnalysis, mebibytes, megabytes, printTable, seconds, timed } from "./measure.mjs";

const GENERATE = fileURLToPath(new URL("generate.mjs", import.meta.url));
const TIME = "/usr/bin/time";

const { values } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    out: { type: "string" },
    only: { type: "string", default: "" },
  },
});

const FILES_PER_LAYER = values.smoke ? 1_000 : 100_000;
const LARGE_BYTES = values.smoke ? 4_000_000 : 1_000_000_000;
const SMALL_FILES = { layers: 3, files: FILES_PER_LAYER, compression: "none", from: ["file", "stdin"] };
const LARGE_FILES = { layers: 1, files: 3, compression: "none", from: ["file", "stdin"] };

/** The images, and how each is read. Those of a group differ in contents alone, so their peaks should not differ. */
const IMAGES = [
  { group: "small files", name: "small files of 1 kB", ...SMALL_FILES, bytes: 1_000 },
  { group: "small files", name: "small files of 4 kB", ...SMALL_FILES, bytes: 4_000 },
  { group: "gzip", name: "small files of 1 kB, gzip", ...SMALL_FILES, bytes: 1_000, compression: "gzip" },
  { group: "large files", name: "large files", ...LARGE_FILES, bytes: LARGE_BYTES },
  { group: "large files", name: "large files, three times as large", ...LARGE_FILES, bytes: 3 * LARGE_BYTES },
];

/** What is weighed a second time: 1.5 GB in 20,000 files. */
const CACHED = { name: "weighed again", layers: 10, files: values.smoke ? 20 : 2_000, bytes: 75_000 };

/** Tools that read the same bytes and do less with them. */
const YARDSTICKS = [
  { name: "cat", command: () => "cat" },
  { name: "sha256sum", command: () => "sha256sum" },
  {
    name: "tar -tf of each layer",
    // What follows the compressed layers is not compressed; gzip says so, and is not asked.
    command: ({ compression }) =>
      compression === "none"
        ? "tar -xOf - --wildcards 'layer-*' | tar -itf -"
        : "tar -xOf - --wildcards 'blobs/*' | gzip -dcq 2>/dev/null | tar -itf -",
  },
];

async function measureYardstick(command, file) {
  // bash's own `time` knows no peak; where GNU time is installed it tells.
  const inShell = `bash -c "${command}" >/dev/null`;
  const measured = existsSync(TIME) ? `${TIME} -f '%U %S %M' ${inShell}` : `TIMEFORMAT='%U %S'; time ${inShell}`;
  const { wallSeconds, printed } = await timed(file, (input) =>
    spawn("bash", ["-c", measured], { stdio: [input, "ignore", "pipe"] }),
  );
  const [user, system, peakKib] = printed.trim().split("\n").at(-1).split(" ").map(Number);
  return { wallSeconds, cpuSeconds: user + system, peakBytes: peakKib === undefined ? null : peakKib * 1024 };
}

function machine() {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim() ?? "?"}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${type()}, Node ${process.version}`;
}

async function measureImage(image, folder) {
  const file = join(folder, "image.tar");
  const sizes = ["--layers", image.layers, "--files", image.files, "--bytes", image.bytes].map(String);
  const args = [GENERATE, "--out", file, "--compression", image.compression, ...sizes];
  await finished(spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] }));
  const { size } = await stat(file);
  const results = [];
  for (const { name, command } of YARDSTICKS) {
    results.push({ name, ...(await measureYardstick(command(image), file)) });
  }
  const [cat] = results;
  const peaks = {};
  for (const from of image.from) {
    const prefix = image.compression === "none" ? "docker-archive" : "oci-archive";
    const stdin = from === "stdin" ? file : null;
    const result = await measureAnalysis(`${prefix}:${stdin === null ? file : "-"}`, { stdin, folder });
    peaks[from] = result.peakBytes;
    results.push({ name: `imgweigh, ${from}`, ...result });
  }
  await rm(file);
  const rows = results.map(({ name, wallSeconds, cpuSeconds, peakBytes }) => [
    name,
    seconds(wallSeconds),
    seconds(cpuSeconds),
    mebibytes(peakBytes),
    megabytes(size / wallSeconds),
    `${(wallSeconds / cat.wallSeconds).toFixed(1)} ×`,
  ]);
  const entries = `${(image.layers * image.files).toLocaleString("en")} files in ${image.layers} layer${image.layers > 1 ? "s" : ""}`;
  const title = `### ${image.name}: ${entries}, ${megabytes(size)} MB\n`;
  const head = ["", "wall s", "cpu s", "peak MiB", "MB/s", "wall ÷ cat"];
  return { text: `${title}\n${printTable(head, rows)}`, peaks };
}

const folder = await mkdtemp(join(tmpdir(), "imgweigh-bench-"));
try {
  const parts = [`${machine()}. One run each; wall times on a busy machine vary by a third.\n`];
  console.log(parts[0]);
  const peaks = [];
  for (const image of IMAGES.filter(({ name }) => name.includes(values.only))) {
    const measured = await measureImage(image, folder);
    console.log(measured.text);
    parts.push(measured.text);
    peaks.push({ ...image, ...measured.peaks });
  }
  if (CACHED.name.includes(values.only)) {
    const text = await measureCached(CACHED, folder);
    console.log(text);
    parts.push(text);
  }
  const rows = peaks.map(({ group, name, file, stdin }) => [
    group,
    name,
    mebibytes(file ?? null),
    mebibytes(stdin ?? null),
  ]);
  const compared = `### Peak memory, side by side\n\n${printTable(["same entries", "image", "file, MiB", "stdin, MiB"], rows)}`;
  console.log(compared);
  parts.push(compared);
  if (values.out !== undefined) await writeFile(values.out, `${parts.join("\n")}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

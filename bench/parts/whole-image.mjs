import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { whyNot } from "../images/compress.mjs";
import { interleave } from "../measuring/interleave.mjs";
import { prepareAll } from "../measuring/prepare.mjs";
import { weighing } from "../measuring/program.mjs";
import { ratioGoal } from "../report/goals.mjs";
import { assertComplete, count, megabytes, printMeasured } from "../report/table.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const quoted = (path) => `'${path.replaceAll("'", "'\\''")}'`;

/** Node 20 has no zstd of its own: what is there instead is reported without a goal. */
const [major, minor] = process.versions.node.split(".").map(Number);
const HAS_ZSTD = major > 22 || (major === 22 && minor >= 15);

async function blobsOf(layout) {
  const read = async (path) => JSON.parse(await readFile(join(layout, path), "utf8"));
  const { manifests } = await read("index.json");
  const path = (digest) => `blobs/${digest.replace(":", "/")}`;
  const { layers } = await read(path(manifests[0].digest));
  return layers.map(({ digest }) => quoted(join(layout, path(digest))));
}

const eachOf = (blobs, command) => `for blob in ${blobs.join(" ")}; do ${command}; done`;

/** By form: what nobody in Node gets around, and what imgweigh makes of it. */
const BARE = {
  none: { name: "nothing but reading and hashing, in Node", whole: "imgweigh FILE" },
  gzip: { name: "nothing but inflating and hashing gzip, in Node", whole: "imgweigh, OCI layout, gzip" },
  zstd: { name: "nothing but inflating and hashing zstd, in Node", whole: "imgweigh, OCI layout, zstd" },
};

/** What reads the same bytes, and does less with them. */
function limits({ archive, layouts, plain, gzip, zstd }) {
  const file = quoted(archive);
  return [
    { name: "cat FILE > /dev/null", command: `cat ${file}` },
    { name: "cat FILE | cat", command: `cat ${file} | cat` },
    { name: "sha256sum FILE", command: ["sha256sum", archive], needs: ["sha256sum"] },
    { name: "cat FILE | sha256sum", command: `cat ${file} | sha256sum`, needs: ["sha256sum"] },
    { name: "Node's sha256 over FILE", command: [process.execPath, here("../measuring/hash-file.mjs"), archive] },
    { name: "tar -tf of each layer, seeking", command: eachOf(plain, 'tar -tf "$blob"'), needs: ["tar"] },
    { name: "gzip -dc | tar -t", command: eachOf(gzip, 'gzip -dc "$blob" | tar -t'), needs: ["gzip", "tar"] },
    { name: "igzip -dc", command: eachOf(gzip, 'igzip -dc "$blob"'), needs: ["igzip"] },
    ...(zstd === null ? [] : [{ name: "zstd -dc", command: eachOf(zstd, 'zstd -qdc "$blob"'), needs: ["zstd"] }]),
    ...Object.entries(layouts).map(([form, layout]) => ({
      name: BARE[form].name,
      command: [process.execPath, here("../measuring/bare-reading.mjs"), layout],
    })),
  ];
}

/** Other programs that take the image apart: once, as they take long. */
function peers({ archive, gzipLayout, more, folder, limitSeconds }) {
  const out = join(folder, "unpacked");
  const clean = () => rm(out, { recursive: true, force: true });
  const rootless = process.getuid?.() === 0 ? [] : ["--rootless"];
  const all = [
    {
      name: "skopeo copy to a directory",
      command: ["skopeo", "copy", "--quiet", "--insecure-policy", `docker-archive:${archive}`, `dir:${out}`],
      needs: ["skopeo"],
    },
    {
      name: "umoci unpack",
      command: ["umoci", "unpack", ...rootless, "--image", `${gzipLayout}:latest`, out],
      needs: ["umoci"],
    },
    ...more.map(({ name, command }) => ({ name, command: command.replaceAll("{}", quoted(archive)) })),
  ];
  return all.map((peer) => ({ ...peer, runs: 1, reports: true, limitSeconds, before: clean, after: clean }));
}

async function weighings({ archive, gzipLayout, zstdLayout, folder }) {
  const from = `docker-archive:${archive}`;
  const targets = [
    { name: "imgweigh FILE", target: from },
    { name: "imgweigh FILE --no-verify", target: from, verify: false },
    { name: "imgweigh - < FILE", target: "docker-archive:-", stdin: archive },
    { name: "imgweigh, OCI layout, gzip", target: `oci-layout:${gzipLayout}` },
    ...(zstdLayout === null ? [] : [{ name: "imgweigh, OCI layout, zstd", target: `oci-layout:${zstdLayout}` }]),
  ];
  return prepareAll(targets, (target) => weighing({ ...target, folder }));
}

function goalsOf(results, which) {
  const rows = [
    { row: "imgweigh FILE", of: "sha256sum FILE", limit: 0.2, stretch: 0.12 },
    { row: "imgweigh FILE --no-verify", of: "sha256sum FILE", limit: 0.06 },
    { row: "imgweigh - < FILE", of: "cat FILE | sha256sum", limit: 0.5 },
    { row: "imgweigh, OCI layout, gzip", of: "igzip -dc", limit: 1.5, stretch: 1 },
    { row: "imgweigh, OCI layout, gzip", of: "gzip -dc | tar -t", limit: 0.4 },
    ...(HAS_ZSTD ? [{ row: "imgweigh, OCI layout, zstd", of: "zstd -dc", limit: 1.2 }] : []),
  ].filter(({ row }) => results.some(({ name }) => name === row));
  return rows.map((row) => ratioGoal(results, { what: `${which}: ${row.row}`, ...row }));
}

/** What hashing costs without a program around it, and with which instructions. */
function hashingRatio(results) {
  const [theirs, nodes] = ["sha256sum FILE", "Node's sha256 over FILE"].map((name) =>
    results.find((result) => result.name === name),
  );
  if (theirs.problem !== null || nodes.problem !== null) return "";
  const ratio = (theirs.seconds / nodes.seconds).toFixed(2);
  return `sha256sum takes ${ratio} × as long as Node's own sha256 over the same file, Node's start included.\n`;
}

/** How far the program is from what it cannot do without. */
function bareRatios(results) {
  return Object.values(BARE)
    .flatMap(({ name, whole }) => {
      const [bare, all] = [name, whole].map((row) => results.find((result) => result.name === row && !result.problem));
      return bare && all ? [`${whole} takes ${(all.seconds / bare.seconds).toFixed(2)} × as long as "${name}".\n`] : [];
    })
    .join("\n");
}

/** An image in all forms, beside everything that reads the same bytes. */
export async function measureWholeImage({ name, which, images, runs, folder, peers: more, peerLimitSeconds }) {
  const archive = await images.archive(name);
  const plainLayout = await images.layout(name, "none");
  const gzipLayout = await images.layout(name, "gzip");
  const noZstd = whyNot("zstd");
  const zstdLayout = noZstd === null ? await images.layout(name, "zstd") : null;
  const [plain, gzip] = [await blobsOf(plainLayout), await blobsOf(gzipLayout)];
  const zstd = zstdLayout === null ? null : await blobsOf(zstdLayout);
  const bareForms = {
    none: plainLayout,
    gzip: gzipLayout,
    ...(HAS_ZSTD && zstdLayout !== null && { zstd: zstdLayout }),
  };
  const contestants = [
    ...limits({ archive, layouts: bareForms, plain, gzip, zstd }),
    ...(await weighings({ archive, gzipLayout, zstdLayout, folder })),
    ...peers({ archive, gzipLayout, more, folder, limitSeconds: peerLimitSeconds }),
  ];
  const results = await interleave(contestants, { runs, folder });
  assertComplete(
    results,
    contestants.map((contestant) => contestant.name),
  );
  const goals = goalsOf(results, which);
  const { size } = await stat(archive);
  const listed = (await readdir(join(plainLayout, "blobs/sha256"))).length - 2;
  const missing = noZstd === null ? "" : `No zstd: ${noZstd}.\n`;
  const zstdNote = HAS_ZSTD ? "" : "zstd has a goal from Node 22.15 on; this Node has no decoder of its own.\n";
  const intro = `FILE has ${megabytes(size)} MB in ${count(listed)} layers.\n`;
  const notes = [intro, hashingRatio(results), bareRatios(results), missing, zstdNote]
    .filter((note) => note !== "")
    .join("\n");
  return { text: `${notes}\n${printMeasured(results, goals)}`, goals };
}

// Compares what both decoders give, step by step, under several Nodes: blob shares must not depend on the Node that
// computes them, and Node >= 22.15 decodes zstd with its own zlib where older ones use fzstd.
//
//   node test/matrix/decoders.mjs node20 node22 node24
//
// Arguments are paths of Node programs; `npx -y node@24 -p process.execPath` prints one.
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const BLOBS = /^(?:gzip|zstd)-/;

/** Puts the decoders, and all that they import, where any Node can load them. */
async function bundleDecoders(directory) {
  const archive = fileURLToPath(new URL("../../packages/core/src/archive/", import.meta.url));
  const input = { gzip: join(archive, "gzip.ts"), zstd: join(archive, "zstd.ts") };
  const built = await rolldown({ input, platform: "node", tsconfig: false });
  await built.write({ dir: directory, format: "esm", entryFileNames: "[name].mjs", chunkFileNames: "[name].mjs" });
  await built.close();
}

/** Decodes every blob of a directory; a line each: name, output, its digest, and a digest of the steps. */
async function probe(directory) {
  const { gunzip } = await import(join(directory, "gzip.mjs"));
  const { unzstd } = await import(join(directory, "zstd.mjs"));
  for (const name of readdirSync(directory).sort()) {
    if (!BLOBS.test(name)) continue;
    const blob = readFileSync(join(directory, name));
    const hash = createHash("sha256");
    const steps = createHash("sha256");
    let produced = 0;
    const sink = {
      output: (bytes) => {
        produced += bytes.length;
        hash.update(bytes);
      },
      step: (input) => steps.update(`${input} ${produced}\n`),
    };
    async function* chunks() {
      for (let at = 0; at < blob.length; at += 65_536) yield blob.subarray(at, at + 65_536);
    }
    const decode = name.startsWith("gzip") ? gunzip : unzstd;
    const end = await decode(chunks(), sink, "it").then(
      () => "ok",
      (error) => error.code,
    );
    console.log(name, end, produced, hash.digest("hex"), steps.digest("hex"));
  }
}

function zstd(content, ...options) {
  const { status, stdout, stderr } = spawnSync("zstd", ["-q", "-c", ...options], {
    input: content,
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`zstd: ${stderr}`);
  return stdout;
}

function makeBlobs(directory) {
  const text = Buffer.from(Array.from({ length: 200_000 }, (_, i) => `line ${(i * 7919) % 10_007} of text\n`).join(""));
  const noise = randomBytes(900_000);
  const contents = {
    nothing: Buffer.alloc(0),
    byte: Buffer.from("a"),
    line: text.subarray(0, 300),
    text,
    noise,
    zeros: Buffer.alloc(30_000_000),
    mixed: Buffer.concat([text.subarray(0, 200_000), Buffer.alloc(3_000_000), noise, text]),
  };
  const write = (name, blob) => writeFileSync(join(directory, name), blob);
  for (const [name, content] of Object.entries(contents)) {
    for (const level of [0, 1, 6, 9]) write(`gzip-${level}-${name}`, gzipSync(content, { level }));
    for (const option of ["-1", "-3", "-12", "-19", "--no-check", "--long=24"])
      write(`zstd${option}-${name}`, zstd(content, option));
  }
  const gzips = [1, 2, 3].map((i) => gzipSync(noise.subarray(i * 200_000, (i + 1) * 200_000)));
  write("gzip-members", Buffer.concat(gzips));
  write("gzip-padded", Buffer.concat([...gzips, Buffer.alloc(600_000)]));
  write("gzip-cut", gzips[0].subarray(0, 100_000));
  write("zstd-frames", Buffer.concat(Object.values(contents).map((content) => zstd(content))));
  write("zstd-cut", zstd(text).subarray(0, 10_000));
}

function run(node, directory) {
  const { status, stdout, stderr } = spawnSync(node, [fileURLToPath(import.meta.url), "--probe", directory]);
  if (status !== 0) throw new Error(`${node}: ${stderr}`);
  return stdout.toString();
}

if (process.argv[2] === "--probe") {
  await probe(process.argv[3]);
} else {
  const directory = mkdtempSync(join(tmpdir(), "imgweigh-matrix-"));
  try {
    makeBlobs(directory);
    await bundleDecoders(directory);
    const nodes = [process.execPath, ...process.argv.slice(2)];
    const [first, ...others] = nodes.map((node) => run(node, directory).split("\n"));
    const differing = others.flatMap((lines, i) =>
      lines.filter((line, at) => line !== first[at]).map((line) => `${nodes[i + 1]}: ${line}`),
    );
    for (const line of differing) console.error(line);
    console.log(`${first.length - 1} blobs under ${nodes.length} Nodes: ${differing.length} differences`);
    process.exitCode = differing.length > 0 ? 1 : 0;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

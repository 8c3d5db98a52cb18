#!/usr/bin/env node
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import * as zlib from "node:zlib";

const USAGE = `Writes an image of any size to a file, without ever holding it in memory. The same arguments give the same bytes.

  node bench/generate.mjs --out FILE [--layers N] [--files N] [--bytes N] [--compression none|gzip|zstd]

  --layers       layers (1)
  --files        regular files in each layer (1000)
  --bytes        content bytes of each file (1000)
  --compression  none makes a docker-archive with plain layers, the others an OCI archive (none)
  --name         the image's name (imgweigh-test/generated:latest)
`;

const BLOCK = 512;
const CHUNK = 2 ** 20;
const FILES_PER_DIRECTORY = 100;
const ENDING = Buffer.alloc(2 * BLOCK);

/** Text-like bytes, which compress about as well as what is in real images. */
function makePool() {
  const words = "alpine binary cache debug export function import library package return static symbol version".split(
    " ",
  );
  const pool = Buffer.alloc(CHUNK);
  let state = 2463534242;
  for (let at = 0; at < pool.length; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const word = state & 1 ? words[(state >>> 8) % words.length] : (state >>> 0).toString(36);
    at += pool.write(`${word} `, at, "latin1");
  }
  return pool;
}

const POOL = makePool();

function tarHeader(name, size, type = "0") {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100, "latin1");
  header.write(type === "5" ? "0000755\0" : "0000644\0", 100, "latin1");
  header.write("0000000\x000000000\0", 108, "latin1");
  // Past 8 GiB a size is written in base 256, as GNU tar does.
  if (size < 8 ** 11) header.write(`${size.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  else {
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  header.write("00000000000\0        ", 136, "latin1");
  header.write(type, 156, "latin1");
  header.write("ustar\x0000", 257, "latin1");
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

const padding = (size) => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/** The content of a file: no two are equal. */
function* content(seed, bytes) {
  const head = Buffer.from(`${seed}\n`, "latin1").subarray(0, bytes);
  yield head;
  for (let left = bytes - head.length, at = (seed * 4093) % CHUNK; left > 0; at = 0) {
    const part = POOL.subarray(at, Math.min(CHUNK, at + left));
    yield part;
    left -= part.length;
  }
}

function* layerTar({ layer, files, bytes }) {
  for (let i = 0; i < files; i++) {
    const directory = `layer-${layer}/dir-${Math.floor(i / FILES_PER_DIRECTORY)}`;
    if (i % FILES_PER_DIRECTORY === 0) yield tarHeader(`${directory}/`, 0, "5");
    yield tarHeader(`${directory}/file-${i}`, bytes);
    yield* content(layer * files + i, bytes);
    yield padding(bytes);
  }
  yield ENDING;
}

/** Small pieces put together: a system call for each header would take longer than everything else. */
function* inChunks(pieces) {
  let chunk = Buffer.allocUnsafe(CHUNK);
  let filled = 0;
  for (let piece of pieces) {
    while (piece.length > 0) {
      const copied = piece.copy(chunk, filled);
      filled += copied;
      piece = piece.subarray(copied);
      if (filled < CHUNK) continue;
      yield chunk;
      chunk = Buffer.allocUnsafe(CHUNK);
      filled = 0;
    }
  }
  yield chunk.subarray(0, filled);
}

function compressor(compression) {
  if (compression === "gzip") return zlib.createGzip({ level: 6, chunkSize: CHUNK });
  if (compression === "zstd" && zlib.createZstdCompress) return zlib.createZstdCompress({ chunkSize: CHUNK });
  throw new Error(compression === "zstd" ? "zstd needs Node 22.15 or later" : `unknown compression: ${compression}`);
}

async function* compressed(chunks, compression) {
  if (compression === "none") {
    yield* chunks;
    return;
  }
  const stream = compressor(compression);
  const feeding = (async () => {
    for (const chunk of chunks) {
      if (!stream.write(chunk)) await new Promise((resume) => stream.once("drain", resume));
    }
    stream.end();
  })();
  yield* stream;
  await feeding;
}

class Archive {
  #file;
  #at = 0;

  constructor(file) {
    this.#file = file;
  }

  async #write(bytes, at) {
    for (let written = 0; written < bytes.length; ) {
      written += (await this.#file.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
    }
  }

  async append(bytes) {
    await this.#write(bytes, this.#at);
    this.#at += bytes.length;
  }

  async entry(name, bytes) {
    await this.append(tarHeader(name, bytes.length));
    await this.append(bytes);
    await this.append(padding(bytes.length));
  }

  /** An entry whose length and name are known only once it is written: its header is filled in afterwards. */
  async streamed(chunks, nameOf) {
    const header = this.#at;
    await this.append(Buffer.alloc(BLOCK));
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of chunks) {
      hash.update(chunk);
      size += chunk.length;
      await this.append(chunk);
    }
    await this.append(padding(size));
    const digest = hash.digest("hex");
    await this.#write(tarHeader(nameOf(digest), size), header);
    return { digest: `sha256:${digest}`, size };
  }
}

const blobName = (digest) => `blobs/sha256/${digest.slice("sha256:".length)}`;
const json = (value) => Buffer.from(JSON.stringify(value));
const sha256 = (bytes) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** Hashes what goes by. */
function* hashing(chunks, hash) {
  for (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

function configOf(diffIds) {
  return json({
    architecture: "amd64",
    os: "linux",
    config: { Cmd: ["/bin/true"] },
    created: "2026-01-01T00:00:00Z",
    history: diffIds.map((_, i) => ({ created: "2026-01-01T00:00:00Z", created_by: `COPY layer-${i} / # buildkit` })),
    rootfs: { type: "layers", diff_ids: diffIds },
  });
}

async function writeDockerEnd(archive, { name, diffIds }) {
  const config = configOf(diffIds);
  const Config = `${sha256(config).slice("sha256:".length)}.json`;
  await archive.entry(Config, config);
  const Layers = diffIds.map((_, i) => `layer-${i}/layer.tar`);
  await archive.entry("manifest.json", json([{ Config, RepoTags: [name], Layers }]));
}

async function writeOciEnd(archive, { name, diffIds, blobs, compression }) {
  const put = async (bytes, mediaType) => {
    const descriptor = { mediaType, digest: sha256(bytes), size: bytes.length };
    await archive.entry(blobName(descriptor.digest), bytes);
    return descriptor;
  };
  const config = await put(configOf(diffIds), "application/vnd.oci.image.config.v1+json");
  const mediaType = `application/vnd.oci.image.layer.v1.tar+${compression}`;
  const layers = blobs.map((blob) => ({ mediaType, ...blob }));
  const manifestType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = await put(json({ schemaVersion: 2, mediaType: manifestType, config, layers }), manifestType);
  const annotations = { "org.opencontainers.image.ref.name": name };
  await archive.entry("oci-layout", json({ imageLayoutVersion: "1.0.0" }));
  await archive.entry("index.json", json({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }));
}

async function generate({ out, layers, files, bytes, compression, name }) {
  const file = await open(out, "w");
  try {
    const archive = new Archive(file);
    const diffIds = [];
    const blobs = [];
    for (let layer = 0; layer < layers; layer++) {
      const uncompressed = createHash("sha256");
      const tar = hashing(inChunks(layerTar({ layer, files, bytes })), uncompressed);
      const nameOf = (digest) => (compression === "none" ? `layer-${layer}/layer.tar` : blobName(`sha256:${digest}`));
      blobs.push(await archive.streamed(compressed(tar, compression), nameOf));
      diffIds.push(`sha256:${uncompressed.digest("hex")}`);
    }
    const end = { name, diffIds, blobs, compression };
    await (compression === "none" ? writeDockerEnd(archive, end) : writeOciEnd(archive, end));
    await archive.append(ENDING);
  } finally {
    await file.close();
  }
}

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    layers: { type: "string", default: "1" },
    files: { type: "string", default: "1000" },
    bytes: { type: "string", default: "1000" },
    compression: { type: "string", default: "none" },
    name: { type: "string", default: "imgweigh-test/generated:latest" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help || values.out === undefined) {
  console.log(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  const numbers = { layers: Number(values.layers), files: Number(values.files), bytes: Number(values.bytes) };
  await generate({ out: values.out, compression: values.compression, name: values.name, ...numbers });
}

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as zlib from "node:zlib";

const CHUNK = 2 ** 20;
const hasZstd = () => spawnSync("zstd", ["--version"], { stdio: "ignore" }).status === 0;

/** Why this Node and this machine cannot compress so; null where they can. */
export function whyNot(compression) {
  if (compression !== "zstd" || zlib.createZstdCompress !== undefined || hasZstd()) return null;
  return "neither zstd nor Node 22.15 or later is here";
}

function compressor(compression) {
  if (compression === "gzip") {
    const stream = zlib.createGzip({ level: 6, chunkSize: CHUNK });
    return { input: stream, output: stream };
  }
  if (compression !== "zstd") throw new Error(`unknown compression: ${compression}`);
  const problem = whyNot(compression);
  if (problem !== null) throw new Error(problem);
  if (zlib.createZstdCompress !== undefined) {
    const stream = zlib.createZstdCompress({ chunkSize: CHUNK });
    return { input: stream, output: stream };
  }
  const child = spawn("zstd", ["-q", "-c", "-"], { stdio: ["pipe", "pipe", "inherit"] });
  return { input: child.stdin, output: child.stdout };
}

/** The chunks of a tar as a blob has them: `none`, `gzip` or `zstd`. */
export async function* compressed(chunks, compression) {
  if (compression === "none") {
    yield* chunks;
    return;
  }
  const { input, output } = compressor(compression);
  const feeding = (async () => {
    for await (const chunk of chunks) if (!input.write(chunk)) await once(input, "drain");
    input.end();
  })();
  yield* output;
  await feeding;
}

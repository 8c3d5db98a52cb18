import { limitsFrom } from "../../../packages/core/src/archive/limits.ts";
import { EXTRACTORS } from "../../../packages/core/src/layer/extractors.ts";
import { readLayer } from "../../../packages/core/src/layer/read-layer.ts";
import { PACKAGE_DATABASES } from "../../../packages/core/src/package-db/databases.ts";
import { type Compression, compress } from "../../support/image-builder.ts";
import { tarBytes } from "../../support/tar-bytes.ts";
import { mutated } from "../mutate.ts";
import { Broken, type Part } from "../part.ts";
import type { Random } from "../random.ts";
import { entries } from "../tars.ts";

const COMPRESSIONS: readonly Compression[] = ["none", "gzip", "gzip-members", "zstd", "zstd-frames", "zstd-skippable"];
const LIMITS = limitsFrom({ maxSparseBytes: 2 ** 24, maxEntries: 10_000, maxTotalBytes: 2 ** 28 });
const CAPTURES = PACKAGE_DATABASES.flatMap(({ captures }) => captures);

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Checksums of headers are made right again, so that what was changed in them is read. */
function repaired(tar: Buffer): Buffer {
  for (let at = 0; at + 512 <= tar.length; at += 512) {
    if (tar.toString("latin1", at + 257, at + 262) !== "ustar") continue;
    tar.fill(0x20, at + 148, at + 156);
    let sum = 0;
    for (let i = at; i < at + 512; i++) sum += tar[i] as number;
    tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
  }
  return tar;
}

function layerOf(random: Random): Buffer {
  const tar = tarBytes(entries(random));
  const changed = random.chance(0.6) ? mutated(random, tar) : tar;
  const stored = compress(random.chance(0.8) ? repaired(changed) : changed, random.pick(COMPRESSIONS));
  return random.chance(0.3) ? mutated(random, stored) : stored;
}

function read(bytes: Uint8Array, chunk: number) {
  return readLayer(inChunks(bytes, chunk), {
    limits: LIMITS,
    captures: CAPTURES,
    extractors: EXTRACTORS,
    blobAlgorithm: "sha256",
    diffIdAlgorithm: "sha256",
    where: "the layer",
    onBytes: () => {},
  });
}

/** Layers: tars of all forms with right checksums, gzip members, zstd frames, cut and changed. */
export const layers: Part = {
  name: "layers",
  weight: 22_000,
  async run(random) {
    const bytes = layerOf(random);
    const { index, blob } = await read(bytes, bytes.length + 1);
    const again = await read(bytes, 1 + random.upTo(700));
    if (JSON.stringify(index) !== JSON.stringify(again.index)) throw new Broken("other chunks, another layer");
    const sizes = index.entries.sizes.reduce((sum, size) => sum + size, 0);
    if (sizes !== index.contentBytes) throw new Broken(`${sizes} bytes of entries, ${index.contentBytes} of the layer`);
    const shares = blob.shares;
    if (shares !== null) {
      const sum = shares.entryBytes.reduce((all, share) => all + share, shares.overheadBytes);
      if (sum !== blob.blobBytes) throw new Broken(`shares of ${sum}, a blob of ${blob.blobBytes}`);
    }
    return true;
  },
};

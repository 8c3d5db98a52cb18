import { type Limits, limitsFrom } from "../../packages/core/src/archive/limits.ts";
import type { Image, ImageLayer } from "../../packages/core/src/image/image.ts";
import { textOfPath } from "../../packages/core/src/image-path.ts";
import type { CaptureRequest } from "../../packages/core/src/layer/capture.ts";
import type { ExtractorId } from "../../packages/core/src/layer/extractors.ts";
import { KIND, type LayerIndex } from "../../packages/core/src/layer/layer-index.ts";
import { type ReadLayer, readLayer } from "../../packages/core/src/layer/read-layer.ts";
import { NO_RUN_CONFIG } from "../../packages/core/src/oci/run-config.ts";
import { FATE_NAMES } from "../../packages/core/src/tree/fate.ts";
import { type Squash, squash } from "../../packages/core/src/tree/squash.ts";
import { chunked } from "./streams.ts";
import { type TarEnd, type TarEntry, tarBytes } from "./tar-bytes.ts";

export type Entries = readonly (TarEntry | Uint8Array)[];

/** Reads a blob as the scheduler would. */
export function readBlob(
  blob: Uint8Array,
  {
    chunkBytes,
    captures = [],
    extractors = [],
    limits = {},
  }: {
    chunkBytes?: number;
    captures?: readonly CaptureRequest[];
    extractors?: readonly ExtractorId[];
    limits?: Partial<Limits>;
  } = {},
): Promise<ReadLayer> {
  return readLayer(chunked(blob, chunkBytes), {
    limits: limitsFrom(limits),
    captures,
    extractors,
    diffIdAlgorithm: "sha256",
    blobAlgorithm: "sha256",
    where: "it",
    onBytes: () => {},
  });
}

export async function indexOf(entries: Entries, end?: TarEnd): Promise<LayerIndex> {
  return (await readBlob(tarBytes(entries, end))).index;
}

/** An image of plain tars, bottom first; nothing but its layers is known of it. */
export async function imageOf(...layers: Entries[]): Promise<Image> {
  return imageOfBlobs(...layers.map((entries) => tarBytes(entries)));
}

export async function imageOfBlobs(...blobs: Uint8Array[]): Promise<Image> {
  const read: ImageLayer[] = [];
  for (const [i, blob] of blobs.entries()) {
    const declared = {
      key: String(i),
      digest: null,
      size: null,
      mediaType: null,
      diffId: null,
      annotations: new Map<string, string>(),
    };
    read.push({ declared, ...(await readBlob(blob)), verified: "none" });
  }
  return {
    description: {
      kind: "docker-archive",
      reference: null,
      manifestDigest: null,
      configDigest: null,
      platform: null,
      config: { platform: null, diffIds: [], history: [], labels: new Map(), run: NO_RUN_CONFIG },
      annotations: new Map(),
      layers: read.map(({ declared }) => declared),
      warnings: [],
    },
    layers: read,
    history: {
      layers: read.map(() => ({ historyIndex: null, instruction: null, confidence: "none" })),
      mismatch: null,
    } as unknown as Image["history"],
    warnings: [],
  };
}

export interface Stacked {
  /** Of each regular file in tar order, layer after layer: `addedIn path fate removedIn`. */
  readonly files: readonly string[];
  /** Paths that stand in the end, with what they are: `d dir`, `f file`, `l link -> target`. */
  readonly tree: readonly string[];
  readonly warnings: readonly string[];
  readonly squash: Squash;
}

/** Puts layers on top of each other and tells what comes of it in few words. */
export async function stack(...layers: Entries[]): Promise<Stacked> {
  const indexes = await Promise.all(layers.map((entries) => indexOf(entries)));
  const result = squash(indexes);
  const files = indexes.flatMap(({ entries }, layer) =>
    Array.from({ length: entries.count }, (_, i) => i)
      .filter((i) => entries.kinds[i] === KIND.regular)
      .map((i) => {
        const at = (result.starts[layer] as number) + i;
        const { path } = textOfPath(result.tree.pathOf(result.nodes[at] as number));
        const fate = FATE_NAMES[result.fates[at] as number];
        return `${layer} ${path} ${fate}${fate === "live" ? "" : ` ${result.removedIn[at]}`}`;
      }),
  );
  return { files, tree: listTree(result), warnings: result.warnings.map(({ code }) => code), squash: result };
}

const LETTERS: Readonly<Record<number, string>> = {
  [KIND.regular]: "f",
  [KIND.symlink]: "l",
  [KIND.directory]: "d",
  [KIND.charDevice]: "c",
  [KIND.blockDevice]: "b",
  [KIND.fifo]: "p",
};

function listTree({ tree }: Squash): string[] {
  const found: string[] = [];
  const pending = [0];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const child of tree.childrenOf(node)?.values() ?? []) {
      const { path } = textOfPath(tree.pathOf(child));
      const target = tree.links.get(child);
      found.push(
        `${LETTERS[tree.kinds[child] as number] ?? "?"} ${path}${target === undefined ? "" : ` -> ${target}`}`,
      );
      pending.push(child);
    }
  }
  return found.sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1));
}

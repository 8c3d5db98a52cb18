import type { ImageCheck } from "../../packages/core/src/check/check-config.ts";
import type { Snapshot, Weight } from "../../packages/core/src/diff/snapshot.ts";

/** A file of an image that was never built: what it weighs, and who owns it. */
export interface PlainFile {
  readonly path: string;
  readonly live: number;
  readonly wasted?: number;
  readonly blob?: number | null;
  readonly package?: string;
  readonly category?: string;
  readonly layer?: number;
}

function weightOf(files: readonly PlainFile[]): Weight {
  const sum = (of: (file: PlainFile) => number): number => files.reduce((total, file) => total + of(file), 0);
  const [liveBytes, wastedBytes] = [sum(({ live }) => live), sum(({ wasted = 0 }) => wasted)];
  const hasBlobs = files.every(({ blob }) => blob !== null);
  return {
    contentBytes: liveBytes + wastedBytes,
    liveBytes,
    wastedBytes,
    blobBytes: hasBlobs ? sum(({ blob }) => blob ?? 0) : null,
  };
}

function rowsBy(files: readonly PlainFile[], keyOf: (file: PlainFile) => string) {
  const keys = [...new Set(files.map(keyOf))].sort();
  return keys.map((key) => ({ key, ...weightOf(files.filter((file) => keyOf(file) === key)) }));
}

/** A snapshot of files that are listed by hand; each layer `n` is made by `RUN step-n` and has one entry a file. */
export function snapshotOfFiles(
  files: readonly PlainFile[],
  { layers = 1, architecture = "amd64" }: { readonly layers?: number; readonly architecture?: string } = {},
): Snapshot {
  const total = weightOf(files);
  const groups = {
    instruction: rowsBy(files, ({ layer = 0 }) => `RUN step-${layer}`),
    package: rowsBy(files, ({ package: name = "[unowned]" }) => name),
    category: rowsBy(files, ({ category = "application" }) => category),
    directory: rowsBy(files, ({ path }) => path.slice(0, path.lastIndexOf("/")) || "/"),
    base: rowsBy(files, () => "yours"),
  };
  return {
    schemaVersion: 1,
    kind: "baseline",
    image: {
      reference: "app:1",
      digest: null,
      configDigest: null,
      platform: { os: "linux", architecture, variant: null },
    },
    sizes: {
      contentBytes: total.contentBytes,
      tarBytes: null,
      blobBytes: total.blobBytes,
      rootfsBytes: total.liveBytes,
    },
    efficiency: total.contentBytes === 0 ? 1 : total.liveBytes / total.contentBytes,
    waste: {
      bytes: total.wastedBytes,
      overwrittenBytes: 0,
      metadataOnlyBytes: 0,
      deletedBytes: total.wastedBytes,
      opaqueHiddenBytes: 0,
      duplicateEntryBytes: 0,
    },
    layers: Array.from({ length: layers }, (_, i) => {
      const own = files.filter(({ layer = 0 }) => layer === i);
      return { diffId: null, instruction: `RUN step-${i}`, entries: own.length, ...weightOf(own) };
    }),
    groups,
    packages: [],
    findings: [],
    files: [...files]
      .sort((a, b) => (a.path < b.path ? -1 : 1))
      .map((file) => ({ path: file.path, hash: null, ...weightOf([file]) })),
    filesFrom: 0,
    omitted: {},
  };
}

/** A check that asks for nothing yet. */
export const PLAIN_CHECK: ImageCheck = {
  name: "app",
  image: "app:1",
  platform: null,
  dockerfile: null,
  baseline: null,
  failOn: "error",
  budgets: [],
  rules: [],
  ignores: [],
  origin: { file: "imgweigh.yaml", line: 3, key: "images[0]" },
  origins: {},
};

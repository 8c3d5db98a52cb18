import type { Analysis } from "../finding/analysis.ts";
import type { Finding } from "../finding/finding.ts";
import { keyOfPath, type PathText } from "../image-path.ts";
import type { LayerAnalysis } from "../ledger/analysis.ts";
import type { LiveFile } from "../ledger/file-lists.ts";
import { type GroupRow, NO_INSTRUCTION } from "../ledger/group.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { PackageRow } from "../ledger/package-rows.ts";
import { byPath, byText, keyOfPackage } from "./keys.ts";
import {
  SNAPSHOT_VERSION,
  type Snapshot,
  type SnapshotFile,
  type SnapshotFinding,
  type SnapshotLayer,
  type SnapshotPackage,
} from "./snapshot.ts";
import { listStoredFiles } from "./stored-files.ts";
import { WeightsByKey } from "./weights.ts";

type SavedFile = PathText & Pick<LiveFile, "bytes">;

/** What a snapshot takes of an analysis: a saved one has these, whatever later versions add. */
export interface AnalysisPart extends Pick<Analysis, "image" | "sizes" | "efficiency" | "waste" | "omitted"> {
  readonly layers: readonly Pick<
    LayerAnalysis,
    "diffId" | "instruction" | "entries" | "contentBytes" | "liveBytes" | "blobBytes"
  >[];
  readonly wasted: readonly SavedFile[];
  readonly largestFiles: readonly SavedFile[];
  readonly groups: Omit<Analysis["groups"], "layer" | "instruction">;
  readonly packages: readonly Pick<PackageRow, keyof SnapshotPackage | "installed">[];
  readonly findings: readonly (Omit<SnapshotFinding, "contentBytes"> & {
    readonly bytes: Pick<Finding["bytes"], "content">;
  })[];
}

function byKey(rows: readonly GroupRow[]): GroupRow[] {
  return [...rows].sort((a, b) => byText(a.key, b.key));
}

function listLayers(layers: AnalysisPart["layers"]): SnapshotLayer[] {
  return layers.map(({ diffId, instruction, entries, contentBytes, liveBytes, blobBytes }) => ({
    diffId,
    instruction,
    entries,
    contentBytes,
    liveBytes,
    wastedBytes: contentBytes - liveBytes,
    blobBytes,
  }));
}

function groupInstructions(layers: readonly SnapshotLayer[], hasBlobs: boolean): GroupRow[] {
  const sums = new WeightsByKey();
  for (const layer of layers)
    sums.add(layer.instruction ?? NO_INSTRUCTION, hasBlobs ? layer : { ...layer, blobBytes: null });
  return byKey(Array.from(sums.rows, ([key, weight]) => ({ key, ...weight })));
}

/** All but the files, which are given. */
function snapshotWith(analysis: AnalysisPart, files: Pick<Snapshot, "files" | "filesFrom">): Snapshot {
  const layers = listLayers(analysis.layers);
  const { omitted, groups } = analysis;
  const kept = Object.entries(omitted).filter(([list]) => /^(?:packages|groups\.(?!instruction))/.test(list));
  return {
    schemaVersion: SNAPSHOT_VERSION,
    kind: "baseline",
    image: analysis.image,
    sizes: analysis.sizes,
    efficiency: analysis.efficiency,
    waste: analysis.waste,
    layers,
    groups: {
      instruction: groupInstructions(layers, analysis.sizes.blobBytes !== null),
      package: byKey(groups.package),
      category: byKey(groups.category),
      directory: byKey(groups.directory),
      base: byKey(groups.base),
    },
    packages: analysis.packages
      .filter(({ installed }) => installed)
      .map(({ ecosystem, name, version, liveBytes, wastedBytes }) => ({
        ecosystem,
        name,
        version,
        liveBytes,
        wastedBytes,
      }))
      .sort((a, b) => byText(keyOfPackage(a), keyOfPackage(b))),
    findings: analysis.findings
      .map(({ id, rule, title, severity, inBase, bytes }) => ({
        id,
        rule,
        title,
        severity,
        inBase,
        contentBytes: bytes.content,
      }))
      .sort((a, b) => byText(a.id, b.id)),
    ...files,
    omitted: Object.fromEntries(kept),
  };
}

/**
 * Everything of an image that a comparison may need, every path included.
 *
 * @param analysis the whole one of that ledger, its lists uncut
 */
export function takeSnapshot(ledger: Ledger, analysis: Analysis): Snapshot {
  return snapshotWith(analysis, { files: listStoredFiles(ledger), filesFrom: 0 });
}

/** What a saved analysis knows: it has no hashes, and of live files only the largest. */
export function snapshotOfAnalysis(analysis: AnalysisPart): Snapshot {
  return snapshotWith(analysis, filesOfAnalysis(analysis));
}

function filesOfAnalysis({
  sizes,
  wasted,
  largestFiles,
  omitted,
}: AnalysisPart): Pick<Snapshot, "files" | "filesFrom"> {
  // Without all that is wasted nothing is known whole.
  if (omitted["wasted"] !== undefined) return { files: [], filesFrom: sizes.contentBytes + 1 };
  const files = new Map<string, SnapshotFile>();
  const add = (file: SavedFile, liveBytes: number, wastedBytes: number): void => {
    const key = keyOfPath(file);
    const before = files.get(key);
    const live = liveBytes + (before?.liveBytes ?? 0);
    const waste = wastedBytes + (before?.wastedBytes ?? 0);
    files.set(key, {
      path: file.path,
      ...(file.pathBase64 === undefined ? {} : { pathBase64: file.pathBase64 }),
      contentBytes: live + waste,
      liveBytes: live,
      wastedBytes: waste,
      blobBytes: null,
      hash: null,
    });
  };
  for (const file of largestFiles) add(file, file.bytes, 0);
  const listed = new Set(files.keys());
  for (const file of wasted) add(file, 0, file.bytes);
  if (omitted["largestFiles"] === undefined) return { files: [...files.values()].sort(byPath), filesFrom: 1 };
  // A live file that is not listed has no more bytes than the last one that is.
  const most = largestFiles.at(-1)?.bytes ?? omitted["largestFiles"].bytes ?? sizes.rootfsBytes;
  let filesFrom = most + 1;
  for (const [key, { wastedBytes }] of files) {
    if (listed.has(key)) continue;
    files.delete(key);
    filesFrom = Math.max(filesFrom, wastedBytes + most + 1);
  }
  return { files: [...files.values()].sort(byPath), filesFrom };
}

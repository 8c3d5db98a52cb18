import { ImgweighError } from "../errors.ts";
import { keyOfPath } from "../image-path.ts";
import { formatPlatform, type Platform, satisfies } from "../oci/platform.ts";
import { compareLayers } from "./compare-layers.ts";
import { comparePackages } from "./compare-packages.ts";
import { compareRows, type GroupingSide } from "./compare-rows.ts";
import { DIFF_VERSION, type Diff, type DiffRow, type DiffSide } from "./diff.ts";
import { findMoves } from "./find-moves.ts";
import type { Snapshot, SnapshotFinding } from "./snapshot.ts";
import { totalOf } from "./weights.ts";

function sideOf({ image, sizes, waste, efficiency, layers }: Snapshot): DiffSide {
  return {
    image,
    sizes,
    wastedBytes: waste.bytes,
    efficiency,
    layers: layers.length,
    entries: layers.reduce((sum, { entries }) => sum + entries, 0),
  };
}

function difference(base: number | null, head: number | null): number | null {
  return base === null || head === null ? null : head - base;
}

function changeOf(base: DiffSide, head: DiffSide): Diff["change"] {
  return {
    contentBytes: head.sizes.contentBytes - base.sizes.contentBytes,
    rootfsBytes: head.sizes.rootfsBytes - base.sizes.rootfsBytes,
    wastedBytes: head.wastedBytes - base.wastedBytes,
    tarBytes: difference(base.sizes.tarBytes, head.sizes.tarBytes),
    blobBytes: difference(base.sizes.blobBytes, head.sizes.blobBytes),
    entries: head.entries - base.entries,
    layers: head.layers - base.layers,
  };
}

function requireOnePlatform(base: Platform | null, head: Platform | null): void {
  if (base === null || head === null || satisfies(base, head) || satisfies(head, base)) return;
  const [one, other] = [formatPlatform(base), formatPlatform(head)];
  throw new ImgweighError("NOT_COMPARABLE", `the base is for ${one}, the head for ${other}`, {
    hint: "choose with --platform, or compare with a baseline of the same platform",
    details: { base: one, head: other },
  });
}

type Grouping = Exclude<keyof Snapshot["groups"], "instruction">;

function compareGroup(base: Snapshot, head: Snapshot, grouping: Grouping): DiffRow[] {
  const side = (snapshot: Snapshot): GroupingSide => ({
    rows: new Map(snapshot.groups[grouping].map((row) => [row.key, row])),
    total: totalOf(snapshot),
    rowsFrom: null,
  });
  return compareRows(side(base), side(head));
}

function comparePaths(base: Snapshot, head: Snapshot): DiffRow[] {
  const side = (snapshot: Snapshot): GroupingSide => ({
    rows: new Map(snapshot.files.map((file) => [keyOfPath(file), file])),
    total: totalOf(snapshot),
    rowsFrom: snapshot.filesFrom,
  });
  return compareRows(side(base), side(head));
}

/** Findings of one side that the other has not: by id, which is the same from build to build. */
function onlyIn(findings: readonly SnapshotFinding[], others: readonly SnapshotFinding[]): SnapshotFinding[] {
  const known = new Set(others.map(({ id }) => id));
  return findings.filter(({ id }) => !known.has(id)).sort((a, b) => b.contentBytes - a.contentBytes);
}

/**
 * What grew and shrank from `base` to `head`, and why. Synchronous and pure.
 *
 * @throws {ImgweighError} NOT_COMPARABLE where the two are of different platforms
 * @example
 * const before = parseSnapshot(await readFile("baseline.json"));
 * const { snapshot } = await snapshotImage("docker-archive:./api.tar");
 * console.log(diff(before, snapshot).change.contentBytes);
 */
export function diff(base: Snapshot, head: Snapshot): Diff {
  requireOnePlatform(base.image.platform, head.image.platform);
  const [before, after] = [sideOf(base), sideOf(head)];
  const { layers, instructions } = compareLayers(base, head);
  return {
    schemaVersion: DIFF_VERSION,
    base: before,
    head: after,
    change: changeOf(before, after),
    layers,
    groups: {
      package: compareGroup(base, head, "package"),
      category: compareGroup(base, head, "category"),
      instruction: compareRows(
        { rows: instructions.base, total: totalOf(base), rowsFrom: null },
        { rows: instructions.head, total: totalOf(head), rowsFrom: null },
      ),
      directory: compareGroup(base, head, "directory"),
      base: compareGroup(base, head, "base"),
      path: comparePaths(base, head),
    },
    packages: comparePackages(base, head),
    moves: findMoves(base, head),
    findings: { new: onlyIn(head.findings, base.findings), fixed: onlyIn(base.findings, head.findings) },
    omitted: {},
  };
}

import { ImgweighError } from "../errors.ts";
import { keyOfPath } from "../image-path.ts";
import { formatPlatform, type Platform, satisfies } from "../oci/platform.ts";
import { compareFindings } from "./compare-findings.ts";
import { compareLayers } from "./compare-layers.ts";
import { comparePackages } from "./compare-packages.ts";
import { compareRows, type GroupingSide } from "./compare-rows.ts";
import { DIFF_VERSION, type Diff, type DiffRow, type DiffSide } from "./diff.ts";
import { findMoves } from "./find-moves.ts";
import { asComparable } from "./same-image.ts";
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

function bySaving(findings: readonly SnapshotFinding[]): readonly SnapshotFinding[] {
  return [...findings].sort((a, b) => b.contentBytes - a.contentBytes);
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
export function diff(given: Snapshot, head: Snapshot): Diff {
  requireOnePlatform(given.image.platform, head.image.platform);
  const base = asComparable(given, head);
  const [before, after] = [sideOf(base), sideOf(head)];
  const { layers, instructions } = compareLayers(base, head);
  const findings = compareFindings(base.findings, head.findings);
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
    findings: { new: bySaving(findings.new), fixed: bySaving(findings.fixed) },
    omitted: {},
  };
}

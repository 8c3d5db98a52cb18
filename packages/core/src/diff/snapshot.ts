import type { Finding } from "../finding/finding.ts";
import type { PathText } from "../image-path.ts";
import type { LedgerSummary } from "../ledger/analysis.ts";
import type { GroupRow } from "../ledger/group.ts";
import type { PackageRow } from "../ledger/package-rows.ts";

/** The version of {@link Snapshot}, as its schema has it. */
export const SNAPSHOT_VERSION = 1;

/** Bytes of a row; each grouping sums to the image in every column that is known. */
export type Weight = Omit<GroupRow, "key">;

/** A layer, as it is compared. */
export interface SnapshotLayer extends Weight {
  readonly diffId: string | null;
  /** The Dockerfile instruction, as the history tells it. */
  readonly instruction: string | null;
  readonly entries: number;
}

/** All regular files that are stored under one path, over all layers. */
export interface SnapshotFile extends PathText, Weight {
  /** Hash of the live file's content, as the layer index has it; null where nothing lives there or contents were not read. */
  readonly hash: string | null;
}

/** What is remembered of a finding: enough to say that it is new, or fixed. */
export type SnapshotFinding = Pick<Finding, "id" | "rule" | "title" | "severity" | "inBase"> & {
  readonly contentBytes: number;
};

/** A package that is installed in the final image. */
export type SnapshotPackage = Pick<PackageRow, "ecosystem" | "name" | "version" | "liveBytes" | "wastedBytes">;

/**
 * An image as it was weighed, kept to be compared: one side of a diff, and what a baseline file holds. Plain JSON data
 * in deterministic order. What it does not hold is unknown, never zero.
 */
export interface Snapshot {
  readonly schemaVersion: typeof SNAPSHOT_VERSION;
  readonly kind: "baseline";
  readonly image: LedgerSummary["image"];
  readonly sizes: LedgerSummary["sizes"];
  readonly efficiency: number;
  readonly waste: LedgerSummary["waste"];
  readonly layers: readonly SnapshotLayer[];
  /**
   * By key, in code-unit order; instructions by their text alone, as numbers in the history shift with every line that is
   * added.
   */
  readonly groups: Omit<LedgerSummary["groups"], "layer">;
  /** By ecosystem and name. */
  readonly packages: readonly SnapshotPackage[];
  /** By id. */
  readonly findings: readonly SnapshotFinding[];
  /** By path, in code-unit order. */
  readonly files: readonly SnapshotFile[];
  /** Every path that stores at least so many content bytes is in `files`; 0 where all are. */
  readonly filesFrom: number;
  /** What other lists were cut by: rows that are not there are unknown. */
  readonly omitted: LedgerSummary["omitted"];
}

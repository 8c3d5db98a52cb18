import type { LedgerSummary } from "../ledger/analysis.ts";
import type { Snapshot, SnapshotFinding, Weight } from "./snapshot.ts";

/** The version of {@link Diff}, as its schema has it. */
export const DIFF_VERSION = 1;

/**
 * What happened to a row. `unknown`: the other side does not say whether it had it (a path that a baseline file left
 * out); its bytes are part of the row `[not in the baseline]`.
 */
export type RowStatus = "added" | "removed" | "changed" | "unknown";

/** What lies in rows that one of the two sides does not hold, and so cannot be told apart. */
export const NOT_IN_BASELINE = "[not in the baseline]";
/** Blob bytes of entries without content (directories, links, whiteouts), of tar ends and trailers, among paths. */
export const WITHOUT_CONTENT = "[without content]";

/** One row of a grouping that differs. The changes of a grouping's rows sum to head minus base, in every column that is known. */
export interface DiffRow {
  readonly key: string;
  readonly status: RowStatus;
  /** null where that side has no such row, or does not say. */
  readonly base: Weight | null;
  readonly head: Weight | null;
  /** Head minus base; null where `unknown`. Blob bytes are null where either side has none. */
  readonly change: Weight | null;
}

/** `same`: the same changeset at the same place; `moved`: elsewhere; `rebuilt`: the same instruction, another changeset. */
export type LayerStatus = "same" | "moved" | "rebuilt" | "added" | "removed";

/** What became of a layer. */
export interface LayerChange {
  readonly status: LayerStatus;
  /** Layer numbers, 0-based; null on the side that has no such layer. */
  readonly base: number | null;
  readonly head: number | null;
  readonly instruction: string | null;
  /** Head minus base. */
  readonly change: Weight;
}

/** `changed`: another version, and which of the two is newer is not known. */
export type PackageStatus = "added" | "removed" | "upgraded" | "downgraded" | "changed";

/** What became of a package. */
export interface PackageChange {
  readonly status: PackageStatus;
  readonly ecosystem: string;
  readonly name: string;
  /** Versions joined by ", " where there are several; null where it was not there. */
  readonly baseVersion: string | null;
  readonly headVersion: string | null;
  /** Head minus base, content bytes. */
  readonly liveBytes: number;
  readonly wastedBytes: number;
}

/**
 * A file of the root file system that has the same content at another path: its bytes are neither growth nor saving
 * there. A directory all of whose files went along is one move; its paths end with a slash.
 */
export interface FileMove {
  readonly from: string;
  readonly to: string;
  readonly files: number;
  /** Content bytes. */
  readonly bytes: number;
}

/** One of the two images of a diff, in numbers. */
export interface DiffSide {
  readonly image: Snapshot["image"];
  readonly sizes: LedgerSummary["sizes"];
  readonly wastedBytes: number;
  readonly efficiency: number;
  readonly layers: number;
  readonly entries: number;
}

/** What grew and shrank between two images, and why: plain JSON data in deterministic order. */
export interface Diff {
  readonly schemaVersion: typeof DIFF_VERSION;
  readonly base: DiffSide;
  readonly head: DiffSide;
  /** Head minus base; null where either side has none. */
  readonly change: {
    readonly contentBytes: number;
    readonly rootfsBytes: number;
    readonly wastedBytes: number;
    readonly tarBytes: number | null;
    readonly blobBytes: number | null;
    readonly entries: number;
    readonly layers: number;
  };
  /** In the order of head, removed ones where they stood. */
  readonly layers: readonly LayerChange[];
  /** Only rows that differ: the largest change of content bytes first, in absolute terms. */
  readonly groups: Readonly<Record<keyof Snapshot["groups"] | "path", readonly DiffRow[]>>;
  readonly packages: readonly PackageChange[];
  readonly moves: readonly FileMove[];
  readonly findings: { readonly new: readonly SnapshotFinding[]; readonly fixed: readonly SnapshotFinding[] };
  readonly omitted: LedgerSummary["omitted"];
}

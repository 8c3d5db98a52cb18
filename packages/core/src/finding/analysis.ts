import type { Build, Mismatch } from "../build/build.ts";
import { type LedgerSummary, limitSummary, summarizeLedger } from "../ledger/analysis.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { listEntries, type StoredEntry } from "../ledger/stored-entries.ts";
import type { Warning } from "../warning.ts";
import type { Waste } from "./find-waste.ts";
import type { Finding, Plan } from "./finding.ts";

/** The result of `analyze`: plain JSON data, in deterministic order. Bytes are content bytes unless the name says otherwise. */
export interface Analysis extends LedgerSummary {
  /** Largest saving first. Savings overlap: they are never to be added up. */
  readonly findings: readonly Finding[];
  /** Findings that go together, and what the image weighs then. */
  readonly plan: Plan;
  /** Every entry of every layer, in the order in which they are stored; null where it was not asked for. */
  readonly tree: { readonly entries: readonly StoredEntry[] } | null;
}

/** What a result has beside what reports show. */
export interface SummarizeOptions {
  /** Whether to list every entry: what a page or an explorer needs beside the rest. */
  readonly tree?: boolean | undefined;
}

/** The ledger and what was found in it, as a result: everything that reports show. */
export function summarize(
  ledger: Ledger,
  { findings, plan }: Waste,
  { mismatch }: Build,
  options: SummarizeOptions = {},
): Analysis {
  const { warnings, omitted, ...summary } = summarizeLedger(ledger);
  const tree = options.tree ? { entries: listEntries(ledger) } : null;
  return { ...summary, findings, plan, tree, warnings: [...warnings, ...mismatchWarnings(mismatch)], omitted };
}

function mismatchWarnings(mismatch: Mismatch | null): Warning[] {
  return mismatch === null ? [] : [{ code: "dockerfile-mismatch", message: mismatch.reason, layer: null, path: null }];
}

/**
 * The same with every list cut to `limit` rows, saying in `omitted` what was left out. Layers, categories, the base and
 * findings never are; of a finding, the list of its paths.
 */
export function limitLists(analysis: Analysis, limit: number): Analysis {
  const limited = limitTree(limitSummary(analysis, limit), limit);
  const left = analysis.findings.reduce((sum, { paths }) => sum + Math.max(0, paths.length - limit), 0);
  if (left === 0) return limited;
  return {
    ...limited,
    findings: analysis.findings.map((finding) => ({ ...finding, paths: finding.paths.slice(0, limit) })),
    // Paths of findings overlap, so that their bytes have no meaningful sum.
    omitted: { ...limited.omitted, "findings.paths": { count: left, bytes: null } },
  };
}

function limitTree(analysis: Analysis, limit: number): Analysis {
  const entries = analysis.tree?.entries ?? [];
  const left = entries.slice(limit);
  if (left.length === 0) return analysis;
  return {
    ...analysis,
    tree: { entries: entries.slice(0, limit) },
    omitted: {
      ...analysis.omitted,
      "tree.entries": { count: left.length, bytes: left.reduce((sum, { bytes }) => sum + bytes, 0) },
    },
  };
}

import type { Branch } from "@imgweigh/core/ledger";
import { formatBytes } from "@imgweigh/core/report";
import type { Surface } from "../commands/output-options.ts";
import { type Cell, type Column, renderTable } from "./table.ts";

const BAR_CELLS = 20;

interface Line {
  readonly name: string;
  readonly contentBytes: number;
  readonly liveBytes: number | null;
  readonly wastedBytes: number | null;
  readonly isRest: boolean;
}

function* linesOf(branch: Branch, depth: number): Generator<Line, void, undefined> {
  const indent = "  ".repeat(depth);
  yield { ...branch, name: `${indent}${branch.name}`, isRest: false };
  for (const child of branch.branches) yield* linesOf(child, depth + 1);
  const { count, contentBytes } = branch.rest;
  if (contentBytes === 0) return;
  const name = `${indent}  … ${count} smaller ${count === 1 ? "name" : "names"}`;
  yield { name, contentBytes, liveBytes: null, wastedBytes: null, isRest: true };
}

/** Eighths of a cell, so that a small branch has a bar, too. */
function bar(bytes: number, whole: number): string {
  const eighths = Math.round((bytes / Math.max(whole, 1)) * BAR_CELLS * 8);
  const part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8] ?? "";
  return `${"█".repeat(Math.floor(eighths / 8))}${part}`;
}

/** The branches that weigh much, for people. */
export function renderBranches(top: Branch, surface: Surface): string {
  const { style } = surface;
  const columns: Column[] = [
    { title: "content", align: "right" },
    { title: "wasted", align: "right" },
    { title: "of all" },
    { title: "path", shrink: "end" },
  ];
  const rows = Array.from(linesOf(top, 0), ({ name, contentBytes, wastedBytes, isRest }): Cell[] => [
    { text: formatBytes(contentBytes) },
    wastedBytes === null || wastedBytes === 0 ? { text: "-" } : { text: formatBytes(wastedBytes), paint: style.waste },
    { text: bar(contentBytes, top.contentBytes) },
    isRest ? { text: name, paint: style.dim } : { text: name },
  ]);
  return renderTable(columns, rows, surface);
}

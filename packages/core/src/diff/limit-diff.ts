import type { Omitted } from "../ledger/analysis.ts";
import type { Diff, DiffRow } from "./diff.ts";

/**
 * The same with every list cut to `limit` rows, saying in `omitted` what was left out, in content bytes of change. Layers,
 * categories, the base and findings never are.
 */
export function limitDiff(diff: Diff, limit: number): Diff {
  const omitted: Record<string, Omitted> = { ...diff.omitted };
  const cut = <Row>(name: string, rows: readonly Row[], bytesOf: (row: Row) => number): readonly Row[] => {
    if (rows.length <= limit) return rows;
    const left = rows.slice(limit);
    const before = omitted[name] ?? { count: 0, bytes: 0 };
    omitted[name] = {
      count: before.count + left.length,
      bytes: left.reduce((sum, row) => sum + bytesOf(row), before.bytes ?? 0),
    };
    return rows.slice(0, limit);
  };
  const group = (name: keyof Diff["groups"]): readonly DiffRow[] =>
    cut(`groups.${name}`, diff.groups[name], ({ change }) => change?.contentBytes ?? 0);
  return {
    ...diff,
    groups: {
      package: group("package"),
      category: diff.groups.category,
      instruction: group("instruction"),
      directory: group("directory"),
      base: diff.groups.base,
      path: group("path"),
    },
    packages: cut("packages", diff.packages, ({ liveBytes, wastedBytes }) => liveBytes + wastedBytes),
    moves: cut("moves", diff.moves, ({ bytes }) => bytes),
    omitted,
  };
}

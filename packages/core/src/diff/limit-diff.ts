import { listCutter } from "../ledger/list-cutter.ts";
import type { Diff, DiffRow } from "./diff.ts";

/**
 * The same with every list cut to `limit` rows, saying in `omitted` what was left out, in content bytes of change. Layers,
 * categories, the base and findings never are.
 */
export function limitDiff(diff: Diff, limit: number): Diff {
  const { cut, omitted } = listCutter(limit, diff.omitted);
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

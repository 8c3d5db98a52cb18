import type { Diff, DiffRow, FileMove } from "./diff.ts";
import { byText } from "./keys.ts";

/** Tells where a path that moved is now; undefined of one that did not. */
function targetsOf(moves: readonly FileMove[]): (path: string) => string | undefined {
  const files = new Map(moves.map(({ from, to }) => [from, to]));
  const directories = moves.filter(({ from }) => from.endsWith("/")).sort((a, b) => byText(a.from, b.from));
  return (path) => {
    // No directory that moved lies in another: of those that do not come after the path, only the last can hold it.
    let [low, high] = [0, directories.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((directories[middle] as FileMove).from <= path) low = middle + 1;
      else high = middle;
    }
    const last = directories[low - 1];
    return last !== undefined && path.startsWith(last.from) ? last.to + path.slice(last.from.length) : files.get(path);
  };
}

/** A diff's rows of paths without those that a move explains to the byte: people read of them once, among its moves. */
export function withoutMoved({ groups, moves }: Diff): readonly DiffRow[] {
  if (moves.length === 0) return groups.path;
  const targetOf = targetsOf(moves);
  const added = new Map(groups.path.filter(({ status }) => status === "added").map((row) => [row.key, row]));
  const told = new Set<string>();
  for (const { key, status, change } of groups.path) {
    const target = status === "removed" ? targetOf(key) : undefined;
    const there = target === undefined ? undefined : added.get(target);
    if (there?.change == null || change === null) continue;
    const isSame = (["contentBytes", "liveBytes"] as const).every(
      (column) => there.change?.[column] === -change[column],
    );
    if (isSame) told.add(key).add(there.key);
  }
  return groups.path.filter(({ key }) => !told.has(key));
}

import type { Diff, DiffRow, FileMove } from "@imgweigh/core";

/** The move that took a path away, and where it is now; undefined where none did. */
function targetOf(path: string, bySource: ReadonlyMap<string, FileMove>): string | undefined {
  const alone = bySource.get(path);
  if (alone !== undefined) return alone.to;
  for (let at = path.lastIndexOf("/"); at >= 0; at = path.lastIndexOf("/", at - 1)) {
    const move = bySource.get(path.slice(0, at + 1));
    if (move !== undefined) return move.to + path.slice(move.from.length);
    if (at === 0) break;
  }
  return undefined;
}

/** Rows of paths without those that a move explains to the byte: people read of them once, in the table of moves. */
export function withoutMoved({ groups, moves }: Diff): readonly DiffRow[] {
  if (moves.length === 0) return groups.path;
  const bySource = new Map(moves.map((move) => [move.from, move]));
  const added = new Map(groups.path.filter(({ status }) => status === "added").map((row) => [row.key, row]));
  const told = new Set<string>();
  for (const { key, status, change } of groups.path) {
    const target = status === "removed" ? targetOf(key, bySource) : undefined;
    const there = target === undefined ? undefined : added.get(target);
    if (there?.change == null || change === null) continue;
    const isSame = (["contentBytes", "liveBytes"] as const).every(
      (column) => there.change?.[column] === -change[column],
    );
    if (isSame) told.add(key).add(there.key);
  }
  return groups.path.filter(({ key }) => !told.has(key));
}

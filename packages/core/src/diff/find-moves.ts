import { keyOfPath } from "../image-path.ts";
import type { FileMove } from "./diff.ts";
import { byText } from "./keys.ts";
import type { Snapshot, SnapshotFile } from "./snapshot.ts";

interface Moved {
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
}

/** Files of equal content are paired by the longest end that their paths share, up to so many components. */
const LONGEST_END = 8;

function isLive({ hash }: SnapshotFile): boolean {
  return hash !== null;
}

/** The last `count` components of a path; null where it has fewer. */
function endOf(path: string, count: number): string | null {
  if (count === 0) return "";
  let at = path.length;
  for (let i = 0; i < count; i++) {
    if (at <= 0) return null;
    at = path.lastIndexOf("/", at - 1);
  }
  return at < 0 ? null : path.slice(at);
}

/** Pairs paths that left with paths that came, each once: those whose ends agree most first, then in order. */
function pairPaths(left: readonly string[], came: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  let [from, to] = [left, came];
  for (let count = LONGEST_END; count >= 0 && from.length > 0 && to.length > 0; count--) {
    const waiting = new Map<string, string[]>();
    // Taken from the back, so turned around.
    for (const path of to.toReversed()) {
      const end = endOf(path, count);
      if (end === null) continue;
      const list = waiting.get(end) ?? [];
      waiting.set(end, list);
      list.push(path);
    }
    const taken = new Set<string>();
    from = from.filter((path) => {
      const end = endOf(path, count);
      const other = end === null ? undefined : waiting.get(end)?.pop();
      if (other === undefined) return true;
      pairs.push([path, other]);
      taken.add(other);
      return false;
    });
    to = to.filter((path) => !taken.has(path));
  }
  return pairs;
}

function pairFiles(base: Snapshot, head: Snapshot): Moved[] {
  const liveIn = ({ files }: Snapshot): Map<string, SnapshotFile> =>
    new Map(files.filter(isLive).map((file) => [keyOfPath(file), file]));
  const [before, after] = [liveIn(base), liveIn(head)];
  const byContent = new Map<string, { bytes: number; left: string[]; came: string[] }>();
  const groupOf = ({ hash, liveBytes }: SnapshotFile) => {
    const key = `${liveBytes} ${hash}`;
    const group = byContent.get(key) ?? { bytes: liveBytes, left: [], came: [] };
    byContent.set(key, group);
    return group;
  };
  // A path that is not listed may be there all the same.
  const leaves = (file: SnapshotFile): boolean => !after.has(keyOfPath(file)) && file.contentBytes >= head.filesFrom;
  const comes = (file: SnapshotFile): boolean => !before.has(keyOfPath(file)) && file.contentBytes >= base.filesFrom;
  for (const file of before.values()) if (leaves(file)) groupOf(file).left.push(keyOfPath(file));
  for (const file of after.values()) if (comes(file)) groupOf(file).came.push(keyOfPath(file));
  return [...byContent.values()].flatMap(({ bytes, left, came }) =>
    pairPaths(left, came).map(([from, to]) => ({ from, to, bytes })),
  );
}

interface Directory {
  /** Where all that was looked at so far went; null where it did not go together, undefined before anything was. */
  to: string | null | undefined;
  /** The highest directory that it went together with, itself at least; null where it did not go. */
  top: string | null;
  files: number;
  bytes: number;
}

function split(path: string): { readonly parent: string; readonly name: string } {
  const slash = path.lastIndexOf("/");
  return { parent: path.slice(0, Math.max(0, slash)), name: path.slice(slash + 1) };
}

/** Of each directory of base that has files: where all of them went, if they went together. */
function followDirectories(files: readonly SnapshotFile[], moves: ReadonlyMap<string, Moved>): Map<string, Directory> {
  const directories = new Map<string, Directory>();
  const note = (path: string, to: string | null, count: number, bytes: number): void => {
    const { parent, name } = split(path);
    const target = to === null ? null : split(to);
    const goes = target !== null && target.name === name ? target.parent : null;
    for (let at = parent; !directories.has(at); at = split(at).parent)
      directories.set(at, { to: undefined, top: null, files: 0, bytes: 0 });
    const directory = directories.get(parent) as Directory;
    directory.to = directory.to === undefined || directory.to === goes ? goes : null;
    directory.files += count;
    directory.bytes += bytes;
  };
  for (const file of files) {
    const move = moves.get(keyOfPath(file));
    note(keyOfPath(file), move?.to ?? null, 1, move?.bytes ?? 0);
  }
  // A directory's path is longer than that of the one it lies in: from the deepest up, and down again.
  const upwards = [...directories].sort(([a], [b]) => b.length - a.length);
  for (const [path, { to, files: count, bytes }] of upwards) if (path !== "") note(path, to ?? null, count, bytes);
  for (const [path, directory] of upwards.reverse())
    if (directory.to != null) directory.top = (path === "" ? null : directories.get(split(path).parent)?.top) ?? path;
  return directories;
}

/** Whether a directory went as a whole, rather than one file of it. */
function goesWhole(directory: Directory | undefined): directory is Directory & { to: string } {
  return directory?.to != null && directory.files > 1;
}

/** Directories and files that are elsewhere now, the largest first. Each file is part of one move at most. */
export function findMoves(base: Snapshot, head: Snapshot): FileMove[] {
  const moved = pairFiles(base, head);
  if (moved.length === 0) return [];
  const bySource = new Map(moved.map((move) => [move.from, move]));
  // Only where every path is known can all of a directory be seen to go.
  const directories =
    base.filesFrom === 0 ? followDirectories(base.files.filter(isLive), bySource) : new Map<string, Directory>();
  const moves = new Map<string, FileMove>();
  for (const { from, to, bytes } of moved) {
    const top = directories.get(split(from).parent)?.top ?? null;
    const whole = top === null ? undefined : directories.get(top);
    if (top !== null && goesWhole(whole))
      moves.set(`${top}/`, { from: `${top}/`, to: `${whole.to}/`, files: whole.files, bytes: whole.bytes });
    else moves.set(from, { from, to, files: 1, bytes });
  }
  return [...moves.values()]
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes || byText(a.from, b.from));
}

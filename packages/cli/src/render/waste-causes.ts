import type { Analysis } from "@imgweigh/core";

/** Wasted files of one directory that went the same way: one cause. */
export interface WasteCause {
  readonly directory: string;
  readonly addedIn: number;
  readonly removedIn: number;
  /** Its largest file. */
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  readonly fate: Analysis["wasted"][number]["fate"];
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Names of a directory's parents are few: what lies deeper than this is one place for a person. */
const DEPTH = 3;

function placeOf(path: string): string {
  const parts = directoryOf(path).split("/");
  return parts.length > DEPTH + 1 ? parts.slice(0, DEPTH + 1).join("/") : parts.join("/") || "/";
}

/** What waste is made of: rows of one place, one pair of layers and one fate are one, the largest first. */
export function wasteCauses({ wasted }: Analysis): readonly WasteCause[] {
  const causes = new Map<string, WasteCause>();
  for (const { path, bytes, fate, addedIn, removedIn } of wasted) {
    const directory = placeOf(path);
    const key = JSON.stringify([directory, addedIn, removedIn, fate]);
    const known = causes.get(key);
    causes.set(
      key,
      known === undefined
        ? { directory, addedIn, removedIn, path, files: 1, bytes, fate }
        : { ...known, files: known.files + 1, bytes: known.bytes + bytes },
    );
  }
  return [...causes.values()].sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
}

/** `3→8`: added in one layer, and gone in the other. */
export function layerPair({ addedIn, removedIn }: Pick<WasteCause, "addedIn" | "removedIn">): string {
  return addedIn === removedIn ? String(addedIn) : `${addedIn}→${removedIn}`;
}

/** The place of a cause: its file where it is one, else the directory and how many files. */
export function causeText({ directory, path, files }: WasteCause): string {
  return files === 1 ? path : `${directory === "/" ? "" : directory}/… ${files} files`;
}

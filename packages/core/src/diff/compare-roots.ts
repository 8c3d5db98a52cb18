import type { ExpectedChanges } from "../edit/expected-changes.ts";
import type { RootEntry, RootListing } from "../image/root-entries.ts";
import { type ImagePath, textOfPath } from "../image-path.ts";

/** What two root file systems do not share, in the order of paths. */
export interface RootDifference {
  readonly path: string;
  readonly what: "added" | "removed" | "type" | "mode" | "owner" | "link" | "attributes" | "content";
  /** `0755`, `1000:1000` …; null where there is nothing. */
  readonly before: string | null;
  readonly after: string | null;
}

const PACKAGE_STATE =
  /^(?:(?:usr\/)?lib\/apk\/db|etc\/apk\/world|var\/lib\/dpkg|var\/lib\/apt|var\/lib\/rpm|var\/lib\/pacman|usr\/lib\/sysimage|var\/log)(?:\/|$)/;

const ASPECTS: readonly { readonly what: RootDifference["what"]; readonly of: (entry: RootEntry) => string }[] = [
  { what: "type", of: ({ type }) => type },
  { what: "mode", of: ({ mode }) => mode.toString(8).padStart(4, "0") },
  { what: "owner", of: ({ uid, gid }) => `${uid}:${gid}` },
  { what: "link", of: ({ link }) => link },
  { what: "attributes", of: ({ xattrs }) => Buffer.from(xattrs, "latin1").toString("hex").slice(0, 80) },
  { what: "content", of: ({ content }) => content.slice(0, 12) },
];

/** Directories that hold no file but expected ones, or none at all and lie in one that goes. */
function emptiedDirectories(before: RootListing, expected: ExpectedChanges): Set<ImagePath> {
  const kept = new Set<ImagePath>();
  const gone = new Set<ImagePath>();
  const eachParent = (path: ImagePath, into: Set<ImagePath>) => {
    for (let slash = path.lastIndexOf("/"); slash !== -1; slash = path.lastIndexOf("/", slash - 1)) {
      const parent = path.slice(0, slash);
      if (into.has(parent)) return;
      into.add(parent);
    }
  };
  for (const [path, { type }] of before.entries) {
    if (type !== "directory") eachParent(path, expected.removed.has(path) ? gone : kept);
  }
  const emptied = new Set([...gone].filter((path) => !kept.has(path) && path.includes("/")));
  for (const [path, { type }] of before.entries) {
    const slash = path.lastIndexOf("/");
    if (type === "directory" && slash !== -1 && !kept.has(path) && emptied.has(path.slice(0, slash))) emptied.add(path);
  }
  return emptied;
}

/**
 * What changed between two builds beyond what a plan says. Times are not compared.
 */
export function compareRoots(before: RootListing, after: RootListing, expected: ExpectedChanges): RootDifference[] {
  const emptied = emptiedDirectories(before, expected);
  const isState = (path: ImagePath) => expected.packages && PACKAGE_STATE.test(path);
  const found: RootDifference[] = [];
  const tell = (path: ImagePath, what: RootDifference["what"], old: string | null, now: string | null) =>
    found.push({ path: textOfPath(path).path, what, before: old, after: now });
  for (const [path, old] of before.entries) {
    if (isState(path)) continue;
    const now = after.entries.get(path);
    if (now === undefined) {
      if (!expected.base && !expected.removed.has(path) && !emptied.has(path)) tell(path, "removed", old.type, null);
      continue;
    }
    for (const { what, of } of ASPECTS) {
      const isExpected = what === "content" && expected.rewritten.has(path);
      if (of(old) !== of(now) && !isExpected) tell(path, what, of(old), of(now));
    }
  }
  for (const [path, now] of after.entries) {
    if (!expected.base && !before.entries.has(path) && !isState(path)) tell(path, "added", null, now.type);
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

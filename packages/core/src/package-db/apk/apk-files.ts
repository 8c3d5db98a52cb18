import type { ImagePath } from "../../image-path.ts";
import type { CaptureRequest } from "../../layer/capture.ts";
import type { FileView, ViewedFile } from "../package-db.ts";

const MiB = 1024 * 1024;

/** Where apk-tools keeps its database; Wolfi moved it with `lib -> usr/lib`. The first that is there is the one. */
const DIRECTORIES: readonly ImagePath[] = ["lib/apk/db", "usr/lib/apk/db"];
const WORLD = "etc/apk/world";

/** Indexes that a call of apk has left: without network it reads them all the same. */
export const INDEXES: readonly string[] = ["var/cache/apk/APKINDEX.", "etc/apk/cache/APKINDEX."];

function inDatabase(name: string): ImagePath[] {
  return DIRECTORIES.map((directory) => `${directory}/${name}`);
}

export const APK_CAPTURES: readonly CaptureRequest[] = [
  {
    id: "apk",
    version: 1,
    names: [...inDatabase("installed"), WORLD],
    prefixes: [],
    suffixes: [],
    magic: [],
    maxBytes: 64 * MiB,
  },
  {
    id: "apk-scripts",
    version: 1,
    names: [...inDatabase("scripts.tar"), ...inDatabase("triggers")],
    prefixes: [],
    suffixes: [],
    magic: [],
    maxBytes: 8 * MiB,
  },
  // That one is there is all there is to know.
  { id: "apk-index", version: 1, names: [], prefixes: INDEXES, suffixes: [], magic: [], maxBytes: 1 },
];

/** apk's own files, as they stand. */
export interface ApkFiles {
  readonly installed: ViewedFile | undefined;
  /** A second database, which apk does not read. */
  readonly other: ViewedFile | undefined;
  readonly world: ViewedFile | undefined;
  readonly scripts: ViewedFile | undefined;
  readonly triggers: ViewedFile | undefined;
}

export function apkFiles(view: FileView): ApkFiles {
  const find = (name: string): ViewedFile[] => inDatabase(name).flatMap((path) => view.get(path) ?? []);
  const [installed, ...others] = find("installed");
  return {
    installed,
    other: others.find(({ path }) => path !== installed?.path),
    world: view.get(WORLD),
    scripts: find("scripts.tar")[0],
    triggers: find("triggers")[0],
  };
}

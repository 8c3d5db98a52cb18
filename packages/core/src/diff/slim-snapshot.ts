import type { Omitted } from "../ledger/list-cutter.ts";
import type { Snapshot } from "./snapshot.ts";

/** A baseline file holds paths and directories of at least one part in so many of the image's content bytes. */
const PARTS = 1000;

/**
 * The same without what is small: only paths and directories of at least 0.1 % of the image's content bytes. All other
 * lists stay whole.
 */
export function slimSnapshot(snapshot: Snapshot): Snapshot {
  const least = Math.max(1, Math.ceil(snapshot.sizes.contentBytes / PARTS));
  const filesFrom = Math.max(least, snapshot.filesFrom);
  const directory = snapshot.groups.directory.filter(({ contentBytes }) => contentBytes >= least);
  const left = snapshot.groups.directory.length - directory.length;
  const bytes = (rows: Snapshot["groups"]["directory"]): number => rows.reduce((sum, row) => sum + row.contentBytes, 0);
  const before: Omitted = snapshot.omitted["groups.directory"] ?? { count: 0, bytes: 0 };
  const cut: Omitted = {
    count: before.count + left,
    bytes: (before.bytes ?? 0) + bytes(snapshot.groups.directory) - bytes(directory),
  };
  return {
    ...snapshot,
    groups: { ...snapshot.groups, directory },
    files: snapshot.files.filter(({ contentBytes }) => contentBytes >= filesFrom),
    filesFrom,
    omitted: cut.count === 0 ? snapshot.omitted : { ...snapshot.omitted, "groups.directory": cut },
  };
}

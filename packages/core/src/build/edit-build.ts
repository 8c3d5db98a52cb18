import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import type { HistoryMatches } from "../dockerfile/match-history.ts";
import type { BuildChange } from "./build.ts";
import type { BuildEdit } from "./build-edit.ts";
import type { Builder } from "./builder.ts";
import { changedLines } from "./changed-lines.ts";
import { editDockerfile } from "./edit-dockerfile.ts";
import { editIgnore } from "./edit-ignore.ts";
import type { WorkingDirectories } from "./edit-work.ts";
import { unifiedDiff } from "./unified-diff.ts";

/** A file that edits may change, as it is. */
export interface GivenFile {
  readonly name: string;
  /** null where it does not exist. */
  readonly text: string | null;
}

/** What there is to edit: the author's Dockerfile, or what the history recorded of it. */
export interface Editable {
  readonly dockerfile: Dockerfile;
  readonly matches: HistoryMatches;
  readonly builder: Builder | null;
  readonly directories: WorkingDirectories;
  /** Name of the author's Dockerfile; null where there is none. */
  readonly name: string | null;
  /** The .dockerignore that goes with it; null where there is no Dockerfile. */
  readonly ignore: GivenFile | null;
}

type IgnorePaths = Extract<BuildEdit, { kind: "ignore-paths" }>;

function isIgnore(edit: BuildEdit): edit is IgnorePaths {
  return edit.kind === "ignore-paths";
}

/** Applies edits to the Dockerfile, and to its .dockerignore where they concern it: all of them, or none. */
export function editBuild(editable: Editable, edits: readonly BuildEdit[]): BuildChange {
  const { dockerfile, matches, builder, directories, name, ignore } = editable;
  const ignored = edits.filter(isIgnore);
  if (ignored.length > 0 && ignore === null) return { kind: "refused", reason: "" };
  const instructions = edits.filter((edit) => !isIgnore(edit));
  const edited = editDockerfile(dockerfile, matches, instructions, { builder, directories });
  if (edited.kind === "refused") return edited;
  const kept = ignored.length === 0 || ignore === null ? null : editIgnore(dockerfile, matches, ignored, ignore);
  if (kept?.kind === "refused") return kept;
  const changes = [
    { name: name ?? "", before: dockerfile.text as string | null, text: edited.text },
    ...(kept === null || ignore === null ? [] : [{ name: ignore.name, before: ignore.text, text: kept.text }]),
  ].filter(({ before, text }) => before !== text);
  const lines = changes.map(({ before, text }) => changedLines(before ?? "", text));
  return {
    kind: "edited",
    files: name === null ? [] : changes,
    patch:
      name === null ? null : changes.map((change) => unifiedDiff(change.name, change.before, change.text)).join(""),
    before: lines.map(({ before }) => before).join(""),
    after: lines.map(({ after }) => after).join(""),
    assumes: edited.assumes,
  };
}

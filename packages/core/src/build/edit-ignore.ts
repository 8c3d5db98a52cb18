import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import type { HistoryMatches } from "../dockerfile/match-history.ts";
import type { BuildEdit } from "./build-edit.ts";

type IgnorePaths = Extract<BuildEdit, { kind: "ignore-paths" }>;

export type IgnoreEditResult =
  | { readonly kind: "edited"; readonly text: string }
  /** A whole sentence. */
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Adds lines to a .dockerignore. It says what is sent of the build's context, so it does nothing about what is copied
 * from another stage or fetched from elsewhere: that is refused.
 *
 * @param file the .dockerignore; its text is null where there is none yet
 */
export function editIgnore(
  dockerfile: Dockerfile,
  matches: HistoryMatches,
  edits: readonly IgnorePaths[],
  { name, text }: { readonly name: string; readonly text: string | null },
): IgnoreEditResult {
  for (const { step } of edits) {
    const index = matches.steps[step]?.instruction ?? null;
    const instruction = index === null ? undefined : dockerfile.instructions[index];
    if (instruction === undefined) return refused("The COPY that brings them is not found in the Dockerfile.");
    if (instruction.flags.some(({ name }) => name === "from") || /(?:^|\s)(?:https?|git):/.test(instruction.args))
      return refused("They do not come from the build's context, so .dockerignore does not concern them.");
  }
  const before = text ?? "";
  const known = new Set(before.split("\n").map((line) => line.trim()));
  // A new file of the context would be copied as well.
  const itself = text === null ? [name.slice(name.lastIndexOf("/") + 1)] : [];
  const patterns = [...itself, ...edits.flatMap((edit) => edit.patterns)];
  const lines = [...new Set(patterns)].filter((pattern) => !known.has(pattern));
  const start = before === "" || before.endsWith("\n") ? before : `${before}\n`;
  return { kind: "edited", text: `${start}${lines.map((line) => `${line}\n`).join("")}` };
}

function refused(reason: string): IgnoreEditResult {
  return { kind: "refused", reason };
}

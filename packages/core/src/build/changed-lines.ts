import { dockerfileTools } from "../dockerfile/dockerfile-tools.ts";

/** The lines of two texts that differ, without those around them. */
export interface ChangedLines {
  readonly before: string;
  readonly after: string;
}

/** What changes from one text to another. Needs `loadDockerfileTools()` to have been awaited. */
export function changedLines(before: string, after: string): ChangedLines {
  // The differ takes an empty text for one empty line.
  if (before === "" || after === "") return { before, after };
  const { hunks } = dockerfileTools().differ.structuredPatch("", "", before, after, "", "", { context: 0 });
  const lines = hunks.flatMap((hunk) => hunk.lines);
  const having = (mark: string): string =>
    lines.flatMap((line) => (line.startsWith(mark) ? [`${line.slice(1)}\n`] : [])).join("");
  return { before: having("-"), after: having("+") };
}

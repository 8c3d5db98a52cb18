import type { Dockerfile, DockerfileInstruction } from "../dockerfile/dockerfile.ts";

export interface TextChange {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const DIRECTIVE = /^#[ \t]*\w+[ \t]*=/;
const COMMENT = /^[ \t]*#/;

/** Where parser directives such as `# syntax=…` end: nothing may stand before them. */
function directivesEnd(text: string): number {
  let at = 0;
  while (at < text.length) {
    const feed = text.indexOf("\n", at);
    const end = feed === -1 ? text.length : feed;
    if (!DIRECTIVE.test(text.slice(at, end))) break;
    at = Math.min(end + 1, text.length);
  }
  return at;
}

/** Where the comment lines start that stand right above an instruction; the start of its line where there are none. */
export function blockStart({ text }: Dockerfile, { start }: DockerfileInstruction): number {
  const first = directivesEnd(text);
  let at = text.lastIndexOf("\n", start - 1) + 1;
  while (at > first) {
    const previous = text.lastIndexOf("\n", at - 2) + 1;
    if (previous < first || !COMMENT.test(text.slice(previous, at))) break;
    at = previous;
  }
  return at;
}

/** The comment lines right above an instruction, with their line feeds. */
export function commentsAbove(dockerfile: Dockerfile, instruction: DockerfileInstruction): string {
  const lineStart = dockerfile.text.lastIndexOf("\n", instruction.start - 1) + 1;
  return dockerfile.text.slice(blockStart(dockerfile, instruction), lineStart);
}

/** Takes an instruction out with its lines and comments, and one of the empty lines around it. */
export function removal(dockerfile: Dockerfile, instruction: DockerfileInstruction): TextChange {
  const { text } = dockerfile;
  const start = blockStart(dockerfile, instruction);
  const feed = text.indexOf("\n", instruction.end);
  const end = feed === -1 ? text.length : feed + 1;
  const blankAfter = /^[ \t]*\r?\n/.exec(text.slice(end, end + 200))?.[0].length ?? 0;
  const isBlankBefore = start === 0 || /\n[ \t]*\r?\n$/.test(text.slice(Math.max(0, start - 200), start));
  return { start, end: isBlankBefore ? end + blankAfter : end, text: "" };
}

/** Changes that do not overlap; null where some do. Insertions at one place keep their order. */
export function withTextChanges(text: string, changes: readonly TextChange[]): string | null {
  const feed = text.includes("\r\n") ? "\r\n" : "\n";
  const ordered = [...changes.entries()].sort(([i, a], [k, b]) => a.start - b.start || a.end - b.end || i - k);
  let out = "";
  let at = 0;
  for (const [, change] of ordered) {
    if (change.start < at) return null;
    out += text.slice(at, change.start) + change.text.replace(/\r?\n/g, feed);
    at = change.end;
  }
  return out + text.slice(at);
}

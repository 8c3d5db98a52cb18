import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import { matchesText } from "../ledger/glob.ts";

/** A comment of a Dockerfile that accepts what rules find in the next instruction. */
export interface Silence {
  /** Rules' ids, or globs of them. */
  readonly rules: readonly string[];
  readonly reason: string;
  /** The comment's line, 1-based. */
  readonly line: number;
  /** Lines of the instruction, both included. */
  readonly from: number;
  readonly to: number;
}

const COMMENT = /^[ \t]*#[ \t]*imgweigh[ \t]+ignore=([\w*?,-]+)[ \t:]*(.*)$/;

/** `# imgweigh ignore=RULE[,RULE] reason`, each for the next instruction. `notes` say of those that silence nothing why. */
export function readSilences({ text, instructions }: Dockerfile): { silences: Silence[]; notes: string[] } {
  const silences: Silence[] = [];
  const notes: string[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    const [, rules, reason = ""] = COMMENT.exec(line.replace(/\r$/, "")) ?? [];
    if (rules === undefined) continue;
    const next = instructions.find((instruction) => instruction.line > i + 1);
    if (next === undefined) notes.push(`line ${i + 1}: no instruction follows the comment, so it ignores nothing`);
    else if (reason.trim() === "")
      notes.push(`line ${i + 1}: the comment gives no reason, so it ignores nothing: # imgweigh ignore=RULE REASON`);
    else
      silences.push({ rules: rules.split(","), reason: reason.trim(), line: i + 1, from: next.line, to: next.endLine });
  }
  return { silences, notes };
}

/** The comment that accepts a finding; undefined where none does. */
export function silenceOf(silences: readonly Silence[], rule: string, line: number): Silence | undefined {
  return silences.find(
    ({ rules, from, to }) => line >= from && line <= to && rules.some((glob) => matchesText(glob, rule)),
  );
}

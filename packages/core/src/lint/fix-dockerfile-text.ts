import type { EditedFile } from "../build/build.ts";
import { unifiedDiff } from "../build/unified-diff.ts";
import { matchesText } from "../ledger/glob.ts";
import { type LintInput, type LintOptions, lintDrafts, readLintedDockerfile } from "./lint-dockerfile.ts";
import { lintSubject } from "./lint-subject.ts";
import { fixProven } from "./proven-edits.ts";
import { readSilences, silenceOf } from "./silence.ts";

/** A Dockerfile with all that its text alone proves, and what is left to people. */
export interface FixedText {
  readonly file: EditedFile;
  /** A unified diff; empty where nothing changes. */
  readonly patch: string;
  /** What was mended, in order: whole sentences. */
  readonly mended: readonly string[];
  /** What is left, with the line where it stands now and what to do. */
  readonly left: readonly {
    readonly line: number;
    readonly rule: string;
    readonly title: string;
    readonly fix: string;
  }[];
  /** What must hold for the edited build to mean the same. */
  readonly assumes: readonly string[];
}

/**
 * Makes the edits of a Dockerfile that its text alone proves, without any image. What a comment or a level of `off`
 * accepts is left as it is.
 *
 * @throws {ImgweighError} as {@link lintDockerfile}
 */
export async function fixDockerfileText(
  input: LintInput,
  { rules = [] }: Pick<LintOptions, "rules">,
): Promise<FixedText> {
  const dockerfile = await readLintedDockerfile(input);
  const draftsOf = (current: typeof dockerfile) => {
    const { silences } = readSilences(current);
    const isOff = (rule: string): boolean => rules.findLast((one) => matchesText(one.rule, rule))?.level === "off";
    return lintDrafts(lintSubject(current, input.context ?? null)).filter(
      ({ rule, line }) => !isOff(rule) && silenceOf(silences, rule, line) === undefined,
    );
  };
  const { text, assumes, mended } = fixProven(dockerfile, draftsOf);
  const after = await readLintedDockerfile({ ...input, text });
  return {
    file: { name: input.name, before: input.text, text },
    patch: unifiedDiff(input.name, input.text, text),
    mended: mended.map(({ line, title }) => `line ${line}: ${title}`),
    left: draftsOf(after).map(({ line, rule, title, fix }) => ({ line, rule, title, fix })),
    assumes,
  };
}

import { createHash } from "node:crypto";
import type { Ignore, Level, RuleLevel } from "../check/check-config.ts";
import { type Dockerfile, readDockerfile } from "../dockerfile/dockerfile.ts";
import { describeRules } from "../finding/describe-rules.ts";
import { matchesText } from "../ledger/glob.ts";
import type { BuildContext } from "./build-context.ts";
import type { LintedFile, LintFinding, SilencedFinding } from "./lint-result.ts";
import { type LintDraft, type LintSubject, lintSubject } from "./lint-subject.ts";
import { provenText } from "./proven-edits.ts";
import { LINT_RULES } from "./rules.ts";
import { readSilences, silenceOf } from "./silence.ts";

/** A Dockerfile that is looked at without any image. */
export interface LintInput {
  /** As it is named in results. */
  readonly name: string;
  readonly text: string;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** The stage that is built, by name or number; the last where absent. */
  readonly target?: string | undefined;
  /** What the build is sent; null where that is not known. */
  readonly context?: BuildContext | null | undefined;
}

/** How a Dockerfile is looked at without an image. */
export interface LintOptions {
  readonly rules?: readonly RuleLevel[] | undefined;
  readonly ignores?: readonly Ignore[] | undefined;
  /** The least level that fails; `error` where absent. */
  readonly failOn?: Level | undefined;
  /** The day that ignores are held against, `YYYY-MM-DD`. */
  readonly today: string;
}

const PAGES: ReadonlyMap<string, string | null> = new Map(describeRules().map(({ id, docsUrl }) => [id, docsUrl]));

const ID_LENGTH = 12;
const WEIGHT = { off: 0, warn: 1, error: 2 } as const satisfies Record<Level, number>;

function levelOf({ rule, breaks }: LintDraft, { rules = [] }: LintOptions): Level {
  return rules.findLast((one) => matchesText(one.rule, rule))?.level ?? (breaks === true ? "error" : "warn");
}

/** What rules say of a Dockerfile, by line, each thing once. */
export function lintDrafts(subject: LintSubject): readonly LintDraft[] {
  const seen = new Set<string>();
  return LINT_RULES.flatMap((rule) => [...rule(subject)])
    .filter(({ rule, line, key, title }) => {
      const name = JSON.stringify([rule, line, key ?? title]);
      return !seen.has(name) && seen.add(name);
    })
    .sort((a, b) => a.line - b.line);
}

function findingOf(subject: LintSubject, draft: LintDraft, level: Exclude<Level, "off">, failOn: Level): LintFinding {
  const { rule, title, line, fix, key = title, bytes = null, paths = [] } = draft;
  const proven = provenText(subject.dockerfile, draft);
  return {
    id: createHash("sha256").update(`${rule}\0${key}`).digest("hex").slice(0, ID_LENGTH),
    rule,
    title,
    level,
    fails: failOn !== "off" && WEIGHT[level] >= WEIGHT[failOn],
    line,
    bytes: { content: bytes },
    paths,
    fix: { text: fix, isEdit: proven !== null, assumes: proven?.assumes ?? [] },
    docsUrl: PAGES.get(rule) ?? null,
  };
}

function isIgnored({ rule, path }: Ignore, draft: LintDraft): boolean {
  const within = (one: string): boolean =>
    path !== null && (one === path || one.startsWith(`${path}/`) || matchesText(path, one));
  return (
    matchesText(rule, draft.rule) &&
    (path === null || ((draft.paths ?? []).length > 0 && (draft.paths ?? []).every(within)))
  );
}

/** RUNs that no shell of POSIX reads as they are written: rules look at what they could read. */
function unreadable({ runs }: LintSubject): string[] {
  return runs
    .filter(({ script }) => !script.complete)
    .map(({ instruction }) => `line ${instruction.line}: the script could not be read in full, and is left as it is`);
}

/** @throws {ImgweighError} LIMIT_EXCEEDED beyond 128 KiB */
export async function readLintedDockerfile({ text, buildArgs, target }: LintInput): Promise<Dockerfile> {
  return readDockerfile(text, { buildArgs: new Map(Object.entries(buildArgs ?? {})), target });
}

/**
 * What a Dockerfile and its context show, before any image is there.
 *
 * @throws {ImgweighError} LIMIT_EXCEEDED beyond 128 KiB
 */
export async function lintDockerfile(input: LintInput, options: LintOptions): Promise<LintedFile> {
  const { name, target = null, context = null } = input;
  const { ignores = [], failOn = "error", today } = options;
  const dockerfile = await readLintedDockerfile(input);
  const subject = lintSubject(dockerfile, context);
  const { silences, notes } = readSilences(dockerfile);
  const used = new Set<unknown>();
  const findings: LintFinding[] = [];
  const ignored: SilencedFinding[] = [];
  for (const draft of lintDrafts(subject)) {
    const level = levelOf(draft, options);
    const silence = silenceOf(silences, draft.rule, draft.line);
    if (silence !== undefined) used.add(silence);
    const ignore = ignores.find((one) => (one.until === null || one.until >= today) && isIgnored(one, draft));
    if (level === "off") continue;
    const finding = findingOf(subject, draft, level, failOn);
    const reason = silence?.reason ?? ignore?.reason;
    if (reason === undefined) findings.push(finding);
    else ignored.push({ finding, reason });
  }
  const unneeded = silences.filter((silence) => !used.has(silence));
  const missing =
    dockerfile.target === -1 ? [dockerfile.stages.length === 0 ? "it has no FROM" : `it has no stage ${target}`] : [];
  return {
    dockerfile: name,
    target,
    context:
      context === null
        ? null
        : { directory: context.directory, files: context.files, contentBytes: context.contentBytes },
    passed: missing.length === 0 && !findings.some(({ fails }) => fails),
    findings,
    ignored,
    notes: [
      ...missing,
      ...unreadable(subject),
      ...notes,
      ...unneeded.map(
        ({ line, rules }) => `line ${line}: nothing of ${rules.join(", ")} is found there, so the comment can go`,
      ),
    ],
  };
}

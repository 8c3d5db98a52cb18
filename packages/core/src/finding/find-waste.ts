import { createHash } from "node:crypto";
import type { Build, BuildChange, EditedFile } from "../build/build.ts";
import { editedCopies } from "../edit/copies-of-files.ts";
import type { ExpectedChanges } from "../edit/expected-changes.ts";
import { exactnessOf, sizesAfter, sizesOf } from "../edit/weigh-edits.ts";
import { textOfPath } from "../image-path.ts";
import { KEPT } from "../judge/judgement.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type PlanChoice, requireKnown } from "./choice.ts";
import { docsUrlOf } from "./describe-rules.ts";
import { Facts } from "./facts.ts";
import type { Finding, FindingFix, Plan } from "./finding.ts";
import { matchFiles } from "./match-files.ts";
import { choosePlan, type WeighedDraft } from "./plan.ts";
import type { Draft, Fix, Rule } from "./rule.ts";
import { RULES } from "./rules.ts";

/** What is looked for. */
export interface FindWasteOptions {
  /** Rules to apply; all that are known where absent. */
  readonly rules?: readonly Rule[] | undefined;
  /** What the plan is made of; all that is sure of itself where absent. */
  readonly choice?: PlanChoice | undefined;
  /** A comment of the Dockerfile accepts what a rule finds at a line: it is neither told nor planned. */
  readonly isSilenced?: ((rule: string, line: number) => boolean) | undefined;
}

/** All that was found, largest saving first, and the plan to get rid of it. */
export interface Waste {
  readonly findings: readonly Finding[];
  readonly plan: Plan;
  /** The Dockerfile and its .dockerignore as the plan would have them, whole; only what changes, and none without a given Dockerfile. */
  readonly edited: readonly EditedFile[];
  /** What the plan changes of the root file system. */
  readonly expected: ExpectedChanges;
}

/**
 * Looks for waste: each finding with what exactly the image would lose, and how to do it. Synchronous and pure.
 *
 * @throws {ImgweighError} FINDING_UNKNOWN where the choice names what is not there
 *
 * @param build from {@link readBuild}
 */
export function findWaste(ledger: Ledger, build: Build, options: FindWasteOptions = {}): Waste {
  const rules = options.rules ?? RULES;
  const facts = new Facts(ledger, build);
  const matched = matchFiles(facts, rules);
  const found = new Map<string, WeighedDraft>();
  for (const rule of rules)
    for (const draft of rule.find(facts, matched.get(rule) ?? [])) {
      const weighed = weighDraft(facts, rule, draft);
      // A rule that saw the same thing twice says it once.
      if (!found.has(weighed.finding.id)) found.set(weighed.finding.id, weighed);
    }
  const { choice = {}, isSilenced = () => false } = options;
  const told = [...found.values()].filter(({ finding: { rule, line } }) => line === null || !isSilenced(rule, line));
  const sorted = withoutRepeats(told).sort((a, b) => bySaving(a.finding, b.finding));
  const findings = withOwnTitles(sorted.map(({ finding }) => finding));
  const known = rules.map(({ id }) => id);
  requireKnown(choice, findings, known);
  return { findings, ...choosePlan(facts, sorted, choice) };
}

/** Findings that would read alike are told apart by the first of their files. */
function withOwnTitles(findings: readonly Finding[]): Finding[] {
  const counts = new Map<string, number>();
  for (const { title } of findings) counts.set(title, (counts.get(title) ?? 0) + 1);
  return findings.map((finding) => {
    const [path] = finding.paths;
    return (counts.get(finding.title) ?? 0) > 1 && path !== undefined
      ? { ...finding, title: `${finding.title}: ${path}` }
      : finding;
  });
}

function bySaving(a: Finding, b: Finding): number {
  return b.bytes.content - a.bytes.content || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : a.id < b.id ? -1 : 1);
}

const SEVERITIES = ["error", "warn", "info"];

/**
 * Several rules may see one mistake, each from its side, and mend it by the very same edit: the gravest says it, and
 * where they are as grave, the one whose evidence weighs most.
 */
function withoutRepeats(found: readonly WeighedDraft[]): WeighedDraft[] {
  const byEdit = new Map<unknown, WeighedDraft>();
  for (const weighed of found) {
    const { build } = weighed.draft.fix;
    const edit = build.length === 0 ? weighed : JSON.stringify(build);
    const known = byEdit.get(edit);
    if (known === undefined || tellsMore(weighed, known)) byEdit.set(edit, weighed);
  }
  return [...byEdit.values()];
}

function tellsMore({ finding: a }: WeighedDraft, { finding: b }: WeighedDraft): boolean {
  const graver = SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity);
  return graver > 0 || (graver === 0 && (a.bytes.content > b.bytes.content || a.paths.length > b.paths.length));
}

/** 48 bits: enough to tell the findings of an image apart, short enough to type. */
const ID_LENGTH = 12;

function idOf(rule: Rule, { key }: Draft): string {
  return createHash("sha256").update(`${rule.id}\0${key}`).digest("hex").slice(0, ID_LENGTH);
}

function weighDraft(facts: Facts, rule: Rule, draft: Draft): WeighedDraft {
  const { ledger } = facts;
  const { fix } = draft;
  const edited = fix.build.length === 0 ? null : facts.build.edit(fix.build);
  const judged = edited?.kind === "edited" ? facts.judge.judge([fix]) : KEPT;
  const change: BuildChange | null =
    judged.refusal === null ? edited : { kind: "refused", reason: `No edit is offered: ${judged.refusal}` };
  const edits = fix.image.length === 0 ? [] : [...fix.image, ...editedCopies(ledger, change)];
  const before = sizesOf(ledger);
  const after = edits.length === 0 ? before : sizesAfter(ledger, edits);
  const less = (from: number | null, to: number | null): number | null =>
    from === null || to === null ? null : from - to;
  const [first] = draft.layers;
  const step = first === undefined ? null : facts.stepOf(first);
  const finding: Finding = {
    id: idOf(rule, draft),
    rule: rule.id,
    title: draft.title,
    severity: rule.severity,
    confidence: draft.confidence ?? rule.confidence,
    inBase: draft.layers.length > 0 && draft.layers.every((layer) => layer < ledger.attribution.base.layers),
    bytes: {
      content: before.contentBytes - after.contentBytes,
      tar: less(before.tarBytes, after.tarBytes),
      blob: less(before.blobBytes, after.blobBytes),
    },
    exact: exactnessOf(ledger, edits, draft.exact ?? true),
    paths: draft.paths.map((path) => textOfPath(path).path),
    layers: draft.layers,
    instruction: step?.instruction.text ?? null,
    line: draft.line ?? step?.line ?? null,
    fix: describeFix(fix, change),
    assumptions: [...new Set([...(draft.assumptions ?? []), ...judged.assumptions])],
    docsUrl: docsUrlOf(rule),
  };
  return { finding, draft };
}

function describeFix({ kind, text, assumes }: Fix, change: BuildChange | null): FindingFix {
  const none = { kind, text, change: null, patch: null, assumes };
  if (change === null) return none;
  if (change.kind === "refused") return { ...none, text: `${text} ${change.reason}`.trimEnd() };
  return {
    kind,
    text,
    change: { before: change.before, after: change.after },
    patch: change.patch,
    assumes: [...new Set([...assumes, ...change.assumes])],
  };
}

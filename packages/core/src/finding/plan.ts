import type { EditedFile } from "../build/build.ts";
import { editedCopies } from "../edit/copies-of-files.ts";
import { type ExpectedChanges, expectedChanges } from "../edit/expected-changes.ts";
import type { ImageEdit } from "../edit/image-edit.ts";
import { exactnessOf, sizesAfter, sizesOf } from "../edit/weigh-edits.ts";
import { isAskedFor, isChosen, type PlanChoice } from "./choice.ts";
import type { Facts } from "./facts.ts";
import type { Finding, Plan } from "./finding.ts";
import type { Draft } from "./rule.ts";

/** A finding with the edits that a plan puts together. */
export interface WeighedDraft {
  readonly finding: Finding;
  readonly draft: Draft;
}

/** Weighing a set takes a pass over the layers that it touches; what saves least is left out of a very long list. */
const MAX_CANDIDATES = 100;

type Candidates = readonly WeighedDraft[];

function imageEdits(drafts: Candidates): ImageEdit[] {
  return drafts.flatMap(({ draft }) => draft.fix.image);
}

function buildEdits(drafts: Candidates) {
  return drafts.flatMap(({ draft }) => draft.fix.build);
}

function isExtraction({ draft }: WeighedDraft): boolean {
  return draft.fix.image.some(({ kind }) => kind === "extract");
}

/**
 * What can be applied by editing the build, one by one: what lies in the base cannot, nor what only a person can do. An
 * extraction into a stage of its own counts where nothing about it is a guess.
 */
function candidatesOf(found: Candidates, choice: PlanChoice): Candidates {
  return found
    .filter((weighed) => {
      const { finding } = weighed;
      if (!isChosen(choice, finding)) return false;
      if (finding.bytes.content <= 0 || finding.fix.change === null) return false;
      if (finding.inBase && finding.fix.kind !== "change-base" && finding.fix.kind !== "stage") return false;
      if (isAskedFor(choice, finding)) return true;
      return finding.confidence !== "low" && (!isExtraction(weighed) || finding.confidence === "high");
    })
    .slice(0, MAX_CANDIDATES);
}

/** Whether edits go together, in the Dockerfile and in what they leave, with no assumption that none of them has by itself. */
function agree(facts: Facts, drafts: Candidates): boolean {
  if (facts.build.edit(buildEdits(drafts)).kind === "refused") return false;
  const { refusal, assumptions } = facts.judge.judge(drafts.map(({ draft }) => draft.fix));
  const known = new Set(drafts.flatMap(({ finding }) => finding.assumptions));
  return refusal === null && assumptions.every((sentence) => known.has(sentence));
}

/** Those that save something beside the ones before them. */
function savingMore(facts: Facts, taken: Candidates, candidates: Candidates): Candidates {
  const kept: WeighedDraft[] = [];
  let least = sizesAfter(facts.ledger, imageEdits(taken)).contentBytes;
  for (const candidate of candidates) {
    const { contentBytes } = sizesAfter(facts.ledger, imageEdits([...taken, ...kept, candidate]));
    if (contentBytes >= least) continue;
    kept.push(candidate);
    least = contentBytes;
  }
  return kept;
}

/** All of some candidates where they agree, else the first half as far as it does, then the second. */
function takeByHalves(facts: Facts, taken: Candidates, candidates: Candidates): Candidates {
  const more = savingMore(facts, taken, candidates);
  if (more.length === 0) return taken;
  const together = [...taken, ...more];
  if (agree(facts, together)) return together;
  if (candidates.length === 1) return taken;
  const middle = Math.ceil(candidates.length / 2);
  return takeByHalves(facts, takeByHalves(facts, taken, candidates.slice(0, middle)), candidates.slice(middle));
}

/**
 * Takes the largest saving first, then each that still saves something and whose edits agree with those taken. Most go
 * together, so that the Dockerfile is edited a few times, not once for each.
 */
function takeGreedily(facts: Facts, candidates: Candidates): Candidates {
  const taken = takeByHalves(facts, [], candidates);
  const left = candidates.filter((candidate) => !taken.includes(candidate));
  return left.length === 0 ? taken : takeByHalves(facts, taken, left);
}

export interface ChosenPlan {
  readonly plan: Plan;
  /** The files that the plan changes, whole, as they would be. */
  readonly edited: readonly EditedFile[];
  readonly expected: ExpectedChanges;
}

/**
 * A set of findings to apply together. Savings overlap, so the set is weighed as a whole, and what it adds up to is
 * nowhere a sum. A stage of its own makes all other cleaning pointless: it is taken where it saves more than they do.
 *
 * @param found largest saving first
 * @param choice what is asked for, left out and assumed
 */
export function choosePlan(facts: Facts, found: Candidates, choice: PlanChoice): ChosenPlan {
  const { ledger, build } = facts;
  const candidates = candidatesOf(found, choice);
  const cleaning = takeGreedily(
    facts,
    candidates.filter((candidate) => !isExtraction(candidate)),
  );
  const [extraction] = candidates.filter(isExtraction);
  const saves = (drafts: Candidates): number =>
    ledger.contentBytes - sizesAfter(ledger, imageEdits(drafts)).contentBytes;
  const taken = extraction !== undefined && saves([extraction]) > saves(cleaning) ? [extraction] : cleaning;
  const change = taken.length === 0 ? null : build.edit(buildEdits(taken));
  const edits = [...imageEdits(taken), ...editedCopies(ledger, change)];
  const before = sizesOf(ledger);
  const plan: Plan = {
    findings: taken.map(({ finding }) => finding.id),
    before,
    after: taken.length === 0 ? before : sizesAfter(ledger, edits),
    exact: exactnessOf(
      ledger,
      edits,
      taken.every(({ finding }) => finding.exact.content),
    ),
    patch: change?.kind === "edited" ? change.patch : null,
    assumes: [
      ...new Set([
        ...taken.flatMap(({ finding, draft }) => [...finding.assumptions, ...draft.fix.assumes]),
        ...(change?.kind === "edited" ? change.assumes : []),
      ]),
    ],
  };
  const expected = expectedChanges(ledger, imageEdits(taken));
  return { plan, edited: change?.kind === "edited" ? change.files : [], expected };
}

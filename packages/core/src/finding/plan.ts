import type { EditedFile } from "../build/build.ts";
import { editedCopies } from "../edit/copies-of-files.ts";
import { type ExpectedChanges, expectedChanges } from "../edit/expected-changes.ts";
import type { ImageEdit } from "../edit/image-edit.ts";
import { exactnessOf, sizesAfter, sizesOf, weighAfter } from "../edit/weigh-edits.ts";
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

/** Takes the largest saving first, then each that still saves something and whose edits agree with those taken. */
function takeGreedily(facts: Facts, candidates: Candidates): Candidates {
  let taken: Candidates = [];
  let least = facts.ledger.contentBytes;
  for (const candidate of candidates) {
    const together = [...taken, candidate];
    const { contentBytes } = sizesAfter(facts.ledger, imageEdits(together));
    if (contentBytes >= least || facts.build.edit(buildEdits(together)).kind === "refused") continue;
    taken = together;
    least = contentBytes;
  }
  return taken;
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
    after: taken.length === 0 ? before : weighAfter(ledger, edits),
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

import { withTextChanges } from "../build/dockerfile-lines.ts";
import { editBuild } from "../build/edit-build.ts";
import { chainOf, statesOf } from "../dockerfile/build-state.ts";
import { type Dockerfile, parseDockerfile } from "../dockerfile/dockerfile.ts";
import type { HistoryMatches } from "../dockerfile/match-history.ts";
import type { LintDraft } from "./lint-subject.ts";

/** A Dockerfile with an edit. */
export interface ProvenEdit {
  readonly text: string;
  /** What must hold for the build to mean the same, in whole sentences. */
  readonly assumes: readonly string[];
}

/** Every instruction as a step of its own: what edits of a build name, where there is no history. */
function everyInstruction(dockerfile: Dockerfile): HistoryMatches {
  const { instructions } = dockerfile;
  const steps = instructions.map(({ line }, i) => ({
    step: i,
    instruction: i,
    line,
    part: "stage" as const,
    confidence: "high" as const,
  }));
  const chain = chainOf(dockerfile);
  const own = chain.flatMap((index) => instructions[index] ?? []);
  const states = new Map(statesOf(dockerfile, own).map((state, i) => [chain[i] ?? -1, state]));
  return { steps, baseEntries: 0, confidence: "high", reason: null, missing: [], states };
}

/** The text that a draft's edits leave; null where it has none, or they cannot be made as the Dockerfile is written. */
export function provenText(dockerfile: Dockerfile, { edits = [], changes = [] }: LintDraft): ProvenEdit | null {
  if (changes.length > 0) {
    const text = withTextChanges(dockerfile.text, changes);
    return text === null || text === dockerfile.text ? null : { text, assumes: [] };
  }
  if (edits.length === 0) return null;
  const matches = everyInstruction(dockerfile);
  const directories = { base: null, recorded: new Map<number, string>() };
  const editable = { dockerfile, matches, builder: null, directories, name: "Dockerfile", ignore: null };
  const change = editBuild(editable, edits);
  const [file] = change.kind === "edited" ? change.files : [];
  return file === undefined || change.kind !== "edited" ? null : { text: file.text, assumes: change.assumes };
}

/** More edits than a Dockerfile has instructions: each is made once. */
const MAX_EDITS = 200;

export interface ProvenFix extends ProvenEdit {
  /** What was mended, in order. */
  readonly mended: readonly LintDraft[];
}

/**
 * Makes every edit that the text alone proves, one after the other, and looks at what each left.
 *
 * @param draftsOf what rules say of a Dockerfile, without what is not to be touched
 */
export function fixProven(
  dockerfile: Dockerfile,
  draftsOf: (dockerfile: Dockerfile) => readonly LintDraft[],
): ProvenFix {
  let current = dockerfile;
  const mended: LintDraft[] = [];
  const assumes = new Set<string>();
  while (mended.length < MAX_EDITS) {
    const next = firstEdit(current, draftsOf(current));
    if (next === null) break;
    mended.push(next.draft);
    for (const sentence of next.edit.assumes) assumes.add(sentence);
    const target = current.stages[current.target]?.name ?? (current.target < 0 ? undefined : String(current.target));
    current = parseDockerfile(next.edit.text, { buildArgs: current.buildArgs, target });
  }
  return { text: current.text, assumes: [...assumes], mended };
}

function firstEdit(dockerfile: Dockerfile, drafts: readonly LintDraft[]) {
  for (const draft of drafts) {
    const edit = provenText(dockerfile, draft);
    if (edit !== null && edit.text !== dockerfile.text) return { draft, edit };
  }
  return null;
}

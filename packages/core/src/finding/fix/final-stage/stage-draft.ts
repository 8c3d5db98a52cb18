import type { KnownBase } from "../../../edit/image-edit.ts";
import { textOfPath } from "../../../image-path.ts";
import { FATE } from "../../../tree/fate.ts";
import type { Facts } from "../../facts.ts";
import type { Draft } from "../../rule.ts";
import { type FinalStage, finalStage, finalStageFix } from "./final-stage.ts";
import type { MainProgram } from "./main-program.ts";

/** A tenth of the image, and a megabyte: below it nobody writes a stage. */
const LEAST_SHARE = 10;
const LEAST_BYTES = 1_000_000;

export interface StageDraft {
  /** The finding's sentence. */
  readonly title: string;
  readonly program: MainProgram;
  readonly base: KnownBase | null;
  readonly confidence: "high" | "medium" | "low";
  /** Sentences that follow the stage's text. */
  readonly advice: readonly string[];
}

/**
 * The finding that a stage of its own would leave most of the image behind; none where it would not, or where other
 * packages belong to what the image runs.
 */
export function* stageDraft(
  facts: Facts,
  { title, program, base, confidence, advice }: StageDraft,
): Generator<Draft, void, undefined> {
  const { ledger } = facts;
  const stage = finalStage(facts, program, base);
  const saved = ledger.contentBytes - stage.bytes;
  if (saved < LEAST_BYTES || saved * LEAST_SHARE < ledger.contentBytes) return;
  if (stage.own.languagePackages.length > 0) return;
  const common = {
    title,
    key: textOfPath(program.at).path,
    paths: [program.file.path],
    layers: [program.file.layer],
  };
  const blockers = base === null ? program.blockers : [];
  if (blockers.length > 0) {
    yield { ...common, confidence: "low", exact: false, fix: blockedFix(blockers) };
    return;
  }
  yield {
    ...common,
    confidence: stage.own.programs.length > 0 ? "low" : isWhole(facts, program, stage) ? "high" : confidence,
    exact: stage.exact,
    fix: finalStageFix(stage, [...advice, ...otherPrograms(stage)]),
  };
}

/** Nothing about it is a guess: a static program, and all that the image's own layers show; only the base stays behind. */
function isWhole(facts: Facts, { kind }: MainProgram, { base, kept }: FinalStage): boolean {
  if (base !== null || kind !== "static") return false;
  const { fates } = facts.ledger.squash;
  const instances = new Set(kept.map(({ file }) => file.instance));
  for (const instance of facts.instances)
    if (fates[instance] === FATE.live && !instances.has(instance) && !facts.file(instance).inBase) return false;
  return true;
}

function otherPrograms({ own, base }: FinalStage): string[] {
  if (own.programs.length === 0) return [];
  const names = own.programs.join(", ");
  return base === null
    ? [`If the program starts any of ${names}, it needs a base that has a package manager.`]
    : [`If the program starts any of ${names}, install them in the new stage.`];
}

function blockedFix(blockers: readonly string[]): Draft["fix"] {
  return {
    kind: "none",
    text: [
      "A final stage on scratch could hold the program and what it needs, if nothing needed a shell:",
      ...blockers,
      'Write commands in exec form, CMD ["program", "argument"], and let the program do what the shell does.',
    ].join("\n"),
    image: [],
    build: [],
    assumes: [],
  };
}

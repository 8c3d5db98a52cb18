import { stageAdvice } from "../fix/final-stage/advice.ts";
import { basesThatRun, buildAdvice } from "../fix/final-stage/other-bases.ts";
import { stageDraft } from "../fix/final-stage/stage-draft.ts";
import type { Rule } from "../rule.ts";

/** One program and a handful of libraries, in a whole distribution. */
export const heavyBase: Rule = {
  id: "heavy-base",
  title: "a large base for one program and its libraries",
  about:
    "The image runs one compiled program that needs a few libraries of a large base. All that it needs by its ELF headers is " +
    "listed, and can be copied to scratch; the oldest C library that it runs on says which smaller bases would do as well. " +
    "What a program loads by name (plugins, name services, character sets) no header shows, so try it.",
  severity: "info",
  confidence: "low",
  related: [],
  *find(facts) {
    const advice = stageAdvice(facts);
    if (advice?.kind !== "heavy-base" || advice.program.blockers.length > 0) return;
    yield* stageDraft(facts, {
      title: "The program needs only some libraries of the distribution that the image ships with it",
      program: advice.program,
      base: null,
      confidence: advice.program.kind === "musl" ? "medium" : "low",
      advice: [...basesThatRun(facts, advice.program), ...buildAdvice(advice.program)],
    });
  },
};

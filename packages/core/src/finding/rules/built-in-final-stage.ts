import { formatBytes } from "../../bytes.ts";
import { stageAdvice } from "../fix/final-stage/advice.ts";
import { ownBase } from "../fix/final-stage/other-bases.ts";
import { stageDraft } from "../fix/final-stage/stage-draft.ts";
import type { Rule } from "../rule.ts";

/** Compilers that the image's own steps installed, and the program that they made. */
export const builtInFinalStage: Rule = {
  id: "built-in-final-stage",
  title: "a program that is built in the stage that ships it",
  about:
    "The image's own steps install compilers, build a program, and ship both. A stage to build in and a final one on the " +
    "same base that copies the program, its files and the libraries that only the build brought leave all of it behind, " +
    "package-manager records and caches included. It is no waste where the container itself builds something.",
  severity: "warn",
  confidence: "medium",
  related: [],
  *find(facts) {
    const advice = stageAdvice(facts);
    if (advice?.kind !== "built-in-final-stage") return;
    yield* stageDraft(facts, {
      title: `The program is built in the stage that ships it, and ${formatBytes(advice.toolBytes)} of build tools stay with it`,
      program: advice.program,
      base: ownBase(facts),
      confidence: "medium",
      advice: [],
    });
  },
};

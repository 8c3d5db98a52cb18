import { stageAdvice } from "../fix/final-stage/advice.ts";
import { buildAdvice, DISTROLESS_STATIC } from "../fix/final-stage/other-bases.ts";
import { stageDraft } from "../fix/final-stage/stage-draft.ts";
import type { Rule } from "../rule.ts";

/** A static program on a distribution that it does not use. */
export const staticBinary: Rule = {
  id: "static-binary",
  title: "a static program on a base that it does not need",
  about:
    "The image runs one statically linked program: no loader, no libraries. It runs on scratch, or on distroless/static " +
    "where it wants a user database, time zones and /tmp. What it needs beside itself (CA certificates, its own files, the " +
    "user that it runs as) is copied along. A base with a shell is no waste where people log in to look around.",
  severity: "warn",
  confidence: "medium",
  related: [],
  *find(facts) {
    const advice = stageAdvice(facts);
    if (advice?.kind !== "static-binary") return;
    yield* stageDraft(facts, {
      title: "The program is static and needs nothing of the distribution that the image ships with it",
      program: advice.program,
      base: null,
      confidence: "medium",
      advice: [DISTROLESS_STATIC, ...buildAdvice(advice.program)],
    });
  },
};

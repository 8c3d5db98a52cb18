import { formatBytes } from "../../bytes.ts";
import { stageAdvice } from "../fix/final-stage/advice.ts";
import { basesThatRun, buildAdvice, DISTROLESS_STATIC, slimVariant } from "../fix/final-stage/other-bases.ts";
import { stageDraft } from "../fix/final-stage/stage-draft.ts";
import type { Rule } from "../rule.ts";

/** golang, rust, gcc and the full tags of language images as what the container runs on. */
export const toolchainBase: Rule = {
  id: "toolchain-base",
  title: "a base to build on as the base to run on",
  about:
    "The base image brings compilers, headers and static libraries (golang, rust, gcc, the full tags of node, python and " +
    "ruby), and the image ships them. A compiled program moves to a final stage of its own; an interpreted one to the " +
    "-slim tag of the same image. It is no waste where the container itself builds something.",
  severity: "warn",
  confidence: "high",
  related: [],
  *find(facts) {
    const advice = stageAdvice(facts);
    if (advice?.kind !== "toolchain-base") return;
    const { program } = advice;
    const title = `The image runs on a base to build with: ${formatBytes(advice.toolBytes)} of it are build tools`;
    if (program === null) {
      yield* slimVariant(facts, title);
      return;
    }
    yield* stageDraft(facts, {
      title,
      program,
      base: null,
      confidence: program.kind === "static" ? "high" : program.kind === "musl" ? "medium" : "low",
      advice: [
        ...(program.kind === "static" ? [DISTROLESS_STATIC] : basesThatRun(facts, program)),
        ...buildAdvice(program),
      ],
    });
  },
};

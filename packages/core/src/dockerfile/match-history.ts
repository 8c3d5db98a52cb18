import type { HistoryEntry } from "../oci/config.ts";
import type { Confidence } from "./align-history.ts";
import { chainOf, statesOf } from "./build-state.ts";
import { parseCreatedBy } from "./created-by.ts";
import type { Dockerfile, DockerfileInstruction } from "./dockerfile.ts";
import { type BuildState, type Fit, fitOf, type Recorded } from "./recorded-forms.ts";

/** What one history entry is in the Dockerfile. */
export interface StepMatch {
  /** Index in the config's history. */
  readonly step: number;
  /** Index in the Dockerfile's `instructions`; null where none is found. */
  readonly instruction: number | null;
  /** 1-based; null where no instruction is found. */
  readonly line: number | null;
  /** `stage`: made by the Dockerfile. `unknown`: where the Dockerfile and the history differ too much to say. */
  readonly part: "base" | "stage" | "unknown";
  /** `high` where the words are the same, `low` where only the verb is. */
  readonly confidence: Confidence;
}

export interface HistoryMatches {
  /** One for each history entry, in order. */
  readonly steps: readonly StepMatch[];
  /** How many entries the base image made; null where that cannot be told. */
  readonly baseEntries: number | null;
  readonly confidence: Confidence;
  /** Why the confidence is not high; a whole sentence. */
  readonly reason: string | null;
  /** Instructions of the target that no entry was found for. */
  readonly missing: readonly number[];
}

interface Candidate {
  readonly index: number;
  readonly instruction: DockerfileInstruction;
  readonly body: string;
  readonly state: BuildState;
}

interface Sides {
  readonly recorded: readonly Recorded[];
  readonly candidates: readonly Candidate[];
}

function candidatesOf(dockerfile: Dockerfile): Candidate[] {
  const chain = chainOf(dockerfile);
  const states = statesOf(dockerfile, chain);
  return chain.flatMap((index, i): Candidate[] => {
    const instruction = dockerfile.instructions[index];
    const state = states[i];
    if (instruction === undefined || state === undefined) return [];
    const { run } = instruction;
    const body = run?.form === "heredoc" ? dockerfile.text.slice(run.start, run.end) : "";
    return [{ index, instruction, body, state }];
  });
}

function fitAt({ recorded, candidates }: Sides, entry: number, candidate: number): Fit {
  const step = recorded[entry];
  const own = candidates[candidate];
  return step === undefined || own === undefined ? "none" : fitOf(own.instruction, own.body, step, own.state);
}

/** How many entries and instructions to pass over until they fit again. */
interface Skip {
  readonly entries: number;
  readonly instructions: number;
}

const MAX_SKIP = 4;

function skipToFit(sides: Sides, entry: number, candidate: number): Skip | null {
  for (let total = 1; total <= MAX_SKIP; total++) {
    for (let entries = total; entries >= 0; entries--) {
      const instructions = total - entries;
      if (fitAt(sides, entry - entries, candidate - instructions) === "words") return { entries, instructions };
    }
  }
  return null;
}

const STORES: ReadonlySet<string> = new Set(["ADD", "COPY", "RUN", "WORKDIR"]);

// kaniko records nothing but what makes a layer (pkg/executor/build.go saveLayerToImage), BuildKit no ONBUILD
// (dockerfile2llb/convert.go dispatchOnbuild).
function leavesNoEntry({ recorded, candidates }: Sides, entry: number, candidate: number): boolean {
  const producer = recorded[entry]?.instruction.producer;
  const verb = candidates[candidate]?.instruction.verb ?? "";
  return (producer === "kaniko" && !STORES.has(verb)) || (producer === "buildkit" && verb === "ONBUILD");
}

interface Walk {
  /** Candidate of each entry. */
  readonly found: Map<number, { readonly candidate: number; readonly fit: Fit }>;
  /** Entries from here on are the Dockerfile's. */
  readonly firstEntry: number;
  /** Candidates before this one were not reached. */
  readonly firstCandidate: number;
  /** Entries and instructions that were passed over. */
  readonly skipped: number;
}

/** `docker build --label` adds an entry after the Dockerfile's own (moby builder/dockerfile/builder.go). */
function isAddedLabel(sides: Sides, entry: number, skip: Skip, foundAny: boolean): boolean {
  return (
    !foundAny && skip.instructions === 0 && skip.entries === 1 && sides.recorded[entry]?.instruction.verb === "LABEL"
  );
}

/** The words fit, or the verb alone does and the neighbours fit as well. */
function isTaken(sides: Sides, entry: number, candidate: number, fit: Fit): boolean {
  return fit === "words" || (fit === "verb" && fitAt(sides, entry - 1, candidate - 1) === "words");
}

/** From the last instruction to the first: the base's entries come before, and there are as many as there are. */
function walkBackwards(sides: Sides): Walk {
  const found: Walk["found"] & Map<number, { candidate: number; fit: Fit }> = new Map();
  let entry = sides.recorded.length - 1;
  let candidate = sides.candidates.length - 1;
  let skipped = 0;
  while (entry >= 0 && candidate >= 0) {
    const fit = fitAt(sides, entry, candidate);
    if (fit !== "words" && leavesNoEntry(sides, entry, candidate)) {
      candidate--;
      continue;
    }
    const skip = isTaken(sides, entry, candidate, fit) ? null : skipToFit(sides, entry, candidate);
    if (skip !== null) {
      if (!isAddedLabel(sides, entry, skip, found.size > 0)) skipped += skip.entries + skip.instructions;
      entry -= skip.entries;
      candidate -= skip.instructions;
      continue;
    }
    if (fit === "none" && skip === null) break;
    found.set(entry--, { candidate: candidate--, fit });
  }
  while (candidate >= 0 && entry < 0 && leavesNoEntry(sides, 0, candidate)) candidate--;
  return { found, firstEntry: entry + 1, firstCandidate: candidate + 1, skipped };
}

interface Verdict {
  readonly confidence: Confidence;
  readonly reason: string | null;
}

function judge(dockerfile: Dockerfile, walk: Walk): Verdict {
  if (dockerfile.target === -1) return { confidence: "none", reason: "The Dockerfile has no such stage." };
  if (walk.found.size === 0 && walk.firstCandidate > 0) {
    return { confidence: "none", reason: "Nothing of the Dockerfile is found in the image's history." };
  }
  if (walk.firstCandidate > 0) {
    return { confidence: "low", reason: "The Dockerfile differs from what the image's history records." };
  }
  const root = dockerfile.instructions[chainOf(dockerfile)[0] ?? -1]?.stage ?? dockerfile.target;
  if (dockerfile.stages[root]?.base === "scratch" && walk.firstEntry > 0) {
    return { confidence: "low", reason: "The Dockerfile starts from scratch, but the image's history does not." };
  }
  if (walk.skipped > 0) {
    return {
      confidence: "medium",
      reason: "Some lines of the Dockerfile differ from what the image's history records.",
    };
  }
  return { confidence: "high", reason: null };
}

function stepMatch(step: number, dockerfile: Dockerfile, sides: Sides, walk: Walk, isWhole: boolean): StepMatch {
  const found = walk.found.get(step);
  const own = found === undefined ? undefined : sides.candidates[found.candidate];
  if (own === undefined) {
    const part = step >= walk.firstEntry && walk.found.size > 0 ? "stage" : isWhole ? "base" : "unknown";
    return { step, instruction: null, line: null, part, confidence: "none" };
  }
  const line = dockerfile.instructions[own.index]?.line ?? null;
  return { step, instruction: own.index, line, part: "stage", confidence: found?.fit === "words" ? "high" : "low" };
}

/**
 * Which instruction of a Dockerfile each history entry is. Compared from the end backwards, verb and words, with
 * variables filled in as far as the Dockerfile or the given build arguments tell them. Lines that were changed since are
 * passed over where the next few fit again.
 */
export function matchHistory(dockerfile: Dockerfile, history: readonly HistoryEntry[]): HistoryMatches {
  const sides: Sides = {
    recorded: history.map((entry) => ({
      instruction: parseCreatedBy(entry),
      createdBy: entry.createdBy?.trim() ?? "",
    })),
    candidates: candidatesOf(dockerfile),
  };
  const walk = walkBackwards(sides);
  const { confidence, reason } = judge(dockerfile, walk);
  const isWhole = confidence === "high" || confidence === "medium";
  const matched = new Set([...walk.found.values()].map(({ candidate }) => candidate));
  return {
    steps: history.map((_, step) => stepMatch(step, dockerfile, sides, walk, isWhole)),
    baseEntries: isWhole ? walk.firstEntry : null,
    confidence,
    reason,
    missing: sides.candidates.flatMap(({ index }, i) => (matched.has(i) ? [] : [index])),
  };
}

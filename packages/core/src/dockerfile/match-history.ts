import type { HistoryEntry } from "../oci/config.ts";
import type { Confidence } from "./align-history.ts";
import { alignSteps, type StepAlignment } from "./align-steps.ts";
import { argNames, type BuildState, cleanPath, type KnownBuild, rootBase, statesOf } from "./build-state.ts";
import { type Candidate, candidatesOf, triggersAt } from "./candidates.ts";
import { readHistory } from "./created-by.ts";
import type { Dockerfile } from "./dockerfile.ts";
import { METADATA_VERBS } from "./instruction.ts";
import { recordedArgs } from "./recorded-args.ts";
import { type Expected, type Fit, fitOf, heredocBody, type Recorded } from "./recorded-forms.ts";
import type { Pattern } from "./variables.ts";

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
  /** `medium` where only what says something about the image differs; `low` and `none` where the Dockerfile is another image's. */
  readonly confidence: Confidence;
  /** Why the confidence is not high: a whole sentence, which names the first step that differs. */
  readonly reason: string | null;
  /** Instructions of the target that no entry was found for. */
  readonly missing: readonly number[];
  /** What is set before each instruction of the target, by its index. */
  readonly states: ReadonlyMap<number, BuildState>;
}

/** What an image's config says of its build. */
export interface RecordedBuild {
  readonly history: readonly HistoryEntry[];
  /** The environment, as `NAME=value`; null where it is not known. */
  readonly env: readonly string[] | null;
}

interface Sides {
  readonly dockerfile: Dockerfile;
  readonly recorded: readonly Recorded[];
  readonly candidates: readonly Candidate[];
  readonly expected: readonly Expected[];
}

function knownOf(
  dockerfile: Dockerfile,
  instructions: Recorded["instruction"][],
  env: RecordedBuild["env"],
): Omit<KnownBuild, "workdir"> {
  const names = dockerfile.instructions.flatMap((at) => (at.verb === "ARG" ? argNames(at) : []));
  const pairs = env?.map((line): [string, string] => {
    const equals = line.indexOf("=");
    return [line.slice(0, equals), line.slice(equals + 1)];
  });
  return { args: recordedArgs(instructions, new Set(names)), env: pairs === undefined ? null : new Map(pairs) };
}

function sidesOf(dockerfile: Dockerfile, { history, env }: RecordedBuild, baseWorkdir: string | null): Sides {
  const instructions = readHistory(history);
  const whole = readHistory(history, { showArgs: true });
  const isBuildah = instructions.findLast(({ producer }) => producer !== null)?.producer === "buildah";
  const recorded = instructions.map((instruction, i): Recorded => {
    const producer = isBuildah && instruction.producer === "classic" ? "buildah" : instruction.producer;
    return { instruction, producer, whole: whole[i]?.text ?? "" };
  });
  const candidates = candidatesOf(dockerfile);
  const known = { ...knownOf(dockerfile, instructions, env), workdir: baseWorkdir };
  const states = statesOf(
    dockerfile,
    candidates.map(({ instruction }) => instruction),
    known,
  );
  const expected = candidates.flatMap(({ instruction, text }, i): Expected[] => {
    const state = states[i];
    const heredoc = instruction.run?.form === "heredoc" ? instruction.run.heredocs[0] : undefined;
    const body = heredoc === undefined ? "" : heredocBody(text, heredoc);
    return state === undefined ? [] : [{ instruction, body, state, escapeCharacter: dockerfile.escapeCharacter }];
  });
  return { dockerfile, recorded, candidates, expected };
}

// ── Alignment ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** kaniko records nothing but what makes a layer (pkg/executor/build.go saveLayerToImage), BuildKit no ONBUILD (dockerfile2llb/convert.go dispatchOnbuild). */
function leavesNoEntry({ recorded, candidates }: Sides, candidate: number): boolean {
  const verb = candidates[candidate]?.instruction.verb ?? "";
  const producer = recorded.findLast(({ instruction }) => instruction.producer !== null)?.instruction.producer;
  if (producer === "kaniko") return !/^(?:ADD|COPY|RUN)$/.test(verb);
  return verb === "ONBUILD" && producer !== "classic" && producer !== "buildah";
}

/** `docker build --label` adds an entry after the Dockerfile's own (moby builder/dockerfile/builder.go). */
function isAddedLabel({ recorded }: Sides, entry: number): boolean {
  return entry === recorded.length - 1 && recorded[entry]?.instruction.verb === "LABEL";
}

function fitAt({ recorded, expected }: Sides, entry: number, candidate: number): Fit {
  const step = recorded[entry];
  const own = expected[candidate];
  return step === undefined || own === undefined ? "none" : fitOf(own, step);
}

const CHANGED = 2;

function align(sides: Sides): StepAlignment | null {
  const free = sides.candidates.map((_, candidate) => leavesNoEntry(sides, candidate));
  return alignSteps(sides.recorded.length, sides.candidates.length, {
    pair: (entry, candidate) => {
      const fit = fitAt(sides, entry, candidate);
      return fit === "none" ? null : fit === "words" ? 0 : CHANGED;
    },
    entry: (entry) => (isAddedLabel(sides, entry) ? 0 : 1),
    candidate: (candidate) => (free[candidate] === true ? 0 : 1),
  });
}

// ── Verdict ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Where the two say something else: an instruction, an entry, or one in the place of the other. */
interface Difference {
  readonly candidate: number | null;
  readonly entry: number | null;
}

/** In the order of the Dockerfile. An entry that no instruction is and the instruction that no entry is behind it are one. */
function differencesOf(sides: Sides, { pairs, firstEntry }: StepAlignment): Difference[] {
  const out: Difference[] = [];
  let candidate = 0;
  const passCandidates = (end: number) => {
    for (; candidate < end; candidate++) if (!leavesNoEntry(sides, candidate)) out.push({ candidate, entry: null });
  };
  for (let entry = firstEntry; entry < sides.recorded.length; entry++) {
    const own = pairs.get(entry);
    if (own === undefined) {
      if (!isAddedLabel(sides, entry)) out.push({ candidate: null, entry });
      continue;
    }
    passCandidates(own);
    if (fitAt(sides, entry, own) !== "words") out.push({ candidate: own, entry });
    candidate = own + 1;
  }
  passCandidates(sides.candidates.length);
  return out;
}

function verbOf(sides: Sides, { candidate, entry }: Difference): string | null {
  if (candidate !== null) return sides.candidates[candidate]?.instruction.verb ?? null;
  return entry === null ? null : (sides.recorded[entry]?.instruction.verb ?? null);
}

const SHOWN = 80;

function quoted(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return `\`${line.length > SHOWN ? `${line.slice(0, SHOWN - 1)}…` : line}\``;
}

function describeDifference(sides: Sides, first: Difference, next: Difference | undefined): string {
  const at = (index: number | null) => (index === null ? undefined : sides.candidates[index]?.instruction);
  const own = at(first.candidate) ?? (next?.entry === null ? at(next.candidate) : undefined);
  const index = first.entry ?? (next?.candidate === null ? next.entry : null);
  const entry = index === null ? undefined : sides.recorded[index]?.instruction;
  if (own === undefined) return `history entry ${index}, ${quoted(entry?.text ?? "")}, is not in the Dockerfile`;
  const line = `line ${own.line}, ${quoted(own.text)}`;
  if (entry === undefined) return `${line}, is not in the image's history`;
  return `${line}, is ${quoted(entry.text)} in the image's history`;
}

interface Verdict {
  readonly confidence: Confidence;
  readonly reason: string | null;
}

const OTHER = "The Dockerfile is not the one that this image was built from: ";
const SAME = "The Dockerfile changed since this image was built from it: ";

function judge(sides: Sides, alignment: StepAlignment | null): Verdict {
  const { dockerfile } = sides;
  if (dockerfile.target === -1) return { confidence: "none", reason: "The Dockerfile has no such stage." };
  if (alignment === null) return { confidence: "none", reason: "The history is too long to find a Dockerfile in it." };
  const differences = differencesOf(sides, alignment);
  const [first] = differences;
  if (first === undefined) {
    if (rootBase(dockerfile) !== "scratch" || alignment.firstEntry === 0) return { confidence: "high", reason: null };
    return { confidence: "low", reason: `${OTHER}it starts from scratch, and the image's history does not.` };
  }
  const isMetadata = differences.every((difference) => METADATA_VERBS.has(verbOf(sides, difference) ?? ""));
  const sentence = `${describeDifference(sides, first, differences[1])}.`;
  const isAny = [...alignment.pairs].some(([entry, own]) => fitAt(sides, entry, own) === "words");
  if (!isAny) return { confidence: "none", reason: `${OTHER}${sentence}` };
  return isMetadata
    ? { confidence: "medium", reason: `${SAME}${sentence}` }
    : { confidence: "low", reason: `${OTHER}${sentence}` };
}

// ── Result ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function stepMatch(sides: Sides, alignment: StepAlignment | null, step: number, firstOwn: number | null): StepMatch {
  const candidate = alignment?.pairs.get(step);
  const own = candidate === undefined ? undefined : sides.candidates[candidate];
  if (candidate === undefined || own === undefined) {
    const isOwn = alignment !== null && alignment.pairs.size > 0 && step >= (firstOwn ?? alignment.firstEntry);
    const part = isOwn ? "stage" : firstOwn === null ? "unknown" : "base";
    return { step, instruction: null, line: null, part, confidence: "none" };
  }
  const confidence = fitAt(sides, step, candidate) === "words" ? "high" : "low";
  return { step, instruction: own.index, line: own.line, part: "stage", confidence };
}

/** Entries that triggers of the base's ONBUILD made in this build: they stand before its own. */
function triggered(sides: Sides, firstEntry: number): number {
  const triggers = triggersAt(sides.recorded.slice(0, firstEntry).map(({ instruction }) => instruction));
  for (let count = Math.min(triggers.length, firstEntry); count > 0; count--) {
    const last = triggers.slice(-count);
    const fits = last.every((instruction, i) => {
      const step = sides.recorded[firstEntry - count + i];
      const [state] = statesOf(sides.dockerfile, [instruction]);
      if (step === undefined || state === undefined) return false;
      return (
        fitOf({ instruction, body: "", state, escapeCharacter: sides.dockerfile.escapeCharacter }, step) === "words"
      );
    });
    if (fits) return count;
  }
  return 0;
}

/** What is set before each instruction, and where the history says which directory a WORKDIR leads to, that. */
function statesFor({ candidates, expected, recorded }: Sides, alignment: StepAlignment | null) {
  const entryOf = new Map([...(alignment?.pairs ?? [])].map(([entry, candidate]) => [candidate, entry]));
  const states = new Map<number, BuildState>();
  let workdir: Pattern | null = null;
  for (const [i, { instruction, index, isTrigger }] of candidates.entries()) {
    const state = expected[i]?.state;
    if (state !== undefined && !isTrigger) {
      states.set(index, workdir === null ? state : { ...state, workdir });
    }
    if (instruction.verb !== "WORKDIR") continue;
    const path = recorded[entryOf.get(i) ?? -1]?.instruction.text.slice("WORKDIR ".length).trim() ?? "";
    const written = /^["'$]|\$/.test(path);
    workdir = path.startsWith("/") && !written ? [path] : null;
  }
  return states;
}

/** The working directory that the base sets, where its entries say it. */
function workdirOf(base: readonly Recorded[]): string | null {
  let workdir: string | null = null;
  for (const { instruction } of base) {
    if (instruction.verb !== "WORKDIR") continue;
    const path = instruction.text.slice("WORKDIR ".length).trim();
    if (/["'$]/.test(path)) workdir = null;
    else if (path.startsWith("/") || workdir !== null)
      workdir = cleanPath(path.startsWith("/") ? path : `${workdir}/${path}`);
  }
  return workdir;
}

/** Where the base ends is known once the two are aligned; its working directory then says more of relative paths. */
function alignBoth(dockerfile: Dockerfile, build: RecordedBuild): { sides: Sides; alignment: StepAlignment | null } {
  const sides = sidesOf(dockerfile, build, null);
  const alignment = align(sides);
  const workdir = workdirOf(sides.recorded.slice(0, alignment?.firstEntry ?? 0));
  if (workdir === null) return { sides, alignment };
  const again = sidesOf(dockerfile, build, workdir);
  return { sides: again, alignment: align(again) };
}

/**
 * Which instruction of a Dockerfile each history entry is. Verb and words are compared, with variables filled in as far
 * as the Dockerfile, the given build arguments or the history tell them.
 */
export function matchHistory(dockerfile: Dockerfile, build: RecordedBuild): HistoryMatches {
  const { sides, alignment } = alignBoth(dockerfile, build);
  const { confidence, reason } = judge(sides, alignment);
  const isWhole = alignment !== null && (confidence === "high" || confidence === "medium");
  const firstOwn = isWhole ? alignment.firstEntry - triggered(sides, alignment.firstEntry) : null;
  const matched = new Set(alignment?.pairs.values());
  return {
    steps: build.history.map((_, step) => stepMatch(sides, alignment, step, firstOwn)),
    baseEntries: firstOwn,
    confidence,
    reason,
    missing: sides.candidates.flatMap(({ index }, i) => (matched.has(i) ? [] : [index])),
    states: statesFor(sides, alignment),
  };
}

import type { DockerfileInstruction } from "./dockerfile.ts";
import type { Instruction } from "./instruction.ts";
import { readCommand } from "./recorded-command.ts";
import { expand, joined, matchesPattern, type Pattern, type Scope } from "./variables.ts";

/** What instructions before one have set, as far as it changes what is recorded of it. */
export interface BuildState {
  /** Build arguments and environment. */
  readonly variables: Scope;
  readonly workdir: Pattern;
}

/** A history entry, read and as it is. */
export interface Recorded {
  readonly instruction: Instruction;
  readonly createdBy: string;
}

/** How well a history entry fits an instruction: its verb only, or its words as well. */
export type Fit = "none" | "verb" | "words";

const SPACES = /\s+/g;

function spaced(text: string): string {
  return text.replace(SPACES, " ").trim();
}

// Builders print the same words with and without quotes, as lists of Go, of JSON or of words.
const QUOTES = /["'\\]/g;
const LIST_SIGNS = /[,[\]]/g;

function loose(text: string): string {
  return text.replace(QUOTES, "").replace(LIST_SIGNS, " ").replace(SPACES, " ");
}

function loosePattern(text: string, { variables }: BuildState): Pattern {
  const pattern = expand(text, variables).map((piece) => (piece === null ? null : loose(piece)));
  const last = pattern.length - 1;
  return pattern.map((piece, i) => {
    const start = i === 0 ? piece?.trimStart() : piece;
    return (i === last ? start?.trimEnd() : start) ?? null;
  });
}

function argsOf(recorded: Instruction): string {
  return recorded.verb === null ? recorded.text : recorded.text.slice(recorded.verb.length).trim();
}

/** The strings of an exec form; null where it is none. */
export function stringList(text: string): string[] | null {
  if (!text.startsWith("[")) return null;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : null;
  } catch {
    return null;
  }
}

// ── RUN ────────────────────────────────────────────────────────────────────────────────────────────────────────────

// Of an exec form behind build arguments it cannot be told where the last value ends.
const HIDDEN_RUN = "***";
const HEREDOC_FILE = /^\/dev\/pipes\//;

/** What builders record of a RUN: its words; of an exec form its strings, with or without the shell among them. */
function runForms(instruction: DockerfileInstruction, body: string): string[] {
  if (instruction.run?.form === "heredoc") return [body, instruction.args];
  const list = stringList(instruction.args);
  if (list === null) return [instruction.args];
  const words = list.join(" ");
  return [words, readCommand(words).command ?? words, instruction.args];
}

function fitsRun(
  instruction: DockerfileInstruction,
  body: string,
  { instruction: recorded, createdBy }: Recorded,
): Fit {
  const text = argsOf(recorded);
  if (text === HIDDEN_RUN) {
    const whole = spaced(createdBy.replace(/# buildkit$/, ""));
    return runForms(instruction, body).some((form) => whole.endsWith(` ${spaced(form)}`)) ? "words" : "none";
  }
  if (HEREDOC_FILE.test(text)) return instruction.run?.form === "heredoc" && body.startsWith("#!") ? "words" : "none";
  const given = spaced(text);
  const forms = runForms(instruction, body).map(spaced);
  // A shell that cannot be told from the command stays in front of it.
  return forms.some(
    (form) => form === given || (form !== "" && recorded.shell === null && given.endsWith(` -c ${form}`)),
  )
    ? "words"
    : "none";
}

// ── COPY and ADD ───────────────────────────────────────────────────────────────────────────────────────────────────

// Classic builder and buildah: `--chown=1:1file:<digest> in /dst`; the engine leaves no space after the flag.
const BY_DIGEST = /^(?:--[^\s:]+(?::[^\s:]*?)?)?\s*(?:--\S+\s+)*(?:file|dir|multi):[0-9a-f]+ in (.+)$/s;

function operands(instruction: DockerfileInstruction): string[] {
  const header = instruction.args.split("\n", 1)[0] ?? "";
  return stringList(header) ?? header.split(SPACES).filter((word) => word !== "");
}

/** What BuildKit and kaniko record: the words without quotes, so that those of one path cannot be told from two. */
function withoutFlags(text: string): string {
  const words = stringList(text) ?? text.split(SPACES);
  return words.filter((word) => word !== "" && !word.startsWith("--")).join(" ");
}

/** Filled in, or (buildah) as written. */
function isEither(pattern: Pattern, written: string | undefined, text: string): boolean {
  return written === text || matchesPattern(pattern, text);
}

function fitsCopy(instruction: DockerfileInstruction, recorded: Instruction, state: BuildState): Fit {
  const words = operands(instruction).map((word) => expand(word, state.variables));
  const target = words.at(-1) ?? [];
  const text = argsOf(recorded);
  const byDigest = BY_DIGEST.exec(text)?.[1];
  if (byDigest !== undefined) return isEither(target, operands(instruction).at(-1), byDigest.trim()) ? "words" : "none";
  const given = withoutFlags(text);
  const all = joined(words.flatMap((word, i) => (i === 0 ? word : [" ", ...word])));
  if (matchesPattern(all, given)) return "words";
  return matchesPattern(joined([null, " ", ...target]), given) ? "verb" : "none";
}

// ── Metadata ───────────────────────────────────────────────────────────────────────────────────────────────────────

function trimmedPath(path: string): string {
  return path.length > 1 ? path.replace(/\/$/, "") : path;
}

/** Where a WORKDIR leads from the one before it. */
export function resolveWorkdir(path: Pattern, { workdir }: Pick<BuildState, "workdir">): Pattern {
  const first = path[0];
  if (first === null || first === undefined || first.startsWith("/")) return path.map((p) => p && trimmedPath(p));
  const parent = workdir.join("") === "/" && !workdir.includes(null) ? [""] : workdir;
  return joined([...parent, "/", ...path.map((piece) => piece && trimmedPath(piece.replace(/^(?:\.\/)+/, "")))]);
}

function fitsWorkdir(instruction: DockerfileInstruction, recorded: Instruction, state: BuildState): Fit {
  const path = resolveWorkdir(loosePattern(instruction.args, state), state);
  return isEither(path, trimmedPath(loose(instruction.args).trim()), trimmedPath(argsOf(recorded))) ? "words" : "verb";
}

function portsOf(text: string): string {
  return loose(text)
    .trim()
    .split(" ")
    .map((port) => port.replace(/\/tcp$/i, ""))
    .sort()
    .join(" ");
}

/** Names of the build arguments that an ARG declares. */
export function argNames(instruction: DockerfileInstruction): string[] {
  return instruction.args.split(SPACES).map((word) => word.split("=", 1)[0] ?? "");
}

function fitsArg(instruction: DockerfileInstruction, recorded: Instruction): Fit {
  const names = argNames(instruction);
  // buildah names those that have a value, whichever instruction it is about.
  return recorded.buildArgs.some(({ name }) => names.includes(name)) ? "words" : "verb";
}

/** `ENV name value` is recorded as `name=value`. */
function assigned(args: string): string {
  const name = /^[^\s=]+(?=\s)/.exec(args)?.[0];
  return name === undefined ? args : `${name}=${args.slice(name.length).trim()}`;
}

function fitsWords(forms: readonly string[], recorded: Instruction, state: BuildState): Fit {
  const given = loose(argsOf(recorded)).trim();
  const fits = (form: string) => isEither(loosePattern(form, state), loose(form).trim(), given);
  return forms.some(fits) ? "words" : "verb";
}

const SHELL_PREFIX = "/bin/sh -c ";

/** A shell form is recorded with its shell, whichever it is. */
function fitsCommand(instruction: DockerfileInstruction, recorded: Instruction, state: BuildState): Fit {
  if (stringList(instruction.args) !== null) return fitsWords([instruction.args], recorded, state);
  const given = loose(argsOf(recorded)).trim();
  const form = loose(instruction.args).trim();
  return given === form || given === SHELL_PREFIX + form || given.endsWith(` -c ${form}`) ? "words" : "verb";
}

// ── All ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * How well what is recorded fits an instruction. Builders fill variables in, resolve paths, take flags away and digest
 * sources, each in its own way (moby builder/dockerfile/dispatchers.go, buildkit dockerfile2llb/convert.go, buildah
 * imagebuildah/stage_executor.go, kaniko pkg/executor/build.go), so most words are compared without their quotes.
 *
 * @param body the text of the heredoc that a RUN runs
 */
export function fitOf(instruction: DockerfileInstruction, body: string, entry: Recorded, state: BuildState): Fit {
  const recorded = entry.instruction;
  if (recorded.verb !== instruction.verb) return "none";
  switch (instruction.verb) {
    case "RUN":
      return fitsRun(instruction, body, entry);
    case "COPY":
    case "ADD":
      return fitsCopy(instruction, recorded, state);
    case "WORKDIR":
      return fitsWorkdir(instruction, recorded, state);
    case "EXPOSE":
      return portsOf(instruction.args) === portsOf(argsOf(recorded)) ? "words" : "verb";
    case "ARG":
      return fitsArg(instruction, recorded);
    case "ENV":
    case "LABEL":
      return fitsWords([assigned(instruction.args), instruction.args], recorded, state);
    case "CMD":
    case "ENTRYPOINT":
      return fitsCommand(instruction, recorded, state);
    case "HEALTHCHECK":
      // The classic builder prints a data structure of its own.
      return "words";
    default:
      return fitsWords([instruction.args], recorded, state);
  }
}

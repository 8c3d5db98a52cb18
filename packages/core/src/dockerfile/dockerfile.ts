import type { Instruction as AstInstruction } from "dockerfile-ast";
import { ImgweighError } from "../errors.ts";
import { dockerfileTools, loadDockerfileTools } from "./dockerfile-tools.ts";
import { type EscapeCharacter, joinContinuations, logicalLineEnd } from "./join-continuations.ts";
import { hasErrexit, parseShell, type ShellDialect, type ShellScript } from "./shell-script.ts";
import { expand, literalOf, type Pattern } from "./variables.ts";

/** `--name=value` between the verb and its arguments. Offsets are of the Dockerfile's text. */
export interface DockerfileFlag {
  readonly name: string;
  readonly value: string | null;
  readonly start: number;
  readonly end: number;
}

/** A heredoc of a RUN, COPY or ADD. Offsets are those of its body, its closing line not counted. */
export interface DockerfileHeredoc {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** `<<-`: leading tabs are taken off. */
  readonly stripsTabs: boolean;
}

/** What a RUN runs. */
export interface RunScript {
  /** `heredoc`: the script is the body of `RUN <<EOF`. Heredocs that a command reads make no difference: that is `shell`. */
  readonly form: "shell" | "exec" | "heredoc";
  /** Of the script, in the Dockerfile's text. */
  readonly start: number;
  readonly end: number;
  readonly dialect: ShellDialect;
  readonly heredocs: readonly DockerfileHeredoc[];
}

export interface DockerfileInstruction {
  /** In upper case. May be no instruction at all. */
  readonly verb: string;
  /** 1-based, both included. */
  readonly line: number;
  readonly endLine: number;
  /** Half-open, in the Dockerfile's text, without the last line feed. */
  readonly start: number;
  readonly end: number;
  /** Which stage it belongs to, 0-based; -1 for an ARG before the first FROM. */
  readonly stage: number;
  /** The instruction with its lines joined, comments out, and bodies of heredocs in. */
  readonly text: string;
  /** What follows verb and flags in `text`, trimmed. */
  readonly args: string;
  readonly flags: readonly DockerfileFlag[];
  /** Null for all but RUN. */
  readonly run: RunScript | null;
}

export interface DockerfileStage {
  /** `AS name`, as written. */
  readonly name: string | null;
  /** The image or stage that it starts from, build arguments filled in; null where they are not known. */
  readonly base: string | null;
  /** The earlier stage that `base` names; null where it names an image. */
  readonly baseStage: number | null;
  /** Indices of its FROM and of its last instruction. */
  readonly from: number;
  readonly last: number;
}

export interface Dockerfile {
  readonly text: string;
  readonly escapeCharacter: EscapeCharacter;
  readonly instructions: readonly DockerfileInstruction[];
  readonly stages: readonly DockerfileStage[];
  /** The stage that is built, 0-based; -1 where there is none. */
  readonly target: number;
  /** Build arguments as they were given to {@link readDockerfile}. */
  readonly buildArgs: ReadonlyMap<string, string>;
}

export interface DockerfileOptions {
  /** `--build-arg`. */
  readonly buildArgs?: ReadonlyMap<string, string> | undefined;
  /** `--target`: a stage's name or number; the last stage where absent. */
  readonly target?: string | undefined;
}

/** Characters: many times a long Dockerfile, and below it the parser stays within seconds, whatever the text. */
export const MAX_DOCKERFILE_LENGTH = 128 * 1024;

// ── One instruction ────────────────────────────────────────────────────────────────────────────────────────────────

const FLAG = /\s+--([\w.-]+)(?:=(\S*))?(?=\s|$)/y;

/** Flags at the front of what follows a verb. `at` is where the arguments start in `text`. */
function readFlags(text: string, from: number): { flags: DockerfileFlag[]; at: number } {
  const flags: DockerfileFlag[] = [];
  let at = from;
  for (;;) {
    FLAG.lastIndex = at;
    const match = FLAG.exec(text);
    if (match === null) break;
    const end = FLAG.lastIndex;
    flags.push({ name: match[1] ?? "", value: match[2] ?? null, start: end - match[0].trimStart().length, end });
    at = end;
  }
  while (at < text.length && /\s/.test(text.charAt(at))) at++;
  return { flags, at };
}

// BuildKit frontend/dockerfile/parser ParseHeredoc: `<<EOF`, `<<-EOF`, quoted or not, with a descriptor before it or not.
const HEREDOC = /(?<=^|\s)\d*<<(-?)(["']?)([A-Za-z_][\w.-]*)\2(?=\s|$)/g;
const LONE_HEREDOC = /^<<-?(["']?)[A-Za-z_][\w.-]*\1$/;

/** Bodies stand one after the other below the instruction's own line. */
function readHeredocs(text: string, header: string, bodiesStart: number): DockerfileHeredoc[] {
  const heredocs: DockerfileHeredoc[] = [];
  let at = bodiesStart;
  for (const [, dash, , name = ""] of header.matchAll(HEREDOC)) {
    const start = at;
    let end = text.length;
    for (at = start; at < text.length; ) {
      const feed = text.indexOf("\n", at);
      const lineEnd = feed === -1 ? text.length : feed;
      const line = text.slice(at, lineEnd).replace(/\r$/, "");
      if ((dash === "-" ? line.replace(/^\t+/, "") : line) === name) {
        end = at;
        at = lineEnd + 1;
        break;
      }
      at = lineEnd + 1;
    }
    heredocs.push({ name, start, end, stripsTabs: dash === "-" });
  }
  return heredocs;
}

/** An instruction's own text, joined, with a way back to offsets of the file. */
interface Raw {
  readonly verb: string;
  readonly text: string;
  readonly joined: string;
  readonly flags: readonly DockerfileFlag[];
  /** Where arguments start in `joined`. */
  readonly at: number;
  /** Offset in the file of an offset in `joined`. */
  readonly offsetOf: (index: number) => number;
}

function readRaw(verb: string, text: string, start: number, verbEnd: number, escapeCharacter: EscapeCharacter): Raw {
  const { text: joined, offsets } = joinContinuations(text, escapeCharacter);
  const offsetOf = (index: number) => start + (index >= joined.length ? text.length : (offsets?.[index] ?? index));
  let verbLength = 0;
  while (verbLength < joined.length && offsetOf(verbLength) < verbEnd) verbLength++;
  const { flags, at } = readFlags(joined, verbLength);
  const placed = flags.map((flag) => ({ ...flag, start: offsetOf(flag.start), end: offsetOf(flag.end - 1) + 1 }));
  return { verb, text, joined, flags: placed, at, offsetOf };
}

function isStringList(text: string): boolean {
  if (!text.startsWith("[")) return false;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === "string");
  } catch {
    return false;
  }
}

function readRun(raw: Raw, start: number, escapeCharacter: EscapeCharacter): RunScript {
  const { text, joined, at, offsetOf } = raw;
  const headerEnd = logicalLineEnd(text, escapeCharacter);
  const command = joined.slice(at).split("\n", 1)[0]?.trim() ?? "";
  const heredocs = readHeredocs(text, command, headerEnd + 1).map((heredoc) => ({
    ...heredoc,
    start: Math.min(start + heredoc.start, start + text.length),
    end: start + heredoc.end,
  }));
  const [first] = heredocs;
  if (first !== undefined && LONE_HEREDOC.test(command)) {
    return { form: "heredoc", start: first.start, end: first.end, dialect: "script", heredocs };
  }
  const end = start + text.trimEnd().length;
  const form = isStringList(joined.slice(at).trim()) ? "exec" : "shell";
  return { form, start: Math.min(offsetOf(at), end), end, dialect: "dockerfile", heredocs };
}

function readInstruction(text: string, node: AstInstruction, stage: number, file: FileText): DockerfileInstruction {
  const range = node.getRange();
  const start = file.offsetAt(range.start);
  const end = Math.max(start, file.offsetAt(range.end));
  const own = text.slice(start, end).trimEnd();
  const verb = node.getKeyword();
  const raw = readRaw(verb, own, start, file.offsetAt(node.getInstructionRange().end), file.escapeCharacter);
  return {
    verb,
    line: range.start.line + 1,
    endLine: range.start.line + own.split("\n").length,
    start,
    end: start + own.length,
    stage,
    text: raw.joined,
    args: raw.joined.slice(raw.at).trim(),
    flags: raw.flags,
    run: verb === "RUN" ? readRun(raw, start, file.escapeCharacter) : null,
  };
}

// ── The file ───────────────────────────────────────────────────────────────────────────────────────────────────────

interface FileText {
  readonly escapeCharacter: EscapeCharacter;
  readonly offsetAt: (position: { readonly line: number; readonly character: number }) => number;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let feed = text.indexOf("\n"); feed !== -1; feed = text.indexOf("\n", feed + 1)) starts.push(feed + 1);
  return starts;
}

const FROM_ARGS = /^(\S+)(?:\s+as\s+(\S+))?/i;

function argsBeforeStages(
  instructions: readonly DockerfileInstruction[],
  buildArgs: ReadonlyMap<string, string>,
): Map<string, Pattern> {
  const scope = new Map<string, Pattern>();
  for (const { verb, stage, args } of instructions) {
    if (verb !== "ARG" || stage !== -1) continue;
    for (const word of args.split(/\s+/)) {
      const [name = "", ...rest] = word.split("=");
      const given = buildArgs.get(name);
      const byDefault = rest.length > 0 ? expand(rest.join("="), scope) : [null];
      scope.set(name, given === undefined ? byDefault : [given]);
    }
  }
  return scope;
}

function readStages(
  instructions: readonly DockerfileInstruction[],
  buildArgs: ReadonlyMap<string, string>,
): DockerfileStage[] {
  const scope = argsBeforeStages(instructions, buildArgs);
  const froms = [...instructions.entries()].filter(([, { verb }]) => verb === "FROM").map(([i]) => i);
  const names = new Map<string, number>();
  return froms.map((from, i) => {
    const [, image = "", name = null] = FROM_ARGS.exec(instructions[from]?.args ?? "") ?? [];
    const base = literalOf(expand(image, scope));
    const baseStage = base === null ? null : (names.get(base.toLowerCase()) ?? null);
    if (name !== null) names.set(name.toLowerCase(), i);
    return { name, base, baseStage, from, last: (froms[i + 1] ?? instructions.length) - 1 };
  });
}

function targetOf(stages: readonly DockerfileStage[], target: string | undefined): number {
  if (target === undefined) return stages.length - 1;
  const named = stages.findIndex(({ name }) => name?.toLowerCase() === target.toLowerCase());
  const number = /^\d{1,4}$/.test(target) ? Number(target) : -1;
  return named !== -1 ? named : number < stages.length ? number : -1;
}

/**
 * Reads a Dockerfile. Needs `loadDockerfileTools()` to have been awaited. Odd input is read as far as it goes.
 *
 * @throws {ImgweighError} LIMIT_EXCEEDED beyond 128 KiB.
 */
export function parseDockerfile(text: string, options: DockerfileOptions = {}): Dockerfile {
  if (text.length > MAX_DOCKERFILE_LENGTH) {
    throw new ImgweighError("LIMIT_EXCEEDED", `The Dockerfile has more than ${MAX_DOCKERFILE_LENGTH} characters`);
  }
  const ast = dockerfileTools().ast.DockerfileParser.parse(text);
  const starts = lineStarts(text);
  const escapeCharacter = ast.getEscapeCharacter() === "`" ? "`" : "\\";
  const file: FileText = {
    escapeCharacter,
    offsetAt: ({ line, character }) => Math.min(text.length, (starts[line] ?? text.length) + character),
  };
  let stage = -1;
  const instructions = ast.getInstructions().map((node) => {
    if (node.getKeyword() === "FROM") stage++;
    return readInstruction(text, node, stage, file);
  });
  const buildArgs = options.buildArgs ?? new Map<string, string>();
  const stages = readStages(instructions, buildArgs);
  return { text, escapeCharacter, instructions, stages, target: targetOf(stages, options.target), buildArgs };
}

/**
 * {@link parseDockerfile}, loading what it needs.
 *
 * @throws {ImgweighError} LIMIT_EXCEEDED beyond 128 KiB.
 */
export async function readDockerfile(text: string, options: DockerfileOptions = {}): Promise<Dockerfile> {
  await loadDockerfileTools();
  return parseDockerfile(text, options);
}

/** The script of a RUN, its offsets counted from `run.start`; null for other instructions and exec forms. */
export function shellOf(dockerfile: Dockerfile, instruction: DockerfileInstruction): ShellScript | null {
  const { run } = instruction;
  if (run === null || run.form === "exec") return null;
  return parseShell(dockerfile.text.slice(run.start, run.end), {
    dialect: run.dialect,
    escapeCharacter: dockerfile.escapeCharacter,
    errexit: hasErrexit(shellAt(dockerfile, instruction)),
  });
}

/** The shell of a RUN, where a SHELL of its stage, or of one that it starts from, says it. */
function shellAt({ instructions, stages }: Dockerfile, { start, stage }: DockerfileInstruction): readonly string[] {
  for (let at: number | null = stage; at !== null && at >= 0; at = stages[at]?.baseStage ?? null) {
    const own = instructions.findLast((one) => one.verb === "SHELL" && one.stage === at && one.start < start);
    if (own !== undefined) return own.args.split(/[\s,"[\]]+/).filter((word) => word !== "");
  }
  return [];
}

import type { Dockerfile, DockerfileInstruction } from "./dockerfile.ts";
import type { EscapeCharacter } from "./join-continuations.ts";
import { expand, joined, literalOf, nameValues, type Pattern, type Scope, splitWords } from "./variables.ts";

/** What instructions before one have set, as far as it changes what is recorded of it. */
export interface BuildState {
  /** Build arguments and environment. */
  readonly variables: Scope;
  readonly workdir: Pattern;
  /** What SHELL names; null where the base may have named another. */
  readonly shell: readonly string[] | null;
}

/** What is known of a build beside its Dockerfile. */
export interface KnownBuild {
  /** Values of build arguments. */
  readonly args: ReadonlyMap<string, string>;
  /** The image's environment; null where it is not known. */
  readonly env: ReadonlyMap<string, string> | null;
  /** The working directory of the base; null where it is not known. */
  readonly workdir: string | null;
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

/** Names of the build arguments that an ARG declares. */
export function argNames({ args }: DockerfileInstruction): string[] {
  return splitWords(args).map((word) => word.split("=", 1)[0] ?? "");
}

/** What an ENV sets, as it is written. */
export function envOf({ args }: DockerfileInstruction): readonly (readonly [name: string, value: string])[] {
  return nameValues(args);
}

/** A path without `.`, `..`, and slashes that say nothing, as Go's path.Clean gives it. */
export function cleanPath(path: string): string {
  const out: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") out.pop();
    else out.push(part);
  }
  return `/${out.join("/")}`;
}

/** Where a WORKDIR leads from the one before it. */
export function resolveWorkdir(path: Pattern, { workdir }: Pick<BuildState, "workdir">): Pattern {
  const isKnown = typeof path[0] === "string";
  const whole = isKnown && path[0]?.startsWith("/") ? path : isKnown ? joined([...workdir, "/", ...path]) : null;
  if (whole === null) return path.length === 0 ? workdir : [null];
  const literal = literalOf(whole);
  if (literal !== null) return [cleanPath(literal)];
  if (whole.some((piece) => piece !== null && /\/\.\.?(?:\/|$)|\/\//.test(piece))) return [null];
  const last = whole.at(-1);
  return typeof last === "string" && last.endsWith("/") ? joined([...whole.slice(0, -1), last.slice(0, -1)]) : whole;
}

const DEFAULT_SHELL = ["/bin/sh", "-c"];

interface MutableState {
  variables: Map<string, Pattern>;
  workdir: Pattern;
  shell: readonly string[] | null;
}

type Values = (name: string) => string | undefined;

function declareArgs(state: MutableState, instruction: DockerfileInstruction, given: Values, inEnv: Set<string>): void {
  for (const name of argNames(instruction)) {
    const value = given(name);
    // A default says little, as the build may have been given another value; and which of ENV and a later ARG holds is
    // another in each builder.
    const pattern: Pattern = value === undefined || inEnv.has(name) ? [null] : [value];
    state.variables.set(name, pattern);
  }
}

function applyTo(
  state: MutableState,
  instruction: DockerfileInstruction,
  {
    scope,
    escapeCharacter,
    given,
    inEnv,
  }: { scope: Scope; escapeCharacter: EscapeCharacter; given: Values; inEnv: Set<string> },
): void {
  switch (instruction.verb) {
    case "ENV": {
      const values = envOf(instruction).map(([name, value]) => [name, expand(value, scope, escapeCharacter)] as const);
      state.variables = new Map([...state.variables, ...values]);
      for (const [name] of values) inEnv.add(name);
      return;
    }
    case "ARG":
      state.variables = new Map(state.variables);
      declareArgs(state, instruction, given, inEnv);
      return;
    case "WORKDIR":
      state.workdir = resolveWorkdir(expand(instruction.args, scope, escapeCharacter), state);
      return;
    case "SHELL":
      state.shell = stringList(instruction.args);
      return;
    default:
  }
}

/** The stages that the target starts from, the first one first, and itself. */
export function stagesOf(dockerfile: Dockerfile): number[] {
  const stages: number[] = [];
  // A stage names only earlier ones, so this ends.
  for (let at: number | null = dockerfile.target; at !== null && at >= 0; ) {
    stages.push(at);
    at = dockerfile.stages[at]?.baseStage ?? null;
  }
  return stages.reverse();
}

/** The image that the target's first stage starts from; null where it is not known. */
export function rootBase(dockerfile: Dockerfile): string | null {
  return dockerfile.stages[stagesOf(dockerfile)[0] ?? -1]?.base ?? null;
}

/** The instructions that make the target: those of the stages that it starts from, and its own, without their FROMs. */
export function chainOf(dockerfile: Dockerfile): number[] {
  return stagesOf(dockerfile).flatMap((stage) => {
    const { from = 0, last = 0 } = dockerfile.stages[stage] ?? {};
    return Array.from({ length: last - from }, (_, i) => from + 1 + i);
  });
}

/**
 * What is set before each of the instructions that make the target.
 *
 * @param chain those instructions, triggers of ONBUILD included
 */
export function statesOf(
  dockerfile: Dockerfile,
  chain: readonly DockerfileInstruction[],
  known: KnownBuild = { args: new Map(), env: null, workdir: null },
): BuildState[] {
  const isScratch = rootBase(dockerfile) === "scratch";
  const setHere = new Set(chain.flatMap((at) => (at.verb === "ENV" ? envOf(at).map(([name]) => name) : [])));
  const baseEnv = (name: string): Pattern | undefined => {
    if (known.env === null || setHere.has(name)) return undefined;
    const value = known.env.get(name);
    return value === undefined || value === "" ? [] : [value];
  };
  const given: Values = (name) => dockerfile.buildArgs.get(name) ?? known.args.get(name);
  const inEnv = new Set<string>();
  const state: MutableState = {
    variables: new Map(),
    workdir: isScratch ? ["/"] : [known.workdir],
    shell: isScratch ? DEFAULT_SHELL : null,
  };
  return chain.map((instruction) => {
    const { variables } = state;
    const scope: Scope = { get: (name) => variables.get(name) ?? baseEnv(name) };
    const snapshot: BuildState = { variables: scope, workdir: state.workdir, shell: state.shell };
    applyTo(state, instruction, { scope, escapeCharacter: dockerfile.escapeCharacter, given, inEnv });
    return snapshot;
  });
}

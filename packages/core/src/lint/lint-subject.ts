import type { BuildEdit } from "../build/build-edit.ts";
import type { TextChange } from "../build/dockerfile-lines.ts";
import { chainOf, stringList } from "../dockerfile/build-state.ts";
import { type Dockerfile, type DockerfileInstruction, shellOf } from "../dockerfile/dockerfile.ts";
import type { ShellCommand, ShellScript } from "../dockerfile/shell-script.ts";
import type { BuildContext } from "./build-context.ts";

/** A RUN that a shell reads. */
export interface Run {
  /** Of the Dockerfile's `instructions`: what {@link BuildEdit} names as a step. */
  readonly index: number;
  readonly instruction: DockerfileInstruction;
  readonly script: ShellScript;
}

/** A COPY or ADD. */
export interface Copy {
  readonly index: number;
  readonly instruction: DockerfileInstruction;
  readonly sources: readonly string[];
  /** Absolute, with WORKDIR before it; null where it depends on a variable. */
  readonly to: string | null;
  /** The stage or image it copies from; null: the context. */
  readonly from: string | null;
}

/** A Dockerfile as rules look at it: what of it ends up in the image. */
export interface LintSubject {
  readonly dockerfile: Dockerfile;
  readonly context: BuildContext | null;
  /** Instructions of the target, and of the stages that it starts from. */
  readonly shipped: readonly (readonly [number, DockerfileInstruction])[];
  readonly runs: readonly Run[];
  readonly copies: readonly Copy[];
  /** What the target starts from in the end: an image; null where an argument hides it. */
  readonly base: string | null;
}

/** What a rule says, before it is given a level. */
export interface LintDraft {
  readonly rule: string;
  readonly title: string;
  readonly line: number;
  /** What to do, for people. */
  readonly fix: string;
  /** Tells it from others of the rule, and stays while lines move; the title, unless said. */
  readonly key?: string;
  readonly bytes?: number | null;
  readonly paths?: readonly string[];
  /** The build stops, or the container does not start. */
  readonly breaks?: boolean;
  /** Edits that the text alone proves. */
  readonly edits?: readonly BuildEdit[];
  readonly changes?: readonly TextChange[];
}

export type LintRule = (subject: LintSubject) => Iterable<LintDraft>;

/** The line of a command of a RUN. */
export function lineOf({ dockerfile }: LintSubject, { instruction, script }: Run, command: ShellCommand): number {
  const before = script.text.slice(0, command.start);
  const start = dockerfile.text.slice(instruction.start, instruction.run?.start ?? instruction.start);
  return instruction.line + (start + before).split("\n").length - 1;
}

function resolveIn(directory: string | null, path: string): string | null {
  if (path.includes("$")) return null;
  if (path.startsWith("/")) return path;
  return directory === null ? null : `${directory.replace(/\/$/, "")}/${path.replace(/^\.\/?/, "")}`;
}

function readCopies(shipped: LintSubject["shipped"]): Copy[] {
  let workdir: string | null = "/";
  return shipped.flatMap(([index, instruction]): Copy[] => {
    const { verb, args, flags } = instruction;
    if (verb === "WORKDIR") workdir = resolveIn(workdir, args.replace(/^(["'])(.*)\1$/, "$2"));
    if ((verb !== "COPY" && verb !== "ADD") || args.includes("<<")) return [];
    const words = stringList(args) ?? args.split(/\s+/);
    const from = flags.find(({ name }) => name === "from")?.value ?? null;
    return [{ index, instruction, sources: words.slice(0, -1), to: resolveIn(workdir, words.at(-1) ?? ""), from }];
  });
}

/** @param dockerfile its tools are loaded */
export function lintSubject(dockerfile: Dockerfile, context: BuildContext | null): LintSubject {
  const shipped = chainOf(dockerfile).flatMap((index) => {
    const instruction = dockerfile.instructions[index];
    return instruction === undefined ? [] : [[index, instruction] as const];
  });
  const runs = shipped.flatMap(([index, instruction]): Run[] => {
    const script = shellOf(dockerfile, instruction);
    return script === null ? [] : [{ index, instruction, script }];
  });
  let stage = dockerfile.stages[dockerfile.target];
  while (stage?.baseStage != null) stage = dockerfile.stages[stage.baseStage];
  return { dockerfile, context, shipped, runs, copies: readCopies(shipped), base: stage?.base ?? null };
}

/** A cache mount covers a path, so that what is written there is no part of the image. */
export function isMounted({ instruction }: Run, path: string): boolean {
  return instruction.flags.some(({ name, value }) => {
    if (name !== "mount" || !/(?:^|,)type=(?:cache|tmpfs)(?:,|$)/.test(value ?? "")) return false;
    const target = /(?:^|,)(?:target|dst|destination)=([^,]+)/.exec(value ?? "")?.[1]?.replace(/\/$/, "");
    return target !== undefined && (path === target || path.startsWith(`${target}/`));
  });
}

/** Whether a RUN removes a path, or what lies below it. */
export function removes({ script }: Run, path: string): boolean {
  return script.commands.some(({ name, words }) => {
    const isRemoval = name === "rm" || name === "/bin/rm" || name === "find";
    return isRemoval && words.some((word) => word !== null && (word === path || word.startsWith(`${path}/`)));
  });
}

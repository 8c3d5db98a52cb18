import type { ShellCommand, ShellScript } from "../dockerfile/shell-script.ts";
import { baseName } from "../image-path.ts";
import type { BuildStep } from "./build.ts";
import type { ShellEdit } from "./edit-shell.ts";

/** A command of a script that runs a certain program. */
export interface ShellCall {
  /** Index in the script's `commands`. */
  readonly command: number;
  /** Index of the first word that is an argument of the program. */
  readonly at: number;
  readonly words: ShellCommand["words"];
}

/** Programs that run what their arguments name. */
const WRAPPERS: ReadonlySet<string> = new Set(["command", "env", "exec", "gosu", "nice", "su-exec", "sudo", "time"]);
const PYTHON = /^python[\d.]*$/;
const ASSIGNMENT = /^[A-Za-z_]\w*=/;

/** Where the arguments of one of the programs begin; null where the command runs none of them. */
function argumentsAt({ name, words }: ShellCommand, programs: ReadonlySet<string>): number | null {
  if (name === null) return null;
  const program = baseName(name);
  if (programs.has(program)) return 0;
  if (PYTHON.test(program) && words[0] === "-m") return programs.has(words[1] ?? "") ? 2 : null;
  if (!WRAPPERS.has(program)) return null;
  const first = words.findIndex((word) => word !== null && !word.startsWith("-") && !ASSIGNMENT.test(word));
  return first >= 0 && programs.has(baseName(words[first] ?? "")) ? first + 1 : null;
}

/** The commands of a script that run one of some programs, by themselves, through `sudo` and its like, or by `python -m`. */
export function callsOf(script: ShellScript, programs: readonly string[]): readonly ShellCall[] {
  const names = new Set(programs);
  return script.commands.flatMap((command, i) => {
    const at = argumentsAt(command, names);
    return at === null ? [] : [{ command: i, at, words: command.words }];
  });
}

/** The place of a call's subcommand, the first word that is no flag; null where it has none, or where an expansion hides it. */
export function subcommandAt({ at, words }: ShellCall): number | null {
  for (let i = at; i < words.length; i++) {
    const word = words[i];
    if (word === null || word === undefined) return null;
    if (!word.startsWith("-")) return i;
  }
  return null;
}

export interface Flag {
  readonly programs: readonly string[];
  /** Which subcommands take it. */
  readonly subcommands: readonly string[];
  readonly flag: string;
}

/** Edits that give a flag to each call that takes it; null where none does, or one has it already and yet did not help. */
export function withFlag(script: ShellScript, { programs, subcommands, flag }: Flag): readonly ShellEdit[] | null {
  const edits: ShellEdit[] = [];
  for (const call of callsOf(script, programs)) {
    const at = subcommandAt(call);
    if (at === null || !subcommands.includes(call.words[at] ?? "")) continue;
    if (call.words.includes(flag)) return null;
    edits.push({ kind: "insert-words", command: call.command, at: at + 1, words: [flag] });
  }
  return edits.length === 0 ? null : edits;
}

/** Whether a RUN runs one of some programs; where it cannot be read, whether it speaks of one. */
export function runs({ instruction, script }: BuildStep, programs: readonly string[]): boolean {
  if (instruction.verb !== "RUN") return false;
  if (script?.complete === true) return callsOf(script, programs).length > 0;
  const words = new Set(instruction.text.split(/[\s;&|()"'[\],]+/));
  return programs.some((program) => words.has(program));
}

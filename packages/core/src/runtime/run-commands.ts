import { SHELL_NAME } from "../dockerfile/recorded-command.ts";
import type { RunConfig } from "../oci/run-config.ts";
import type { LiveFiles, Located } from "./live-files.ts";

/** A name by which a command means a file. */
export type CommandName = "ENTRYPOINT" | "CMD" | "HEALTHCHECK";

/** A program that a command starts, or a file that it names. */
export interface CommandFile {
  /** The word as the command has it. */
  readonly word: string;
  readonly file: Located | null;
}

/** What the config starts. */
export interface RunCommand {
  /** The instruction that gives the program; arguments of an ENTRYPOINT may come from CMD. */
  readonly from: CommandName;
  /** The shell that runs it, for shell forms and for `["sh", "-c", …]`; null where the program is started directly. */
  readonly shell: string | null;
  readonly words: readonly string[];
  /** The first word: what the engine starts. */
  readonly program: CommandFile;
  /** Other programs and files of the image that the words name. */
  readonly mentions: readonly CommandFile[];
}

/** What engines use where the config sets no PATH (moby `system.DefaultPathEnv`). */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const COMMAND_FLAG = /^-[a-z]*c$/;
const MAX_WORDS = 1000;
const MAX_PATH_DIRECTORIES = 64;

export function environmentValue({ env }: RunConfig, name: string): string | null {
  const value = env.findLast((entry) => entry.startsWith(`${name}=`));
  return value === undefined ? null : value.slice(name.length + 1);
}

/** Where a word leads that a program is started by: PATH, or the working directory where it has a slash. */
export function findProgram(word: string, run: RunConfig, files: LiveFiles): Located | null {
  if (word.includes("/")) return files.locate(word.startsWith("/") ? word : `${run.workingDir ?? ""}/${word}`);
  const directories = (environmentValue(run, "PATH") ?? DEFAULT_PATH).split(":", MAX_PATH_DIRECTORIES);
  for (const directory of directories) {
    const located = files.locate(`${directory === "" ? (run.workingDir ?? "") : directory}/${word}`);
    if (located !== null) return located;
  }
  return null;
}

/** Words of a shell line that may be programs or files: everything between blanks, quotes and operators. */
function wordsOf(line: string): string[] {
  return line.split(/[\s;&|()<>'"`]+/, MAX_WORDS).filter((word) => word !== "" && !word.startsWith("-"));
}

/** A file that a word names as an argument: relative to the working directory, or a program of the PATH. */
function findMentioned(word: string, run: RunConfig, files: LiveFiles): Located | null {
  if (word === "" || word.startsWith("-")) return null;
  return files.locate(word.startsWith("/") ? word : `${run.workingDir ?? ""}/${word}`) ?? findProgram(word, run, files);
}

function commandOf(from: CommandName, words: readonly string[], run: RunConfig, files: LiveFiles): RunCommand {
  const first = words[0] as string;
  const isShell = SHELL_NAME.test(first);
  const line = isShell ? words[words.findIndex((word, i) => i > 0 && COMMAND_FLAG.test(word)) + 1] : undefined;
  const shell = isShell && line !== undefined && line !== first ? first : null;
  const candidates = shell === null ? words.slice(1, MAX_WORDS) : wordsOf(line as string);
  return {
    from,
    shell,
    words,
    program: { word: first, file: findProgram(first, run, files) },
    mentions: candidates.flatMap((word) => {
      const file = findMentioned(word, run, files);
      return file === null ? [] : [{ word, file }];
    }),
  };
}

function healthcheckWords({ healthcheck, shell }: RunConfig): readonly string[] | null {
  if (healthcheck === null) return null;
  const [kind, ...words] = healthcheck;
  if (kind === "CMD-SHELL") return [...(shell ?? ["/bin/sh", "-c"]), ...words];
  return kind === "CMD" && words.length > 0 ? words : null;
}

/** What the config starts: ENTRYPOINT with CMD as its arguments, or CMD alone, and the health check. */
export function runCommands(run: RunConfig, files: LiveFiles): readonly RunCommand[] {
  const main = [...(run.entrypoint ?? []), ...(run.cmd ?? [])];
  const health = healthcheckWords(run);
  return [
    ...(main.length === 0 ? [] : [commandOf(run.entrypoint === null ? "CMD" : "ENTRYPOINT", main, run, files)]),
    ...(health === null ? [] : [commandOf("HEALTHCHECK", health, run, files)]),
  ];
}

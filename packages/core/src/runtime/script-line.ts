/** What the first line of a script asks for. */
export interface ScriptLine {
  /** The interpreter as written: what the kernel opens. */
  readonly interpreter: string;
  /** The program that `env` is told to look up in `PATH`; null where the interpreter is no `env`. */
  readonly program: string | null;
}

const ENV = /(?:^|\/)env$/;
const SPLIT = /^(?:-[^-\sS]*S+|--split-string(?:=|\s))/;
const ASSIGNMENT = /^[A-Za-z_]\w*=/;

/** The first word that `env` runs (coreutils env(1)): with `-S` the argument is split, without it is one word. */
function programOf(argument: string): string | null {
  const split = SPLIT.exec(argument);
  const words = split === null ? [argument] : argument.slice(split[0].length).split(/\s+/);
  return words.find((word) => word !== "" && !word.startsWith("-") && !ASSIGNMENT.test(word)) ?? null;
}

/**
 * Reads `#!interpreter [argument]` as the kernel does (execve(2), fs/binfmt_script.c): all that follows the interpreter
 * is one argument. A carriage return stays part of the word that it ends, which is why such scripts do not start.
 *
 * @param head first bytes of the file, one character each
 */
export function readScriptLine(head: string): ScriptLine | null {
  if (!head.startsWith("#!")) return null;
  const end = head.indexOf("\n");
  const line = head.slice(2, end < 0 ? head.length : end).replace(/^[ \t]+/, "");
  const gap = line.search(/[ \t]/);
  const interpreter = gap < 0 ? line : line.slice(0, gap);
  if (interpreter === "") return null;
  const argument = gap < 0 ? "" : line.slice(gap).trim();
  return { interpreter, program: ENV.test(interpreter) ? programOf(argument) : null };
}

import { argNames, type BuildState, envOf, stringList } from "../dockerfile/build-state.ts";
import { isPackageManager, programOf } from "../dockerfile/directory-use.ts";
import type { DockerfileInstruction } from "../dockerfile/dockerfile.ts";
import { METADATA_VERBS } from "../dockerfile/instruction.ts";
import type { ShellScript } from "../dockerfile/shell-script.ts";
import { expand, literalOf } from "../dockerfile/variables.ts";
import { trimEndOf } from "../trim-ends.ts";

/** An instruction moves from below a RUN to above it: why it must not (a whole sentence), or what that assumes. */
export interface Move {
  readonly refusal: string | null;
  readonly assumes: readonly string[];
}

const free: Move = { refusal: null, assumes: [] };
const refuse = (refusal: string): Move => ({ refusal, assumes: [] });

// ── What a script touches ──────────────────────────────────────────────────────────────────────────────────────────

/** `text` has the name as a word of its own. */
function mentions(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    const around = `${text[at - 1] ?? " "}${text[at + name.length] ?? " "}`;
    if (!/\w/.test(around)) return true;
  }
  return false;
}

const PATHS = /(?<![\w.}-])\/[\w.@+/-]*/g;

function pathsIn(text: string): string[] {
  return [...text.matchAll(PATHS)].map(([path]) => path);
}

function isSameOrWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`);
}

const trimmed = (path: string) => (path.length > 1 ? trimEndOf(path, "/") : path);

/** `mkdir -p` does not mind what is there already. */
function mindsPath(script: ShellScript, path: string): boolean {
  return script.commands.some((command) => {
    const text = script.text.slice(command.start, command.end);
    const isTolerant = programOf(command) === "mkdir" && command.words.includes("-p");
    return pathsIn(text)
      .map(trimmed)
      .some((own) => {
        if (isTolerant && isSameOrWithin(path, own)) return false;
        return isSameOrWithin(own, path) || (own !== "/" && isSameOrWithin(path, own));
      });
  });
}

/** Where packages put files: what is there before them changes what they do. */
const PACKAGE_PATHS = ["/bin", "/etc", "/lib", "/lib64", "/opt", "/sbin", "/usr", "/var"];
const LOCAL_PATHS = ["/usr/local", "/usr/src", "/opt"];

function isPackagePath(path: string): boolean {
  if (path === "/") return true;
  if (LOCAL_PATHS.some((local) => isSameOrWithin(path, local))) return false;
  return PACKAGE_PATHS.some((own) => isSameOrWithin(path, own));
}

/** Why something at `path` cannot be there before the script runs. */
function pathRefusal(script: ShellScript, path: string, what: string): string | null {
  if (mindsPath(script, path)) return `An earlier RUN uses ${path}, where ${what} puts something.`;
  if (isPackagePath(path) && script.commands.some(isPackageManager)) {
    return `An earlier RUN installs packages, which may mind what ${what} puts to ${path}.`;
  }
  return null;
}

// ── Instructions ───────────────────────────────────────────────────────────────────────────────────────────────────

/** Variables that change what nearly every program does. */
const DECISIVE = /^(?:HOME|IFS|LD_\w+|SHELL|TMPDIR|BASH_ENV|ENV)$/;

function envMove(env: DockerfileInstruction, script: ShellScript): Move {
  const names = env.verb === "ARG" ? argNames(env) : envOf(env).map(([name]) => name);
  const used = names.find((name) => mentions(script.text, name) || DECISIVE.test(name));
  if (used !== undefined) return refuse(`An earlier RUN may use ${used}, which line ${env.line} sets.`);
  const path = env.verb === "ENV" ? envOf(env).find(([name]) => name === "PATH") : undefined;
  if (path !== undefined && !/\$\{?PATH\b/.test(path[1])) {
    return refuse(`Line ${env.line} sets PATH, which an earlier RUN uses.`);
  }
  return { refusal: null, assumes: [`What an earlier RUN does is the same with ${names.join(", ")} set.`] };
}

function volumeMove(volume: DockerfileInstruction, script: ShellScript, state: BuildState): Move {
  const paths = stringList(volume.args) ?? volume.args.split(/\s+/);
  for (const path of paths) {
    const known = literalOf(expand(path, state.variables));
    const refusal =
      known === null ? "It is not known what the volume is." : pathRefusal(script, trimmed(known), "VOLUME");
    if (refusal !== null) return refuse(refusal);
  }
  return free;
}

/**
 * Whether an instruction may run before a script that it stands below, so that both do as before.
 *
 * @param state what is set before the instruction
 */
export function moveAbove(instruction: DockerfileInstruction, script: ShellScript, state: BuildState): Move {
  const { verb, line } = instruction;
  if (METADATA_VERBS.has(verb)) return free;
  switch (verb) {
    case "ADD":
    case "COPY":
    case "WORKDIR":
      // What they put into the file system is judged by what the layers show.
      return free;
    case "ARG":
    case "ENV":
      return envMove(instruction, script);
    case "VOLUME":
      return volumeMove(instruction, script, state);
    case "RUN":
      return refuse(`The RUN in line ${line} lies between and is not joined.`);
    default:
      return refuse(`${verb} in line ${line} lies between: it changes how commands run.`);
  }
}

import { type BuildArg, type Instruction, VERBS, type Verb } from "./instruction.ts";
import { NO_VALUE_NAME, readCommand } from "./recorded-command.ts";

/** Stands for a value that is not shown. */
const HIDDEN = "***";
const DIGEST_SHOWN = 12;

/** What a line says, as far as it does. */
export type Reading = Pick<Instruction, "verb" | "text"> &
  Partial<Pick<Instruction, "buildArgs" | "shell" | "storePaths">>;

/** How a line is read. */
export interface LineContext {
  /** Whether values of build arguments are shown. */
  readonly showArgs: boolean;
  /** What a SHELL before it names. */
  readonly shell: string | null;
}

export function readRun(text: string, { showArgs, shell: known }: LineContext): Reading {
  const { prefix, args, shell, command } = readCommand(text, known);
  const shown = showArgs ? `${prefix}${command ?? ""}` : (command ?? HIDDEN);
  // buildah puts the shell in front of an exec form too.
  const isExecForm = command?.startsWith('["') === true;
  return { verb: "RUN", text: `RUN ${shown}`.trim(), buildArgs: args, shell: isExecForm ? null : shell };
}

/** `ARG A`, `ARG A=value`, `ARG A B` (buildah). A value may hold spaces: what follows the first `=` is value. */
function readArg(text: string, showArgs: boolean): Reading {
  const equals = text.indexOf("=");
  const head = (equals === -1 ? text : text.slice(0, equals)).split(/\s+/).filter((word) => word !== "");
  const withValue = equals === -1 ? undefined : head.pop();
  const buildArgs: BuildArg[] = head.filter((word) => NO_VALUE_NAME.test(word)).map((name) => ({ name, value: null }));
  if (withValue !== undefined) buildArgs.push({ name: withValue, value: text.slice(equals + 1) });
  const shown = buildArgs.map(({ name, value }) => (value === null ? name : `${name}=${HIDDEN}`)).join(" ");
  return { verb: "ARG", text: `ARG ${showArgs ? text : shown}`.trim(), buildArgs };
}

export const VERB = new RegExp(`^(${VERBS.join("|")})(?=\\s|$)`);
export const VERB_ANY_CASE = new RegExp(VERB.source, "i");

// What builders print of their own data structures, and how a Dockerfile says it.
const TIDY: readonly (readonly [RegExp, (match: string, ...groups: string[]) => string])[] = [
  // Old engines: ENTRYPOINT &{["/pause"]}
  [/^(ENTRYPOINT|CMD) &\{(.*)\}$/s, (_, verb, list) => `${verb} ${list}`],
  // BuildKit: EXPOSE map[80/tcp:{}], later EXPOSE [80/tcp]
  [/^EXPOSE (?:map)?\[(.*)\]$/s, (_, ports) => `EXPOSE ${(ports ?? "").replaceAll(":{}", "")}`],
  // Classic builder and buildah: COPY file:<sha256> in /dst
  [
    /^((?:ADD|COPY) (?:--link )?(?:file|dir|multi):)([0-9a-f]{64})(?![0-9a-f])/,
    (_, head, digest) => `${head}${(digest ?? "").slice(0, DIGEST_SHOWN)}`,
  ],
];

function tidy(text: string): string {
  let out = text;
  for (const [pattern, replacement] of TIDY) out = out.replace(pattern, replacement);
  return out;
}

/** A line that starts with the name of an instruction; null where it does not. */
export function readDockerfileLine(text: string, context: LineContext, pattern = VERB): Reading | null {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) return null;
  const verb = found.toUpperCase() as Verb;
  const rest = text.slice(found.length).trim();
  if (verb === "RUN") return readRun(rest, context);
  if (verb === "ARG") return readArg(rest, context.showArgs);
  return { verb, text: tidy(`${verb} ${rest}`.trim()) };
}

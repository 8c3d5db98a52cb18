import { argNames, type BuildState, cleanPath, resolveWorkdir, stringList } from "./build-state.ts";
import type { DockerfileHeredoc, DockerfileInstruction } from "./dockerfile.ts";
import type { Instruction, Producer } from "./instruction.ts";
import type { EscapeCharacter } from "./join-continuations.ts";
import { expand, joined, joinedBy, matchesPattern, nameValues, type Pattern, splitWords } from "./variables.ts";

/** A history entry, read: once for people, and once with the values of build arguments. */
export interface Recorded {
  readonly instruction: Instruction;
  /** Who recorded it: of a build by buildah, which writes most lines as the classic builder does, only some entries show it. */
  readonly producer: Producer | null;
  readonly whole: string;
}

/** An instruction of the Dockerfile, with what it takes to say what builders record of it. */
export interface Expected {
  readonly instruction: DockerfileInstruction;
  /** The text of the heredoc that a RUN runs, as it runs. */
  readonly body: string;
  readonly state: BuildState;
  readonly escapeCharacter: EscapeCharacter;
}

/** How well a history entry fits an instruction: its verb only, or its words as well. */
export type Fit = "none" | "verb" | "words";

type Fits = (expected: Expected, recorded: Recorded) => boolean;

const SPACES = /\s+/g;

function spaced(text: string): string {
  return text.replace(SPACES, " ").trim();
}

function spacedPattern(pattern: Pattern): Pattern {
  const collapsed = pattern.map((piece) => (piece === null ? null : piece.replace(SPACES, " ")));
  return joined(
    collapsed.map((piece, i) => {
      const start = i === 0 ? piece?.trimStart() : piece;
      return (i === collapsed.length - 1 ? start?.trimEnd() : start) ?? null;
    }),
  );
}

/** What is worked out of an object once, however many it is held against. */
function once<O extends object, T>(make: (of: O) => T): (of: O) => T {
  const made = new WeakMap<O, T>();
  return (of) => {
    const known = made.get(of);
    if (known !== undefined) return known;
    const value = make(of);
    made.set(of, value);
    return value;
  };
}

function argsOf({ verb, text }: Instruction): string {
  return verb === null ? text : text.slice(verb.length).trim();
}

/** What is recorded behind the verb. */
const given = once(({ instruction }: Recorded) => spaced(argsOf(instruction)));

/** The same with values of build arguments, verb and all. */
const givenWhole = once(({ whole }: Recorded) => spaced(whole));

/** All that follows the verb, flags too: what buildah and kaniko record. */
const written = once(({ verb, text }: DockerfileInstruction) => spaced(text.slice(verb.length)));

/** The arguments without flags. */
const argsAsWritten = once(({ args }: DockerfileInstruction) => spaced(args));

function patternOnce(make: (expected: Expected) => Pattern): (expected: Expected) => Pattern {
  return once((expected: Expected) => spacedPattern(make(expected)));
}

function expandIn({ state, escapeCharacter }: Expected, text: string): Pattern {
  return expand(text, state.variables, escapeCharacter);
}

// Old and unknown builders print words with and without quotes, as lists of Go, of JSON or of words.
const QUOTES = /["'\\]/g;
const LIST_SIGNS = /[,[\]]/g;

function withoutSigns(text: string): string {
  return text.replace(QUOTES, "").replace(LIST_SIGNS, " ");
}

function loose(text: string): string {
  return spaced(withoutSigns(text));
}

const givenLoosely = once((recorded: Recorded) => loose(argsOf(recorded.instruction)));

const loosely = once((pattern: Pattern) =>
  spacedPattern(pattern.map((piece) => (piece === null ? null : withoutSigns(piece)))),
);

// ── RUN ────────────────────────────────────────────────────────────────────────────────────────────────────────────

// Of a command behind build arguments it cannot always be told where the last value ends.
const HIDDEN_RUN = "***";
const HEREDOC_FILE = /^\/dev\/pipes\//;
/** A shell that nothing names: words without signs of a shell's language, the last of them a flag. */
const SHELL_LIKE = /^(?:[^\s;&|<>"'$]{1,256} ){1,8}-\w{0,16}$/;

/** What a shell is given to run: the words, or the body of a lone heredoc; with flags too, as buildah records mounts. */
const shellForms = once(({ instruction, body }: Expected): string[] => {
  const isHeredoc = instruction.run?.form === "heredoc";
  const forms = [isHeredoc ? spaced(body) : written(instruction), argsAsWritten(instruction)];
  return forms.filter((form) => form !== "");
});

// What buildah and kaniko record does not depend on SHELL.
const KEEPS_SHELL: ReadonlySet<string | null> = new Set(["buildkit", "buildkit-exporter", "classic"]);

function fitsShell(expected: Expected, recorded: Recorded): boolean {
  const text = given(recorded);
  const { shell: recordedShell, buildArgs } = recorded.instruction;
  const shell = expected.state.shell?.join(" ") ?? null;
  const forms = shellForms(expected);
  if (text === HIDDEN_RUN) return forms.some((form) => givenWhole(recorded).endsWith(`${shell ?? " -c"} ${form}`));
  if (recordedShell === null) {
    const isShell = (words: string) => words === "" || words === shell || (shell === null && SHELL_LIKE.test(words));
    return forms.some((form) => text.endsWith(form) && isShell(text.slice(0, -form.length).trimEnd()));
  }
  const isSame = shell === null || !KEEPS_SHELL.has(recorded.producer) || recordedShell === shell;
  if (isSame && forms.includes(text)) return true;
  // The value of a build argument may hold a shell too.
  return buildArgs.length > 0 && forms.some((form) => text.endsWith(` ${shell ?? recordedShell} ${form}`));
}

const execWords = once((expected: Expected) => {
  const { run, args } = expected.instruction;
  const list = run?.form === "exec" ? stringList(args) : null;
  return { words: list === null ? null : spaced(list.join(" ")) };
});

const fitsRun: Fits = (expected, recorded) => {
  const { instruction, body } = expected;
  const text = given(recorded);
  if (HEREDOC_FILE.test(text)) return instruction.run?.form === "heredoc" && body.startsWith("#!");
  const { words } = execWords(expected);
  if (words === null) return fitsShell(expected, recorded);
  // buildah puts the shell in front of an exec form too.
  if (text === argsAsWritten(instruction) || text === written(instruction)) return true;
  const { shell, buildArgs } = recorded.instruction;
  if (text === HIDDEN_RUN || buildArgs.length > 0) {
    const whole = givenWhole(recorded);
    if (whole.endsWith(` ${words}`) || whole.endsWith(` ${argsAsWritten(instruction)}`)) return true;
  }
  return (shell === null ? text : `${shell} ${text}`) === words;
};

// ── COPY and ADD ───────────────────────────────────────────────────────────────────────────────────────────────────

// Classic builder and buildah: `--chown=1:1file:<digest> in /dst`; the engine leaves no space after the flag.
const DIGEST = /(?:file|dir|multi):[0-9a-f]+ in /;

/** What follows `in` where the source is recorded by its digest. */
function targetByDigest(text: string): string | undefined {
  const digest = DIGEST.exec(text);
  if (digest === null) return undefined;
  const areFlags = text
    .slice(0, digest.index)
    .split(/\s+/)
    .every((word) => word === "" || word.startsWith("--"));
  return areFlags ? text.slice(digest.index + digest[0].length) : undefined;
}
const HEREDOC_WORD = /^\d*<<-?(["']?)(.+)\1$/;

/** Sources, heredocs behind files, and the destination, as they are written. */
function operandsOf({ args }: DockerfileInstruction): string[] {
  const header = args.split("\n", 1)[0] ?? "";
  const words = stringList(header) ?? header.split(SPACES).filter((word) => word !== "");
  const sources = words.slice(0, -1);
  const isHeredoc = (word: string) => HEREDOC_WORD.test(word);
  return [...sources.filter((word) => !isHeredoc(word)), ...sources.filter(isHeredoc), ...words.slice(-1)];
}

const operands = once((expected: Expected) => {
  const words = operandsOf(expected.instruction);
  const patterns = words.map((word): Pattern => {
    const heredoc = HEREDOC_WORD.exec(word)?.[2];
    return heredoc === undefined ? expandIn(expected, word) : [`<<${heredoc}`];
  });
  const target = { written: words.at(-1) ?? "", pattern: spacedPattern(patterns.at(-1) ?? []) };
  return { target, all: spacedPattern(joinedBy(" ", patterns)) };
});

/** How a COPY or ADD is recorded: by its destination alone, or by flags and words. */
const recordedCopy = once(({ instruction }: Recorded) => {
  const text = argsOf(instruction);
  const words = spaced(text).split(" ");
  const firstWord = words.findIndex((word) => !word.startsWith("--"));
  const at = firstWord === -1 ? words.length : firstWord;
  const target = targetByDigest(text)?.trim() ?? null;
  return { target, flags: words.slice(0, at), words: words.slice(at).join(" ") };
});

const RECORDED_FLAG = /^--(chown|chmod)=(\S*)$/;

/** Older builders record no flags: those that are recorded are the instruction's own. */
function fitsFlags(expected: Expected, words: readonly string[]): boolean {
  return words.every((word) => {
    const [, name, value] = RECORDED_FLAG.exec(word) ?? [];
    if (name === undefined || value === undefined) return true;
    const own = expected.instruction.flags.find((flag) => flag.name === name)?.value;
    return own !== undefined && own !== null && matchesPattern(expandIn(expected, own), value);
  });
}

const fitsCopy: Fits = (expected, recorded) => {
  if (given(recorded) === written(expected.instruction)) return true;
  const { target, all } = operands(expected);
  const copy = recordedCopy(recorded);
  // buildah records the destination as it is written.
  if (copy.target !== null) return copy.target === target.written || matchesPattern(target.pattern, copy.target);
  return matchesPattern(all, copy.words) && fitsFlags(expected, copy.flags);
};

// ── Metadata ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Filled in; or as written, by buildah. */
function fitsWord(expected: Expected, recorded: Recorded, pattern: Pattern): boolean {
  return given(recorded) === written(expected.instruction) || matchesPattern(pattern, given(recorded));
}

const resolved = patternOnce((expected) =>
  resolveWorkdir(expandIn(expected, expected.instruction.args), expected.state),
);

const fitsWorkdir: Fits = (expected, recorded) => {
  const path = resolved(expected);
  return fitsWord(expected, recorded, path) || matchesPattern(path, cleanPath(given(recorded)));
};

const MAX_RANGE = 65_536;

/** `80-82/udp` as `80/udp 81/udp 82/udp` (docker/go-connections nat.ParsePortSpec). */
function portsOf(words: readonly string[]): string {
  const ports = new Set<string>();
  for (const word of words) {
    const [numbers = "", protocol = "tcp"] = word
      .slice(word.lastIndexOf(":") + 1)
      .toLowerCase()
      .split("/");
    const [first, last] = numbers.split("-").map(Number);
    const isRange = first !== undefined && last !== undefined && last > first && last - first < MAX_RANGE;
    if (isRange && ports.size < MAX_RANGE)
      for (let port = first; port <= last; port++) ports.add(`${port}/${protocol}`);
    else ports.add(`${numbers}/${protocol}`);
  }
  return [...ports].sort().join(" ");
}

const ports = once((expected: Expected) => {
  const { instruction, escapeCharacter } = expected;
  const patterns = splitWords(instruction.args, escapeCharacter).map((word) => expandIn(expected, word));
  if (patterns.some((pattern) => pattern.includes(null))) return { known: null };
  return { known: portsOf(patterns.flatMap((pattern) => pattern.join("").split(SPACES))) };
});

const recordedPorts = once((recorded: Recorded) => portsOf(given(recorded).replace(/[[\]]/g, "").split(" ")));

const fitsExpose: Fits = (expected, recorded) => {
  if (given(recorded) === written(expected.instruction)) return true;
  const { known } = ports(expected);
  return known === null || known === recordedPorts(recorded);
};

const fitsArg: Fits = ({ instruction }, recorded) => {
  const names = argNames(instruction);
  // buildah names those that have a value, sorted, and those of earlier ARGs again.
  if (recorded.producer === "buildah") {
    const isSet = recorded.instruction.buildArgs.some(({ name }) => names.includes(name));
    return isSet || splitWords(instruction.args).some((word) => !word.includes("="));
  }
  const text = givenWhole(recorded).slice("ARG".length);
  let at = 0;
  return names.every((name, i) => {
    const found = text.indexOf(` ${name}`, at);
    if (found === -1 || (i === 0 && found !== 0)) return false;
    at = found + name.length + 1;
    return at === text.length || text[at] === "=" || text[at] === " ";
  });
};

/** `ENV a b` and `ENV a="b"` are recorded as `ENV a=b`. */
const assignments = patternOnce((expected) => {
  const pairs = nameValues(expected.instruction.args, expected.escapeCharacter);
  return joinedBy(
    " ",
    pairs.map(([name, value]) => joined([...expandIn(expected, name), "=", ...expandIn(expected, value)])),
  );
});

const fitsNameValues: Fits = (expected, recorded) => {
  const pattern = assignments(expected);
  return fitsWord(expected, recorded, pattern) || matchesPattern(loosely(pattern), givenLoosely(recorded));
};

/** A list as Go prints it, with quotes and without, and as JSON. */
function fitsList(expected: Expected, recorded: Recorded, list: Pattern): boolean {
  return given(recorded) === written(expected.instruction) || matchesPattern(loosely(list), givenLoosely(recorded));
}

/** Words of a command's or a SHELL's list, as Go and JSON quote them. */
const listedWords = once(({ args }: DockerfileInstruction) => {
  const list = stringList(args);
  const pattern: Pattern | null = list === null ? null : [list.map((word) => JSON.stringify(word)).join(" ")];
  return { pattern, loose: loose(args) };
});

/** A shell form is recorded with its shell. */
const fitsCommand: Fits = (expected, recorded) => {
  const { instruction, state } = expected;
  const { pattern, loose: form } = listedWords(instruction);
  if (pattern !== null) return fitsList(expected, recorded, pattern);
  const text = givenLoosely(recorded);
  if (text === form) return true;
  const shell = text.endsWith(` ${form}`) ? text.slice(0, -form.length - 1) : null;
  return shell !== null && (state.shell === null ? SHELL_LIKE.test(shell) : shell === loose(state.shell.join(" ")));
};

const fitsShellList: Fits = (expected, recorded) =>
  fitsList(expected, recorded, listedWords(expected.instruction).pattern ?? []);

const volumes = patternOnce((expected) => {
  const { args } = expected.instruction;
  const words = stringList(args) ?? splitWords(args, expected.escapeCharacter);
  return joinedBy(
    " ",
    words.map((word) => expandIn(expected, word)),
  );
});

const fitsVolume: Fits = (expected, recorded) => fitsList(expected, recorded, volumes(expected));

const healthTest = once(({ args }: DockerfileInstruction) => {
  const [, kind = "", command = ""] = /^(\S+)\s*(.*)$/s.exec(args) ?? [];
  if (kind.toUpperCase() === "NONE") return { words: "NONE" };
  const list = stringList(command);
  return { words: loose((list === null ? ["CMD-SHELL", command] : ["CMD", ...list]).join(" ")) };
});

/** `{Test:[CMD-SHELL a] Interval:…`, or `&{["CMD-SHELL" "a"] "30s" …`: durations are not compared. */
const fitsHealthcheck: Fits = ({ instruction }, recorded) => {
  if (given(recorded) === written(instruction)) return true;
  const test = /^&?\{(?:Test:)?\[(.*)\] (?:Interval:|")/s.exec(given(recorded))?.[1];
  return test !== undefined && loose(test) === healthTest(instruction).words;
};

const oneWord = patternOnce((expected) => expandIn(expected, expected.instruction.args));

const fitsOneWord: Fits = (expected, recorded) => fitsWord(expected, recorded, oneWord(expected));

const looselyWritten = once((instruction: DockerfileInstruction) => ({ text: loose(written(instruction)) }));

const fitsAsWritten: Fits = ({ instruction }, recorded) => givenLoosely(recorded) === looselyWritten(instruction).text;

// ── All ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const FITS: Readonly<Record<string, Fits>> = {
  ADD: fitsCopy,
  ARG: fitsArg,
  CMD: fitsCommand,
  COPY: fitsCopy,
  ENTRYPOINT: fitsCommand,
  ENV: fitsNameValues,
  EXPOSE: fitsExpose,
  HEALTHCHECK: fitsHealthcheck,
  LABEL: fitsNameValues,
  RUN: fitsRun,
  SHELL: fitsShellList,
  STOPSIGNAL: fitsOneWord,
  USER: fitsOneWord,
  VOLUME: fitsVolume,
  WORKDIR: fitsWorkdir,
};

/**
 * How well what is recorded fits an instruction. The classic builder and BuildKit fill variables in, take quotes off and
 * resolve paths (moby builder/dockerfile/dispatchers.go, buildkit dockerfile2llb/convert.go); buildah and kaniko record
 * most lines as they are written (imagebuildah/stage_executor.go, pkg/executor/build.go).
 */
export function fitOf(expected: Expected, recorded: Recorded): Fit {
  const { verb } = expected.instruction;
  if (recorded.instruction.verb !== verb) return "none";
  return (FITS[verb] ?? fitsAsWritten)(expected, recorded) ? "words" : "verb";
}

/** The body of a heredoc as it runs: `<<-` takes leading tabs off. */
export function heredocBody(text: string, { start, end, stripsTabs }: DockerfileHeredoc): string {
  const body = text.slice(start, end);
  return stripsTabs ? body.replace(/^\t+/gm, "") : body;
}

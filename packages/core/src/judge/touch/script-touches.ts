import { parseShell, type ShellCommand, type ShellScript } from "../../dockerfile/shell-script.ts";
import { baseName } from "../../image-path.ts";
import { FILE_COMMANDS, type Place, pathOf } from "./file-commands.ts";
import { isDistributionManager, languageManagerTouches, managerTouches } from "./package-commands.ts";
import { type PathPattern, resolvePattern } from "./path-pattern.ts";
import { findTouches, gitTouches, pythonTouches, TOOL_COMMANDS } from "./tool-commands.ts";
import { type Touch, touch } from "./touch.ts";
import { expandWord, type ShellState, textOf, type Word } from "./words.ts";

/** What a script touches, told by its text. */
export interface ScriptTouches {
  readonly touches: readonly Touch[];
  /** The first program that may touch anything, as it is called; null where there is none. */
  readonly unread: string | null;
  /** Programs that it runs by name, without their directories. */
  readonly programs: ReadonlySet<string>;
}

/** Where a script runs, and what its shell knows. */
export interface ScriptPlace {
  /** Absolute; null where it is not known. */
  readonly directory: string | null;
  readonly home: string | null;
  /** The environment: null where a value is not known. What is not in it is not set. */
  readonly variables: ReadonlyMap<string, string | null>;
}

const MAX_NESTING = 3;
/** A script with more directories than these is taken to be anywhere. */
const MAX_DIRECTORIES = 4;
const WRAPPERS = new Set([
  "command",
  "builtin",
  "exec",
  "env",
  "nice",
  "nohup",
  "sudo",
  "time",
  "doas",
  "busybox",
  "eatmydata",
  "chronic",
  "ionice",
  "stdbuf",
]);
const SHELLS = new Set(["sh", "bash", "ash", "dash", "zsh", "ksh"]);
const ASSIGNMENT = /^[A-Za-z_]\w*=/;
const FUNCTION = /(?:^|[\s;&|(])(?:function\s+)?[A-Za-z_][\w-]*\s*\(\s*\)|(?:^|[\s;&|(])(?:function|alias|eval|trap)\s/;
/** Words behind which variables are named that get a value the text does not show, and defaults that are assigned. */
const SETS = /\b(?:for|select|read|local|declare|typeset|readonly|getopts|printf)\s/g;
const DEFAULTED = /\$\{([A-Za-z_]\w{0,99}):?=/g;
/** Names stand close behind. */
const NAMES_WITHIN = 200;

/** Variables whose values cannot be told from the text. */
function* namesSetElsewhere(text: string): Generator<string, void, undefined> {
  for (const { index, 0: word } of text.matchAll(SETS)) {
    const start = index + word.length;
    const [rest = ""] = text.slice(start, start + NAMES_WITHIN).split(/[;&|\n]/, 1);
    // `printf -v NAME` alone sets one.
    if (word.startsWith("printf") && !rest.startsWith("-v")) continue;
    for (const name of rest.split(/\s/)) if (/^[A-Za-z_]\w*$/.test(name)) yield name;
  }
  for (const [, name = ""] of text.matchAll(DEFAULTED)) yield name;
}

/** Reads what a script touches. Linear in its length, but for the few directories that it may be in. */
export function scriptTouches(script: ShellScript, place: ScriptPlace): ScriptTouches {
  const reader = new ScriptReader(place, 0);
  reader.read(script);
  return { touches: reader.touches, unread: reader.unread, programs: reader.programs };
}

class ScriptReader {
  readonly touches: Touch[] = [];
  readonly programs = new Set<string>();
  unread: string | null = null;
  readonly #home: string | null;
  readonly #variables: Map<string, string | null>;
  readonly #nesting: number;
  /** Where the next command may run; none where that is not known. */
  #directories: (PathPattern | null)[];

  constructor({ directory, home, variables }: ScriptPlace, nesting: number) {
    this.#home = home;
    this.#variables = new Map(variables);
    this.#nesting = nesting;
    this.#directories = [directory === null ? null : resolvePattern(directory, false, null)];
  }

  read(script: ShellScript): void {
    if (!script.complete) this.#leaveUnread("the script");
    if (FUNCTION.test(script.text)) this.#leaveUnread("a function");
    for (const name of namesSetElsewhere(script.text)) this.#variables.set(name, null);
    for (const command of script.commands) this.#command(script, command);
  }

  #leaveUnread(what: string): void {
    this.unread ??= what;
  }

  get #state(): ShellState {
    return {
      home: this.#home,
      value: (name) => {
        if (name === "HOME") return this.#variables.get(name) ?? this.#home;
        if (name === "PWD") return null;
        const value = this.#variables.get(name);
        return value === undefined ? "" : value;
      },
    };
  }

  #places(): Place[] {
    return this.#directories.map((directory) => ({ directory, home: this.#home }));
  }

  #command(script: ShellScript, command: ShellCommand): void {
    const source = (start: number, end: number): string => script.text.slice(start, end);
    for (const { name, value } of command.assignments)
      this.#assign(name, command.name === null && command.always ? value : null);
    for (const redirect of command.redirects) this.#redirect(source(redirect.start, redirect.end), redirect.operator);
    const named = command.name ?? nameSource(source(command.start, command.nameEnd));
    if (named === null || named === "") return;
    const words = command.words.flatMap((_, i) =>
      expandWord(source(command.wordStarts[i] as number, command.wordEnds[i] as number), this.#state),
    );
    const first = command.name === null ? expandWord(named, this.#state) : [{ text: named, open: false }];
    this.#run([...first, ...words], command);
  }

  #assign(name: string, value: string | null): void {
    // Which of several values it has depends on what ran.
    this.#variables.set(name, this.#variables.has(name) && this.#variables.get(name) !== value ? null : value);
  }

  #redirect(text: string, operator: string): void {
    if (operator.startsWith("<<") || operator.includes("&")) {
      if (!/^&>|^>&\s*[^\d\s-]/.test(operator + text.replace(/^\d*/, "").slice(operator.length))) return;
    }
    const target = text.replace(/^\d*[<>&|]+\s*/, "");
    for (const word of expandWord(target, this.#state)) {
      if (word.text.startsWith("/dev/")) continue;
      for (const place of this.#places()) {
        const path = pathOf(word, place);
        if (operator.startsWith("<")) this.touches.push(touch("read", path));
        else if (operator.includes(">>")) this.touches.push(touch("read", path), touch("write", path));
        else this.touches.push(touch("write", path));
      }
    }
  }

  #run(words: readonly Word[], command: ShellCommand): void {
    const [first, ...rest] = words;
    const name = textOf(first);
    if (name === null) {
      this.#leaveUnread(first?.text || "a program");
      return;
    }
    const program = baseName(name);
    this.programs.add(program);
    if (program === "cd") {
      this.#changeDirectory(rest, command);
      return;
    }
    if (program === "pushd" || program === "popd") {
      this.#directories = [null];
      return;
    }
    if (WRAPPERS.has(program)) {
      this.#wrapped(program, rest, command);
      return;
    }
    if (SHELLS.has(program)) {
      this.#shell(program, rest, command);
      return;
    }
    if (program === "export" || program === "readonly") for (const word of rest) this.#export(word);
    for (const place of this.#places()) {
      const own = this.#model(program, name, rest, place, command);
      if (own === null) {
        this.#leaveUnread(name);
        if (name.includes("/")) this.touches.push(touch("read", pathOf({ text: name, open: false }, place)));
        // What it is told it uses, however unreadable the rest is.
        for (const word of rest)
          if (word.text.includes("/") && !word.open) this.touches.push(touch("read", pathOf(word, place), "below"));
      } else this.touches.push(...own);
    }
  }

  #export({ text, open }: Word): void {
    const equals = text.indexOf("=");
    if (equals > 0) this.#assign(text.slice(0, equals), open ? null : text.slice(equals + 1));
  }

  #model(program: string, name: string, words: readonly Word[], place: Place, command: ShellCommand): Touch[] | null {
    const model = FILE_COMMANDS.get(program) ?? TOOL_COMMANDS.get(program);
    const isOwn = name.includes("/") && !/^\/(?:usr\/)?(?:local\/)?s?bin\//.test(name);
    if (isOwn) return null;
    if (program === "find")
      return findTouches(words, place, (action, found) => this.#forEach(action, found, place, command));
    if (isDistributionManager(program)) return managerTouches(words, place);
    if (program === "git") return gitTouches(words, place);
    if (/^python[\d.]*$/.test(program)) return pythonTouches(words, place) ?? this.#pythonPip(words, place);
    return model?.(words, place) ?? languageManagerTouches(program, words, place);
  }

  #pythonPip(words: readonly Word[], place: Place): Touch[] | null {
    return textOf(words[0]) === "-m" && textOf(words[1]) === "pip"
      ? languageManagerTouches("pip", words.slice(2), place)
      : null;
  }

  /** What `find -exec` does to each path that it found. */
  #forEach(action: readonly Word[], found: Touch, place: Place, command: ShellCommand): Touch[] | null {
    const [first, ...rest] = action;
    const name = textOf(first);
    if (name === null || SHELLS.has(baseName(name))) return null;
    // `{}` stands for anything below; its last name is the one that is looked for.
    const marker = "\u{e000}{}";
    const words = rest.map((word) => (word.text.includes("{}") ? { text: marker, open: false } : word));
    const own = this.#model(baseName(name), name, words, { ...place, directory: place.directory }, command);
    return (
      own?.map((one) =>
        one.path.names.at(-1) === marker
          ? { ...found, deed: one.deed, isTolerant: true, reach: "below" as const }
          : one,
      ) ?? null
    );
  }

  #changeDirectory(words: readonly Word[], { always, depth }: ShellCommand): void {
    const target =
      words.find(({ text }) => !text.startsWith("-")) ??
      (this.#home === null ? null : { text: this.#home, open: false });
    const next: (PathPattern | null)[] = this.#places().map((place) => {
      const path = target === null ? null : pathOf(target, place);
      if (path !== null) this.touches.push(touch("read", path));
      return path;
    });
    // In a subshell, or under a condition, what follows may run where it did before as well.
    this.#directories = always && depth === 0 ? next : [...this.#directories, ...next];
    if (this.#directories.length > MAX_DIRECTORIES) this.#directories = [null];
  }

  #wrapped(program: string, words: readonly Word[], command: ShellCommand): void {
    const valued =
      program === "sudo" ? /^-[ugCDhpRrtT]$/ : program === "env" ? /^-[uCS]$/ : program === "nice" ? /^-n$/ : null;
    let at = 0;
    while (at < words.length) {
      const { text } = words[at] as Word;
      if (valued?.test(text)) at += 2;
      else if (text.startsWith("-") || (program !== "exec" && ASSIGNMENT.test(text))) at++;
      else break;
    }
    if (at < words.length) this.#run(words.slice(at), command);
    else if (program === "busybox") this.#leaveUnread(program);
  }

  #shell(program: string, words: readonly Word[], command: ShellCommand): void {
    const flag = words.findIndex(({ text }) => /^-[a-z]*c$/.test(text));
    const line = flag < 0 ? null : textOf(words[flag + 1]);
    if (line === null || this.#nesting >= MAX_NESTING) {
      const file = words.find(({ text }) => !text.startsWith("-"));
      if (file !== undefined) for (const place of this.#places()) this.touches.push(touch("read", pathOf(file, place)));
      this.#leaveUnread([program, file?.text ?? ""].join(" ").trim());
      return;
    }
    const [directory = null] = this.#directories;
    const path = directory === null || directory.open ? null : `/${directory.names.join("/")}`;
    const inner = new ScriptReader(
      { directory: path, home: this.#home, variables: this.#variables },
      this.#nesting + 1,
    );
    inner.read(parseShell(line, { dialect: "script" }));
    this.touches.push(...inner.touches);
    for (const one of inner.programs) this.programs.add(one);
    if (inner.unread !== null) this.#leaveUnread(inner.unread);
    if (command.name === null) this.#leaveUnread(program);
  }
}

/** The name of a command that an expansion gives: the last word before its arguments. */
function nameSource(text: string): string | null {
  return text.trim().split(/\s+/).at(-1) ?? null;
}

import type { Category } from "../../../category/catalogue.ts";
import { baseName, type ImagePath } from "../../../image-path.ts";
import type { ElfFacts } from "../../../layer/elf-facts.ts";
import type { RunConfig } from "../../../oci/run-config.ts";
import type { LiveFiles, Located } from "../../../runtime/live-files.ts";
import { findProgram, type RunCommand } from "../../../runtime/run-commands.ts";
import type { Facts } from "../../facts.ts";
import type { StoredFile } from "../../rule.ts";
import { execForm } from "./exec-form.ts";

/** What an image runs, where that is one compiled program that no package manager installed. */
export interface MainProgram {
  readonly file: StoredFile;
  /** The path by which the command finds it. */
  readonly at: ImagePath;
  readonly facts: ElfFacts;
  readonly kind: "static" | "musl" | "glibc";
  /** The config's commands without shells. */
  readonly commands: PlainCommands;
  /** Programs and files that the commands name, the program itself and its wrapper included. */
  readonly named: readonly Located[];
  /** A shell was taken out. */
  readonly assumes: readonly string[];
  /** Whole sentences: what keeps it from running without a shell. */
  readonly blockers: readonly string[];
}

/** Commands in exec form; null where the config has none. */
export interface PlainCommands {
  readonly entrypoint: readonly string[] | null;
  readonly cmd: readonly string[] | null;
  readonly healthcheck: readonly string[] | null;
}

/** Programs that only start another one. */
const WRAPPERS = new Set([
  "catatonit",
  "docker-init",
  "dumb-init",
  "gosu",
  "setpriv",
  "su-exec",
  "tini",
  "tini-static",
]);
/** Programs that run what others wrote: what they load is not to be seen in them. */
const RUNTIMES =
  /^(?:python|pypy|node|nodejs|deno|bun|java|ruby|perl|php|lua|erl|beam|mono|dotnet|R|Rscript|julia|guile|tclsh|busybox|php-fpm|uwsgi|pwsh|escript|iex|elixir|sbcl|raku|[a-z]{0,3}sh)[\d.]*$/;
const RUNTIME_LIBRARIES = /^lib(?:python|jvm|node|ruby|perl|php|lua|mono|hostfxr|R)[-\d.]*(?:\.so.*)?$/;
const OS_OWNER = /^(?:apk|deb|rpm|pacman)\//;

/** Null where the image runs something else, such as a script, an interpreter, or a program of a package. */
export function mainProgram(facts: Facts): MainProgram | null {
  const { run } = facts.ledger.image.description.config;
  const { files, commands } = facts.needs;
  const main = commands.find(({ from }) => from !== "HEALTHCHECK");
  if (main === undefined) return null;
  const started = startedWords(main, run);
  const health = healthWords(run);
  // Words of a shell's line are taken for what they may be; the shell itself is told as what is in the way.
  const words =
    started.words === null
      ? main.mentions.flatMap(({ file }) => file ?? []).filter(({ instance }) => !isPackaged(facts, instance))
      : locateAll(started.words, run, files);
  const named = [...words, ...locateAll(health.words ?? [], run, files)];
  const program = programOf(words, files);
  if (program === null) return null;
  const { located, elf } = program;
  const file = facts.file(located.instance);
  if (isPackaged(facts, located.instance) || RUNTIMES.test(baseName(file.path)) || RUNTIMES.test(baseName(located.at)))
    return null;
  if (elf.needed.some((name) => RUNTIME_LIBRARIES.test(name))) return null;
  // What builds when the container starts is no program that something was built for.
  if (file.inBase && TOOLS.has(file.category)) return null;
  const kind = kindOf(facts, located.instance, elf);
  if (kind === null) return null;
  return {
    file,
    at: located.at,
    facts: elf,
    kind,
    commands: { entrypoint: started.entrypoint, cmd: started.cmd, healthcheck: health.words },
    named,
    assumes: [...started.assumes, ...health.assumes],
    blockers: [...started.blockers, ...health.blockers, ...scripts(named, files)],
  };
}

const TOOLS: ReadonlySet<Category> = new Set<Category>(["build-toolchain", "headers-static-libs"]);

function isPackaged(facts: Facts, instance: number): boolean {
  return OS_OWNER.test(facts.file(instance).owner);
}

interface Program {
  readonly located: Located;
  readonly elf: ElfFacts;
}

/** The first program that is no wrapper and no script. */
function programOf(candidates: readonly Located[], files: LiveFiles): Program | null {
  for (const located of candidates) {
    const elf = files.binaries.get(located.instance)?.facts;
    if (elf !== undefined && !WRAPPERS.has(baseName(located.at))) return { located, elf };
  }
  return null;
}

function kindOf(facts: Facts, instance: number, elf: ElfFacts): MainProgram["kind"] | null {
  if (elf.type !== "executable" && !elf.pie) return null;
  if (elf.interpreter === null) return elf.needed.length === 0 ? "static" : null;
  const { missing, files, complete } = facts.needs.needsOf([instance]);
  if (!complete || missing.length > 0 || files.some(({ name }) => RUNTIME_LIBRARIES.test(name))) return null;
  return /\/ld-musl-/.test(elf.interpreter) ? "musl" : "glibc";
}

/** All that the words of a command name: programs of the PATH, and files of the image. */
function locateAll(words: readonly string[], run: RunConfig, files: LiveFiles): Located[] {
  return words.flatMap((word, i) => {
    const located =
      (i > 0 && !word.startsWith("-")
        ? files.locate(word.startsWith("/") ? word : `${run.workingDir ?? ""}/${word}`)
        : null) ?? findProgram(word, run, files);
    return located === null || word === "" ? [] : [located];
  });
}

interface Started {
  /** Entry point and command together; null where the shell cannot be taken out. */
  readonly words: readonly string[] | null;
  readonly entrypoint: readonly string[] | null;
  readonly cmd: readonly string[] | null;
  readonly assumes: readonly string[];
  readonly blockers: readonly string[];
}

function startedWords({ from, shell, words }: RunCommand, { entrypoint, cmd }: RunConfig): Started {
  if (shell === null) return { words, entrypoint, cmd, assumes: [], blockers: [] };
  const line = lineOf(words);
  const plain = execForm(line);
  if (plain === null) {
    const blocker = `${from} is a shell form that needs ${shell}: ${line}`;
    return { words: null, entrypoint, cmd, assumes: [], blockers: [blocker] };
  }
  return {
    words: plain,
    // What CMD adds to a shell's own line is its $0, $1 …, which nothing here reads.
    entrypoint: from === "ENTRYPOINT" ? plain : null,
    cmd: from === "CMD" ? plain : null,
    assumes: [`${from} starts ${plain[0]} without a shell in between, which then gets signals itself.`],
    blockers: [],
  };
}

function lineOf(words: readonly string[]): string {
  return words[words.findIndex((word, i) => i > 0 && /^-[a-z]*c$/.test(word)) + 1] ?? "";
}

function healthWords({ healthcheck, shell }: RunConfig): Pick<Started, "words" | "assumes" | "blockers"> {
  const [kind, ...words] = healthcheck ?? ["NONE"];
  if (kind === "CMD") return { words, assumes: [], blockers: [] };
  if (kind !== "CMD-SHELL") return { words: null, assumes: [], blockers: [] };
  const plain = execForm(words[0] ?? "", true);
  if (plain !== null) return { words: plain, assumes: ["The health check runs without a shell."], blockers: [] };
  const blocker = `HEALTHCHECK is a shell form that needs ${shell?.[0] ?? "/bin/sh"}: ${words[0] ?? ""}`;
  return { words: null, assumes: [], blockers: [blocker] };
}

function scripts(named: readonly Located[], files: LiveFiles): string[] {
  return named.flatMap(({ instance }) => {
    const script = files.scripts.get(instance);
    return script === undefined ? [] : [`/${script.path} is a script that needs ${script.line.interpreter}.`];
  });
}

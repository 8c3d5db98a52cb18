import type { Build, BuildStep } from "../build/build.ts";
import { callsOf, type ShellCall } from "../build/shell-calls.ts";
import type { ShellScript } from "../dockerfile/shell-script.ts";
import { baseName } from "../image-path.ts";
import type { PackageManager } from "./package-manager.ts";

/** A package as a command names it. */
export interface NamedPackage {
  /** Without version, release or architecture: `gcc` of `gcc=4:12.2`, `gcc/bookworm`, `gcc:amd64`. */
  readonly name: string;
  /** Where it stands among the command's words. */
  readonly index: number;
}

/** A call of a package manager in a shell script. */
export interface PackageCall {
  /** Index among the script's commands. */
  readonly command: number;
  /** `apt-get`, `dnf` … */
  readonly program: string;
  /** `install`, `purge` … */
  readonly subcommand: string;
  /** Where it stands among the command's words. */
  readonly subcommandIndex: number;
  readonly packages: readonly NamedPackage[];
  /** Everything that is plain text, as written. */
  readonly words: readonly string[];
  /** Some words are results of expansions: there may be more packages and options than those above. */
  readonly isOpen: boolean;
  /** Another program runs it: `sudo`. */
  readonly isWrapped: boolean;
  /** It runs whenever what precedes it succeeded. */
  readonly always: boolean;
}

/** A RUN that calls a package manager. */
export interface PackageStep {
  readonly step: BuildStep;
  readonly calls: readonly PackageCall[];
}

function readCall(script: ShellScript, { command, at, words }: ShellCall, manager: PackageManager): PackageCall | null {
  const shell = script.commands[command];
  if (shell === undefined) return null;
  const plain: { text: string; index: number }[] = [];
  let isOpen = false;
  for (let index = at; index < words.length; index++) {
    const word = words[index];
    if (word === null || word === undefined) isOpen = true;
    else if (!word.startsWith("-")) plain.push({ text: word, index });
    // The value of an option is no package, also where it is not known.
    else if (manager.valuedOptions.has(word)) index++;
  }
  const [subcommand, ...names] = plain;
  if (subcommand === undefined) return null;
  const isWrapped = at > 0;
  return {
    command,
    program: baseName((isWrapped ? words[at - 1] : shell.name) ?? ""),
    subcommand: subcommand.text,
    subcommandIndex: subcommand.index,
    packages: names.map(({ text, index }) => ({ name: manager.nameOf(text), index })),
    words: words.filter((word) => word !== null),
    isOpen,
    isWrapped,
    always: shell.always,
  };
}

/** The calls of a package manager in a script. */
export function packageCalls(script: ShellScript | null, manager: PackageManager): readonly PackageCall[] {
  if (script === null) return [];
  return callsOf(script, manager.programs).flatMap((call) => readCall(script, call, manager) ?? []);
}

/** The RUNs on top of the base that call a package manager, in the order of the build. */
export function packageSteps({ build }: { readonly build: Build }, manager: PackageManager): readonly PackageStep[] {
  return build.steps.flatMap((step) => {
    const calls = step.inBase ? [] : packageCalls(step.script, manager);
    return calls.length === 0 ? [] : [{ step, calls }];
  });
}

/** Where a package was asked for by its name. */
export interface AskedPackage {
  readonly name: string;
  readonly step: BuildStep;
  readonly call: PackageCall;
}

/** The one call that asked for a package by its name; null where none or several did. */
export function findAsked(name: string, steps: readonly PackageStep[], manager: PackageManager): AskedPackage | null {
  const found = steps.flatMap(({ step, calls }) =>
    calls
      .filter((call) => manager.installs.has(call.subcommand) && call.packages.some((named) => named.name === name))
      .map((call): AskedPackage => ({ name, step, call })),
  );
  return found.length === 1 ? (found[0] ?? null) : null;
}

import type { BuildStep } from "../build/build.ts";
import { type ApkCommand, type ApkWord, nameOfToken } from "./apk-command.ts";
import type { ApkStep } from "./apk-steps.ts";

/** Where a package was asked for by its name. */
export interface AskedPackage {
  readonly name: string;
  readonly step: BuildStep;
  readonly command: ApkCommand;
  readonly word: ApkWord;
}

/**
 * The one `apk add` that asked for each package by its name, and not for a virtual one. A package that several asked for
 * has none.
 */
export function askedPackages(steps: readonly ApkStep[]): ReadonlyMap<string, AskedPackage> {
  const asked = new Map<string, AskedPackage | null>();
  for (const { step, commands } of steps)
    for (const command of commands) {
      if (command.applet !== "add" || command.virtual !== null) continue;
      for (const word of command.names) {
        const name = nameOfToken(word.text);
        asked.set(name, asked.has(name) ? null : { name, step, command, word });
      }
    }
  return new Map([...asked].flatMap(([name, one]) => (one === null ? [] : [[name, one] as const])));
}

import type { BuildStep } from "../build.ts";
import { type ApkCommand, type ApkWord, nameOfToken } from "./apk-command.ts";
import type { ApkStep } from "./apk-steps.ts";

/** Where a package was asked for by its name. */
export interface AskedPackage {
  readonly name: string;
  readonly step: BuildStep;
  readonly command: ApkCommand;
  readonly word: ApkWord;
}

/** The one `apk add` that asked for a package by its name, and not for a virtual one; null where none or several did. */
export function findAsked(name: string, steps: readonly ApkStep[]): AskedPackage | null {
  const found = steps.flatMap(({ step, commands }) =>
    commands
      .filter(({ applet, virtual }) => applet === "add" && virtual === null)
      .flatMap((command): AskedPackage[] =>
        command.names.filter(({ text }) => nameOfToken(text) === name).map((word) => ({ name, step, command, word })),
      ),
  );
  return found.length === 1 ? (found[0] ?? null) : null;
}

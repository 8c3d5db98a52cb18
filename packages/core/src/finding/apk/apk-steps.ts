import type { ShellScript } from "../../dockerfile/shell-script.ts";
import { PACKAGE_STATE } from "../../ledger/owner-keys.ts";
import { apkDatabase } from "../../package-db/apk/apk-db.ts";
import type { BuildStep } from "../build.ts";
import type { Facts } from "../facts.ts";
import type { StoredFile } from "../rule.ts";
import { type ApkCommand, readApkCommand } from "./apk-command.ts";

/** A RUN that calls apk. */
export interface ApkStep {
  readonly step: BuildStep;
  readonly commands: readonly ApkCommand[];
}

export function readApkCommands(script: ShellScript | null): readonly ApkCommand[] {
  return (script?.commands ?? []).flatMap((command, index) => readApkCommand(command, index) ?? []);
}

/** The RUNs on top of the base that call apk, in the order of the build. */
export function apkSteps({ build }: Facts): readonly ApkStep[] {
  return build.steps.flatMap((step) => {
    const commands = step.inBase ? [] : readApkCommands(step.script);
    return commands.length === 0 ? [] : [{ step, commands }];
  });
}

/** Whether a command writes the package database where it succeeds. */
export function changesDatabase({ applet, options }: ApkCommand): boolean {
  return ["add", "del", "fix", "upgrade"].includes(applet ?? "") && !options.has("simulate") && !options.has("root");
}

/** apk's own files as a layer stores them. */
export function storedState(facts: Facts, layer: number): readonly StoredFile[] {
  return facts.ownedBy(PACKAGE_STATE).filter((file) => file.layer === layer && apkDatabase.isState(file.path));
}

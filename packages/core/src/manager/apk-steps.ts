import type { Build, BuildStep } from "../build/build.ts";
import type { ShellScript } from "../dockerfile/shell-script.ts";
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
export function apkSteps({ build }: { readonly build: Build }): readonly ApkStep[] {
  return build.steps.flatMap((step) => {
    const commands = step.inBase ? [] : readApkCommands(step.script);
    return commands.length === 0 ? [] : [{ step, commands }];
  });
}

/** Whether a command writes the package database where it succeeds. */
export function changesDatabase({ applet, options }: ApkCommand): boolean {
  return ["add", "del", "fix", "upgrade"].includes(applet ?? "") && !options.has("simulate") && !options.has("root");
}

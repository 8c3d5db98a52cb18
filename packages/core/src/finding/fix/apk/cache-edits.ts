import type { BuildStep } from "../../../build/build.ts";
import type { BuildEdit } from "../../../build/build-edit.ts";
import type { ShellEdit } from "../../../build/edit-shell.ts";
import type { ShellCommand } from "../../../dockerfile/shell-script.ts";
import type { ApkCommand } from "../../../manager/apk-command.ts";
import { readApkCommands } from "../../../manager/apk-steps.ts";
import type { Facts } from "../../facts.ts";
import { isEditableRun } from "../join-steps.ts";

/** Applets that fetch the index where they have none, and leave it without --no-cache (2.10.1 and 2.14.4). */
const FETCHING = new Set(["add", "fix", "upgrade"]);
/** Applets that read an index which `apk update` has left. */
const READING = new Set(["dot", "fetch", "list", "policy", "search", "version"]);

export function leavesIndex({ applet, options }: ApkCommand): boolean {
  return (applet === "update" || FETCHING.has(applet ?? "")) && !options.has("no-cache");
}

/** It would find nothing if no index were there. */
function readsIndex({ applet, options }: ApkCommand): boolean {
  return READING.has(applet ?? "") || (applet === "add" && options.has("no-network"));
}

/**
 * Edits by which no call of apk keeps an index: `apk update` goes, or where it depends on something it is given --no-cache
 * like the rest. Null where there is
 * nothing to edit, where a script cannot be edited, and where some command reads an index that another has left.
 *
 * @param enabling what a step does to switch apk's package cache on, and is to do no longer
 */
export function cachelessEdits(
  { build }: Facts,
  enabling: (step: BuildStep) => readonly ShellEdit[] = () => [],
): readonly BuildEdit[] | null {
  const edits: BuildEdit[] = [];
  for (const step of build.steps) {
    if (step.inBase || step.script === null) continue;
    const commands = readApkCommands(step.script);
    if (commands.some(readsIndex)) return null;
    const own = [...enabling(step), ...commands.flatMap(cacheless)];
    if (own.length === 0) continue;
    if (!isEditableRun(step)) return null;
    const dropped = own.filter(({ kind }) => kind === "drop-command").length;
    const isEmptied = dropped === step.script.commands.length;
    edits.push(
      isEmptied ? { kind: "remove-step", step: step.step } : { kind: "edit-run", step: step.step, edits: own },
    );
  }
  return edits.length === 0 ? null : edits;
}

function cacheless(command: ApkCommand): ShellEdit[] {
  if (!leavesIndex(command)) return [];
  return command.applet === "update" && command.always
    ? [{ kind: "drop-command", command: command.command }]
    : [{ kind: "insert-words", command: command.command, at: command.appletIndex + 1, words: ["--no-cache"] }];
}

const CACHE = /^\/etc\/apk\/cache\/?$/;

/** What switches the package cache on, as a RUN does it: `mkdir` or `ln -s` of /etc/apk/cache, or setup-apkcache. */
export function cacheEnabling({ script }: BuildStep): ShellEdit[] {
  return (script?.commands ?? []).flatMap((shell, command) => disable(shell, command));
}

function disable({ name, words }: ShellCommand, command: number): ShellEdit[] {
  if (name === "setup-apkcache") return [{ kind: "drop-command", command }];
  const cache = words.findIndex((word) => word !== null && CACHE.test(word));
  if (cache < 0) return [];
  if (name === "ln") return [{ kind: "drop-command", command }];
  if (name !== "mkdir" && name !== "install") return [];
  const named = words.filter((word) => word === null || /^[^-]/.test(word));
  return named.length === 1 ? [{ kind: "drop-command", command }] : [{ kind: "drop-words", command, words: [cache] }];
}

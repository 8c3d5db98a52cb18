import { baseName } from "../image-path.ts";
import type { RuntimeNeeds } from "../runtime/runtime-needs.ts";
import type { ContainerScript } from "./judge.ts";

const SHELL = /^(?:a|ba|da|k|z)?sh$/;
/** More scripts than these call each other in no image; beyond them none is looked for. */
const MAX_SCRIPTS = 64;

/** Scripts that the container's commands start, and those that they name in turn. */
export function containerScripts({ commands, files }: RuntimeNeeds): readonly ContainerScript[] {
  const found = new Map<number, ContainerScript>();
  const pending: number[] = [];
  const take = (instance: number, path: string, isSurelyScript: boolean): void => {
    if (found.has(instance) || found.size >= MAX_SCRIPTS) return;
    const script = files.scripts.get(instance);
    if (script === undefined && !isSurelyScript) return;
    found.set(instance, { path, text: script?.text ?? null });
    pending.push(instance);
  };
  for (const { program, mentions } of commands) {
    if (program.file !== null) take(program.file.instance, program.file.path, false);
    // `sh /run.sh`: a script that needs no first line.
    const isShell = SHELL.test(baseName(program.word));
    for (const { word, file } of mentions)
      if (file !== null)
        take(file.instance, file.path, isShell && word.includes("/") && !files.binaries.has(file.instance));
  }
  for (let at = pending.pop(); at !== undefined; at = pending.pop())
    for (const word of (found.get(at)?.text ?? "").split(/[\s;&|()<>'"`=]+/)) {
      const file = word.startsWith("/") ? files.locate(word) : null;
      if (file !== null) take(file.instance, file.path, false);
    }
  return [...found.values()];
}

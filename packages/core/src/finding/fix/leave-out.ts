import { type BuildStep, isCopy } from "../../build/build.ts";
import type { ShellEdit } from "../../build/edit-shell.ts";
import { runs } from "../../build/shell-calls.ts";
import { PathGlobs } from "../../category/path-globs.ts";
import type { ShellScript } from "../../dockerfile/shell-script.ts";
import type { Facts } from "../facts.ts";
import type { Fix, StoredFile } from "../rule.ts";
import { runsAbove } from "./runs-above.ts";

/** How files that nobody needs are kept out of the layers that store them. */
export interface LeaveOut {
  /**
   * Shell text that removes them, to be run by the step that makes them: `rm -rf /var/cache/apk/*`; or how to write it
   * for the files of one layer, null where no line would do.
   */
  readonly command: string | ((files: readonly StoredFile[]) => string | null);
  /** What else makes the same sure, as a sentence for people; none where empty. */
  readonly advice: string;
  /** What has to be true for the files not to be missed. */
  readonly assumes: readonly string[];
  /** Lines of .dockerignore that keep them from being copied. */
  readonly ignore?: readonly string[];
  /** A better way than the command: edits with which the step does not make them. */
  readonly instead?: Instead;
  /** Programs that need the files, or all of them again: where a later RUN runs one, no edit is offered. */
  readonly usedBy?: readonly string[];
  /** Programs that would bring some of them again: later RUNs that run one are edited alike. */
  readonly broughtBy?: readonly string[];
}

/** What takes the place of a command that leaves files out. */
export interface Instead {
  /** What the edits do, as a sentence. */
  readonly text: string;
  /** Null where the step has nothing to edit so. */
  readonly edits: (script: ShellScript) => readonly ShellEdit[] | null;
}

/** Stored files by layer, lower layers first. */
export function byLayer(files: readonly StoredFile[]): ReadonlyMap<number, readonly StoredFile[]> {
  const layers = new Map<number, StoredFile[]>();
  for (const file of files) {
    const own = layers.get(file.layer);
    if (own === undefined) layers.set(file.layer, [file]);
    else own.push(file);
  }
  return new Map([...layers].sort(([a], [b]) => a - b));
}

/** What one step is to do, and how that reads. */
interface StepFix {
  readonly step: number;
  readonly edits: readonly ShellEdit[];
  readonly text: string;
}

function stepFix(
  { step, script }: BuildStep,
  files: readonly StoredFile[],
  { command, instead }: LeaveOut,
): StepFix | null {
  if (script?.complete !== true) return null;
  const edits = instead?.edits(script) ?? null;
  if (instead !== undefined && edits !== null) return { step, edits, text: instead.text };
  const text = typeof command === "string" ? command : command(files);
  if (text === null) return null;
  return {
    step,
    edits: [{ kind: "append", text }],
    text: `Remove them in the RUN that makes them: append \`&& ${text}\`.`,
  };
}

/**
 * The fix for files that nobody needs: the RUNs that make them remove them before they end, or do not make them; a COPY
 * does not bring them. A command that is appended to a RUN in which something may fail unnoticed would change nothing
 * but what it removes.
 */
export function leaveOut(facts: Facts, files: readonly StoredFile[], how: LeaveOut): Fix {
  const { command, advice, assumes, usedBy = [] } = how;
  const image = [{ kind: "omit" as const, instances: files.map(({ instance }) => instance) }];
  const layers = [...byLayer(files)];
  const steps = layers.map(([layer]) => facts.stepOf(layer));
  const fixOf = (text: string, kind: Fix["kind"] = "none", build: Fix["build"] = []): Fix => ({
    kind,
    text: [text.endsWith(".") ? text : `${text}.`, advice].join(" ").trim(),
    image,
    build,
    assumes,
  });
  if (steps.includes(null)) return fixOf("The history does not say which instruction made them.");
  const known = steps.filter((step) => step !== null);
  if (known.some(({ inBase }) => inBase))
    return fixOf("They come with the base image: only another base is without them.");
  if (known.some(isCopy)) {
    const ignore = concerning(files, how.ignore ?? []);
    const lines = ignore.length === 0 ? "them" : ignore.map((line) => `\`${line}\``).join(", ");
    const text = `List ${lines} in .dockerignore, or copy only what the image needs.`;
    return fixOf(text, "dockerignore", ignored(known, ignore));
  }
  const user = layers.flatMap(([layer]) => runsAbove(facts, layer)).find((step) => runs(step, usedBy));
  if (user !== undefined)
    return fixOf("A later RUN uses them, or would bring them again, so removing them takes more than one edit.");
  const edits = layers.map(([, own], i) => stepFix(known[i] as BuildStep, own, how));
  if (edits.includes(null)) {
    const text = typeof command === "string" ? command : command(files);
    return fixOf(`Remove them in the instruction that makes them${text === null ? "" : `: \`${text}\``}.`);
  }
  const fixes = [...edits.filter((fix) => fix !== null), ...againFixes(facts, files, how)];
  return fixOf(
    [...new Set(fixes.map(({ text }) => text))].join(" "),
    "edit-run",
    fixes.map(({ step, edits: own }) => ({ kind: "edit-run", step, edits: own })),
  );
}

/** The lines of .dockerignore that some of the files would be kept out by. */
function concerning(files: readonly StoredFile[], lines: readonly string[]): readonly string[] {
  const globs = new PathGlobs();
  lines.forEach((line, i) => {
    globs.add(line, i);
    globs.add(`${line}/**`, i);
  });
  const found = new Set<number>();
  for (const { path } of files) {
    if (found.size === lines.length) break;
    for (const line of globs.matchPath(path)) found.add(line);
  }
  return lines.filter((_, i) => found.has(i));
}

/** Lines of .dockerignore for each COPY; none where a RUN made some of the files. */
function ignored(steps: readonly BuildStep[], patterns: readonly string[]): Fix["build"] {
  if (patterns.length === 0 || !steps.every(isCopy)) return [];
  return steps.map(({ step }) => ({ kind: "ignore-paths", step, patterns }));
}

/** What later RUNs that bring such files again are to do, if they do not already. */
function againFixes(facts: Facts, files: readonly StoredFile[], how: LeaveOut): readonly StepFix[] {
  const { broughtBy = [], instead } = how;
  const [first] = files;
  if (first === undefined || broughtBy.length === 0) return [];
  const own = new Set(files.map(({ layer }) => facts.stepOf(layer)));
  const text = typeof how.command === "string" ? how.command : how.command(files);
  return runsAbove(facts, first.layer).flatMap((step) => {
    if (own.has(step) || !isEditable(step) || !runs(step, broughtBy)) return [];
    if (instead !== undefined) {
      const edits = step.script === null ? null : instead.edits(step.script);
      return edits === null ? [] : [{ step: step.step, edits, text: instead.text }];
    }
    const fix = text !== null && step.script?.text.includes(text) ? null : stepFix(step, files, how);
    return fix === null ? [] : [fix];
  });
}

/** Whether a step can be edited as text: a RUN of yours in shell form. */
export function isEditable(step: BuildStep | null): boolean {
  return step !== null && !step.inBase && step.script?.complete === true;
}

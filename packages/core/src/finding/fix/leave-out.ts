import { type BuildStep, isCopy } from "../../build/build.ts";
import type { ShellEdit } from "../../build/edit-shell.ts";
import { runs } from "../../build/shell-calls.ts";
import { PathGlobs } from "../../category/path-globs.ts";
import type { ShellScript } from "../../dockerfile/shell-script.ts";
import { PACKAGE_STATE } from "../../ledger/owner-keys.ts";
import { originOf } from "../facts/origin.ts";
import type { Facts } from "../facts.ts";
import type { Fix, StoredFile } from "../rule.ts";
import { joinSteps } from "./join-steps.ts";
import { removeFiles } from "./removal-command.ts";
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
export function byLayer(
  files: readonly StoredFile[],
  layerOf: (file: StoredFile) => number = ({ layer }) => layer,
): ReadonlyMap<number, readonly StoredFile[]> {
  const layers = new Map<number, StoredFile[]>();
  for (const file of files) {
    const layer = layerOf(file);
    const own = layers.get(layer);
    if (own === undefined) layers.set(layer, [file]);
    else own.push(file);
  }
  return new Map([...layers].sort(([a], [b]) => a - b));
}

/** What the steps are to do about the files of one of them, and how that reads. */
interface StepFix {
  readonly image: Fix["image"];
  readonly build: Fix["build"];
  readonly text: string;
}

function editing(step: number, edits: readonly ShellEdit[], text: string): StepFix {
  return { image: [], build: [{ kind: "edit-run", step, edits }], text };
}

function appending(step: number, text: string): StepFix {
  return editing(step, [{ kind: "append", text }], `Remove them in the RUN that makes them: append \`&& ${text}\`.`);
}

/** The command as `sudo` runs it, where the RUN made the files by it. */
function bySudo({ script }: BuildStep, text: string): string | null {
  const isSudo = script?.commands.some(({ name }) => name === "sudo") === true;
  return isSudo && /^rm -r?f [^&|;]+$/.test(text) ? `sudo ${text}` : null;
}

/** Ways to keep files out of the step that makes them, the best first. */
function* waysFor(facts: Facts, step: BuildStep, files: readonly StoredFile[], how: LeaveOut): Generator<StepFix> {
  if (step.script?.complete !== true) return;
  const { command, instead } = how;
  const edits = instead?.edits(step.script) ?? null;
  if (instead !== undefined && edits !== null) yield editing(step.step, edits, instead.text);
  const preferred = typeof command === "string" ? command : command(files);
  const commands = preferred === null ? [] : [preferred, removeFiles(files)];
  for (const text of commands) {
    if (text === null) continue;
    yield appending(step.step, text);
    const privileged = bySudo(step, text);
    if (privileged !== null) yield appending(step.step, privileged);
  }
  yield* joinedWays(facts, step, files, commands);
}

/** The RUN becomes one with the last that names the files, which removes them when it has used them. */
function* joinedWays(
  facts: Facts,
  step: BuildStep,
  files: readonly StoredFile[],
  commands: readonly (string | null)[],
): Generator<StepFix> {
  const user = facts.judge.lastNaming(
    step.step,
    files.map(({ path }) => path),
  );
  const last = user === null ? null : facts.build.steps[user];
  if (step.layer === null || last == null || last.layer === null) return;
  const joined = joinSteps(facts, step.layer, last.layer);
  if (joined === null) return;
  for (const text of commands) {
    if (text === null) continue;
    yield {
      image: joined.image,
      build: [...joined.build, { kind: "edit-run", step: last.step, edits: [{ kind: "append", text }] }],
      text: `Join the RUN that makes them and the last that uses them, and remove them there: \`${text}\`.`,
    };
  }
}

/** The first way that changes nothing else and rests on nothing unread; else the first that changes nothing else. */
function bestWay(
  facts: Facts,
  step: BuildStep,
  image: Fix["image"],
  own: readonly StoredFile[],
  how: LeaveOut,
  readers: Fix["readers"],
): StepFix | null {
  let assuming: StepFix | null = null;
  let first: StepFix | null = null;
  for (const way of waysFor(facts, step, own, how)) {
    first ??= way;
    const { refusal, assumptions } = facts.judge.judge([
      { image: [...way.image, ...image], build: way.build, readers },
    ]);
    if (refusal !== null) continue;
    if (assumptions.length === 0) return way;
    assuming ??= way;
  }
  return assuming ?? first;
}

const CACHES: ReadonlySet<string> = new Set(["package-cache", "logs"]);

/** Who alone reads some files: undefined where anybody may. */
function readersOf(files: readonly StoredFile[], { usedBy = [] }: LeaveOut): readonly string[] | undefined {
  const isCache = files.every(({ category, owner }) => CACHES.has(category) || owner === PACKAGE_STATE);
  return isCache ? usedBy : undefined;
}

/**
 * The fix for files that nobody needs: the RUNs that make them remove them before they end, or do not make them; a COPY
 * does not bring them. What was stored again with another owner or mode is left out where it came from.
 */
export function leaveOut(facts: Facts, files: readonly StoredFile[], how: LeaveOut): Fix {
  const { command, advice, assumes, usedBy = [] } = how;
  const image = [{ kind: "omit" as const, instances: files.map(({ instance }) => instance) }];
  const layers = [...byLayer(files, (file) => originOf(facts, file))];
  const steps = layers.map(([layer]) => facts.stepOf(layer));
  const readers = readersOf(files, how);
  const fixOf = (text: string, kind: Fix["kind"] = "none", build: Fix["build"] = [], more: Fix["image"] = []): Fix => ({
    kind,
    text: [text.endsWith(".") ? text : `${text}.`, advice].join(" ").trim(),
    image: [...more, ...image],
    build,
    assumes,
    readers,
  });
  if (steps.includes(null)) return fixOf("The history does not say which instruction made them.");
  const known = steps.filter((step) => step !== null);
  if (known.some(({ inBase }) => inBase))
    return fixOf("They come with the base image: only another base is without them.");
  const user = layers.flatMap(([layer]) => runsAbove(facts, layer)).find((step) => runs(step, usedBy));
  if (user !== undefined)
    return fixOf("A later RUN uses them, or would bring them again, so removing them takes more than one edit.");
  if (known.some(isCopy)) {
    const ignore = concerning(files, how.ignore ?? []);
    const lines = ignore.length === 0 ? "them" : ignore.map((line) => `\`${line}\``).join(", ");
    const text = `List ${lines} in .dockerignore, or copy only what the image needs.`;
    return fixOf(text, "dockerignore", ignored(known, ignore));
  }
  const ways = layers.map(([, own], i) => bestWay(facts, known[i] as BuildStep, image, own, how, readers));
  if (ways.includes(null)) {
    const text = typeof command === "string" ? command : command(files);
    return fixOf(`Remove them in the instruction that makes them${text === null ? "" : `: \`${text}\``}.`);
  }
  const fixes = [...ways.filter((way) => way !== null), ...againFixes(facts, files, how)];
  const joins = fixes.flatMap((way) => way.image);
  return fixOf(
    [...new Set(fixes.map(({ text }) => text))].join(" "),
    joins.length > 0 ? "join-runs" : "edit-run",
    fixes.flatMap(({ build }) => build),
    joins,
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
      return edits === null ? [] : [editing(step.step, edits, instead.text)];
    }
    return text === null || step.script?.text.includes(text) ? [] : [appending(step.step, text)];
  });
}

/** Whether a step can be edited as text: a RUN of yours in shell form. */
export function isEditable(step: BuildStep | null): boolean {
  return step !== null && !step.inBase && step.script?.complete === true;
}

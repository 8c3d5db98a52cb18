import { copyFrom, startOfLastWord } from "./edit-copy.ts";
import {
  checked,
  type EditOf,
  finalFrom,
  indexOf,
  insert,
  instructionAt,
  refuse,
  setText,
  slotOf,
  sourceOf,
  type Work,
} from "./edit-work.ts";

/** `AS name` at the end of a FROM, and where it begins with the blanks before it. */
function asOf(text: string): { readonly start: number; readonly text: string; readonly name: string } | null {
  const whole = text.trimEnd();
  const nameAt = startOfLastWord(whole);
  const before = whole.slice(0, nameAt).trimEnd();
  const asAt = startOfLastWord(before);
  const start = before.slice(0, asAt).trimEnd().length;
  if (start === asAt || before.length === nameAt || before.slice(asAt).toLowerCase() !== "as") return null;
  return { start, text: whole.slice(asAt), name: whole.slice(nameAt) };
}

function withoutAs(text: string): string {
  return text.slice(0, asOf(text)?.start ?? text.length);
}

/** The final stage starts from something else. */
export function replaceFrom(work: Work, text: string): void {
  const index = finalFrom(work);
  const source = sourceOf(work, index);
  const name = asOf(source)?.text;
  const platform = instructionAt(work, index).flags.find((flag) => flag.name === "platform");
  const named = name === undefined || asOf(text) !== null ? text : `${text} ${name}`;
  const flagged =
    platform === undefined || named.includes("--platform")
      ? named
      : named.replace(/^FROM\s+/i, `FROM --platform=${platform.value} `);
  setText(work, index, { text: checked(work, flagged) });
}

/** A stage before the final one. */
export function addStage(work: Work, text: string): void {
  const names = new Set(work.dockerfile.stages.flatMap(({ name }) => name?.toLowerCase() ?? []));
  const own = asOf(text.split("\n", 1)[0] ?? "")?.name.toLowerCase();
  if (own !== undefined && names.has(own)) refuse(`The Dockerfile has a stage ${own} already.`);
  insert(work, finalFrom(work), `${checked(work, text)}\n`);
}

/** What later instructions of a stage rely on without naming it. */
const SETS_STATE: ReadonlySet<string> = new Set(["ARG", "ENV", "SHELL", "USER", "WORKDIR"]);

/** Steps run in a stage of their own, and their results are copied. */
export function moveIntoStage(work: Work, { steps, name, copy }: EditOf<"stage-steps">): void {
  const indices = [...new Set(steps.map((step) => indexOf(work, step)))].sort((a, b) => a - b);
  const [first] = indices;
  const last = indices.at(-1);
  if (first === undefined || last === undefined) return;
  const from = finalFrom(work);
  const lines: string[] = [`${withoutAs(sourceOf(work, from))} AS ${name}`];
  for (let index = from + 1; index <= last; index++) {
    const isOwn = indices.includes(index);
    const { text } = slotOf(work, index);
    if (text !== null && (isOwn || SETS_STATE.has(instructionAt(work, index).verb))) lines.push(text);
    if (isOwn) work.slots.set(index, { text: null, script: null });
  }
  addStage(work, lines.join("\n"));
  const copies = copy.map(({ from: path, to, owner }) => copyFrom(name, path, to, owner));
  if (copies.length > 0) work.slots.set(first, { text: copies.join("\n"), script: null });
  work.assumes.add("The steps that move into a stage of their own need nothing that other steps of the image make.");
}

/** A stage after all others, which takes what they made. */
export function addFinalStage(work: Work, { name, base, copy, lines }: EditOf<"add-final-stage">): void {
  const { stages, target } = work.dockerfile;
  const stage = stages[target] ?? refuse("The Dockerfile has no FROM.");
  if (target !== stages.length - 1) refuse("The stage that is built is not the last one of the Dockerfile.");
  if (work.after.length > 0) refuse("Two edits add a final stage.");
  const source = slotOf(work, stage.from).text ?? refuse("One edit changes what another one takes out.");
  const own = stage.name ?? freeName(work, name);
  if (stage.name === null) setText(work, stage.from, { text: `${source} AS ${own}` });
  const from = base === null ? withoutAs(source) : `FROM ${base}`;
  const copies = copy.map(({ from: path, to, owner }) => copyFrom(own, path, to, owner));
  work.after.push(checked(work, [from, ...copies, ...lines].join("\n")));
}

/** `build`, or `build2` where a stage of that name is there … */
function freeName({ dockerfile }: Work, name: string): string {
  const taken = new Set(dockerfile.stages.map((stage) => stage.name?.toLowerCase()));
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${name}${i}`;
  return free;
}

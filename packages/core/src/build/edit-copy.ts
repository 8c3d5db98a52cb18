import { stringList } from "../dockerfile/build-state.ts";
import type { DockerfileInstruction } from "../dockerfile/dockerfile.ts";

/** The new text of an instruction, or a sentence why there is none. */
export type InstructionText = { readonly text: string } | { readonly refusal: string };

function isCopy({ verb }: DockerfileInstruction): boolean {
  return verb === "COPY" || verb === "ADD";
}

/** A COPY or ADD with a flag set. `source` is the instruction as written. */
export function withFlag(
  instruction: DockerfileInstruction,
  source: string,
  flag: string,
  value: string,
): InstructionText {
  if (!isCopy(instruction)) return { refusal: `Line ${instruction.line} is no COPY or ADD.` };
  if (!/^[\w.:+-]+$/.test(value)) return { refusal: `${value} is no value for --${flag}.` };
  const own = instruction.flags.find(({ name }) => name === flag);
  const text = `--${flag}=${value}`;
  if (own !== undefined) {
    const at = own.start - instruction.start;
    return { text: source.slice(0, at) + text + source.slice(own.end - instruction.start) };
  }
  return { text: `${source.slice(0, instruction.verb.length)} ${text}${source.slice(instruction.verb.length)}` };
}

/** The arguments, of which the last one is replaced. */
function withTarget(args: string, source: string, to: string): string | null {
  const list = stringList(args);
  if (list !== null) {
    const start = source.lastIndexOf("[", source.lastIndexOf(JSON.stringify(list.at(-1) ?? "").slice(1, -1)));
    return start === -1 ? null : `${source.slice(0, start)}${JSON.stringify([...list.slice(0, -1), to])}`;
  }
  return /\s/.test(to) ? null : `${source.slice(0, startOfLastWord(source.trimEnd()))}${to}`;
}

/** A COPY or ADD as the other verb, or to another destination. `source` is the instruction as written. */
export function retargeted(
  instruction: DockerfileInstruction,
  source: string,
  verb: "ADD" | "COPY",
  to: string,
): InstructionText {
  if (!isCopy(instruction) || instruction.text.includes("\n")) {
    return { refusal: `Line ${instruction.line} is no COPY or ADD of files.` };
  }
  if (verb === "ADD" && instruction.flags.some(({ name }) => name === "from")) {
    return { refusal: `Line ${instruction.line} copies from another stage, which ADD cannot.` };
  }
  const text = withTarget(instruction.args, source, to);
  if (text === null) return { refusal: `${to} cannot be written into line ${instruction.line}.` };
  return { text: `${verb}${text.slice(instruction.verb.length)}` };
}

/** A COPY that takes a path out of another stage. */
export function copyFrom(stage: string, from: string, to: string, owner: string | null): string {
  const flags = `--from=${stage}${owner === null ? "" : ` --chown=${owner}`}`;
  const paths = /[\s"'\\[\]]/.test(from + to) ? JSON.stringify([from, to]) : `${from} ${to}`;
  return `COPY ${flags} ${paths}`;
}

export function startOfLastWord(text: string): number {
  let start = text.length;
  while (start > 0 && !/\s/.test(text[start - 1] as string)) start--;
  return start;
}

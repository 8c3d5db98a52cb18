import type { Random } from "./random.ts";

/** One kind of input, made and read. */
export interface Part {
  readonly name: string;
  /** How many executions of a hundred thousand are its own; dear ones have few. */
  readonly weight: number;
  /**
   * Makes one input and reads it. What it throws, {@link Broken} and anything but an ImgweighError, is a failure.
   *
   * @returns whether it was read; false where it was refused as it should be
   */
  run(random: Random, place: Place): Promise<boolean> | boolean;
}

export interface Place {
  /** A directory to write inputs to, emptied after each execution. */
  readonly directory: string;
  /** Where a cache may be kept. */
  readonly cache: string;
}

/** Something that holds for every input did not. */
export class Broken extends Error {}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** No output may hold control characters, line feeds aside, nor characters that turn the direction of text. */
export function requirePrintable(text: string, what: string): void {
  const found = CONTROL.exec(text);
  if (found === null) return;
  const around = JSON.stringify(text.slice(Math.max(0, found.index - 40), found.index + 40));
  throw new Broken(`${what} holds U+${found[0].charCodeAt(0).toString(16).padStart(4, "0")}: ${around}`);
}

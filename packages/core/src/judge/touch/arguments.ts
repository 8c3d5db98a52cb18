import { textOf, type Word } from "./words.ts";

/** The words of a command behind its name, sorted. */
export interface Arguments {
  /** Short flags letter by letter, long ones without their dashes. */
  readonly flags: ReadonlySet<string>;
  /** Words that belong to flags. */
  readonly values: ReadonlyMap<string, Word>;
  readonly operands: readonly Word[];
}

/**
 * Sorts words as getopt does.
 *
 * @param valued flags that take a value: letters, and long ones without their dashes
 */
export function readArguments(words: readonly Word[], valued: readonly string[] = []): Arguments {
  const takes = new Set(valued);
  const flags = new Set<string>();
  const values = new Map<string, Word>();
  const operands: Word[] = [];
  let isOnlyOperands = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as Word;
    if (isOnlyOperands || !word.text.startsWith("-") || word.text === "-") operands.push(word);
    else if (textOf(word) === "--") isOnlyOperands = true;
    else if (word.text.startsWith("--")) {
      const equals = word.text.indexOf("=");
      const name = word.text.slice(2, equals < 0 ? undefined : equals);
      flags.add(name);
      if (equals >= 0) values.set(name, { text: word.text.slice(equals + 1), open: word.open });
      else if (takes.has(name) && i + 1 < words.length) values.set(name, words[++i] as Word);
    } else {
      for (let at = 1; at < word.text.length; at++) {
        const letter = word.text[at] as string;
        flags.add(letter);
        if (!takes.has(letter)) continue;
        if (at + 1 < word.text.length) values.set(letter, { text: word.text.slice(at + 1), open: word.open });
        else if (i + 1 < words.length) values.set(letter, words[++i] as Word);
        break;
      }
    }
  }
  return { flags, values, operands };
}

import type { Instruction } from "./instruction.ts";
import { NO_VALUE_NAME } from "./recorded-command.ts";

/**
 * The values of build arguments that RUNs were recorded with (`|2 A=x B=y /bin/sh -c …`). Values are joined by spaces
 * without quotes, so they are split at the names that the Dockerfile declares. One that has several values is left out.
 */
export function recordedArgs(instructions: readonly Instruction[], names: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string | null>();
  for (const { verb, buildArgs } of instructions) {
    if (verb !== "RUN" || buildArgs.length === 0 || buildArgs.some(({ value }) => value === null)) continue;
    const text = buildArgs.map(({ name, value }) => `${name}=${value}`).join(" ");
    for (const [name, value] of splitAt(text, names)) {
      found.set(name, found.has(name) && found.get(name) !== value ? null : value);
    }
  }
  return new Map([...found].flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])));
}

function splitAt(text: string, names: ReadonlySet<string>): Map<string, string> {
  const values = new Map<string, string>();
  let current: string | null = null;
  for (const word of text.split(" ")) {
    const equals = word.indexOf("=");
    const name = equals === -1 ? "" : word.slice(0, equals);
    if (names.has(name) && NO_VALUE_NAME.test(name) && !values.has(name)) {
      current = name;
      values.set(name, word.slice(equals + 1));
    } else if (current !== null) {
      values.set(current, `${values.get(current) ?? ""} ${word}`);
    }
  }
  return values;
}

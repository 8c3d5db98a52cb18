import type { Build, BuildStep } from "../build/build.ts";
import type { RunConfig } from "../oci/run-config.ts";
import { resolvePattern } from "./touch/path-pattern.ts";
import type { ScriptPlace } from "./touch/script-touches.ts";
import { expandWord, textOf } from "./touch/words.ts";

/** What a step finds set, as far as the history and the config tell. */
export interface StepPlace extends ScriptPlace {
  /** As USER has it; null for root. */
  readonly user: string | null;
}

const NAME = /(?:^|\s)([A-Za-z_]\w*)=/g;

function namesOfEnv({ instruction: { text } }: BuildStep): string[] {
  return [...text.slice("ENV ".length).matchAll(NAME)].map(([, name]) => name as string);
}

function argumentOf({ instruction: { verb, text } }: BuildStep): string {
  return text.slice((verb ?? "").length).trim();
}

function isRoot(user: string): boolean {
  return /^(?:root|0)(?::|$)/.test(user);
}

/** The value that an ENV gives, where its text shows it beyond doubt. */
function plainValue({ instruction: { text } }: BuildStep, name: string): string | null {
  const match = new RegExp(`(?:^|\\s)${name}=([^\\s"'\\\\$]*)(?=\\s|$)`).exec(text.slice("ENV".length));
  return match?.[1] ?? null;
}

/** What each step finds set, by its number. One pass over the steps. */
export function stepPlaces({ steps }: Build, run: RunConfig): readonly StepPlace[] {
  const final = new Map(run.env.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
  const times = new Map<string, number>();
  for (const step of steps)
    if (step.instruction.verb === "ENV")
      for (const name of namesOfEnv(step)) times.set(name, (times.get(name) ?? 0) + 1);
  const variables = new Map<string, string | null>([...final].filter(([name]) => !times.has(name)));
  const says = (verb: string): boolean => steps.some(({ instruction }) => instruction.verb === verb);
  let directory: string | null = says("WORKDIR") ? "/" : (run.workingDir ?? "/");
  let user: string | null = says("USER") ? null : run.user;
  return steps.map((step) => {
    const { instruction } = step;
    const own = new Map(variables);
    for (const { name, value } of instruction.buildArgs) own.set(name, value);
    const home = user === null || isRoot(user) ? "/root" : null;
    const place: StepPlace = { directory, home, user: user !== null && isRoot(user) ? null : user, variables: own };
    if (instruction.verb === "ENV")
      for (const name of namesOfEnv(step))
        variables.set(name, times.get(name) === 1 ? (final.get(name) ?? null) : plainValue(step, name));
    if (instruction.verb === "ARG") {
      const name = argumentOf(step).split("=", 1)[0] ?? "";
      if (!variables.has(name)) variables.set(name, null);
    }
    if (instruction.verb === "WORKDIR") directory = resolved(argumentOf(step), place);
    if (instruction.verb === "USER") user = argumentOf(step);
    return place;
  });
}

function resolved(text: string, { directory, home, variables }: StepPlace): string | null {
  const words = expandWord(text, { home, value: (name) => (variables.has(name) ? (variables.get(name) ?? null) : "") });
  const known = words.length === 1 ? textOf(words[0]) : null;
  if (known === null) return null;
  const from = directory === null ? null : resolvePattern(directory, false, null);
  const path = resolvePattern(known, false, from);
  return path.open ? null : `/${path.names.join("/")}`;
}

import { nearestWord } from "@imgweigh/core/extend";

/** What each command takes, as it is said to people who left it out. */
const WANTS: Readonly<Record<string, string>> = {
  analyze: "an image: imgweigh analyze IMAGE",
  suggest: "an image: imgweigh suggest IMAGE; a Dockerfile alone is looked at with imgweigh lint",
  inspect: "an image: imgweigh inspect IMAGE",
  why: "an image and a package or path: imgweigh why IMAGE /usr/lib",
  diff: "two images, or a baseline and an image: imgweigh diff BEFORE AFTER",
  baseline: "an image: imgweigh baseline IMAGE -o FILE",
  cache: "info, prune or clear: imgweigh cache info",
};

/** A word that is nearly a command, and cannot be a path or a reference with a tag. */
const WORD = /^[a-z]{4,12}$/i;

/** The command that was probably meant; null where none is near, or the word may well be an image. */
export function meantCommand(word: string, commands: readonly string[]): string | null {
  if (!WORD.test(word) || commands.includes(word)) return null;
  return nearestWord(word, commands);
}

function optionSentence(name: string, options: readonly string[]): string {
  const dashes = name.length === 1 ? "-" : "--";
  const near = nearestWord(
    name,
    options.filter((option) => option.length > 1),
  );
  return `there is no option ${dashes}${name}${near === null ? "" : `: did you mean --${near}?`}`;
}

/**
 * What is wrong with the arguments, in the program's own words.
 *
 * @param message the parser's
 * @param args as they were given
 * @param options every option of the command
 */
export function usageSentence(message: string, args: readonly string[], options: readonly string[]): string {
  const command = args[0] ?? "";
  const text = message
    .trim()
    .split("\n")
    .map((line) => line.trim())
    .join(" ");
  if (/^Not enough non-option arguments/.test(text)) return `${command} wants ${WANTS[command] ?? "an image"}`;
  const unknown = /^Unknown (?:arguments?|commands?): (.*)$/.exec(text)?.[1]?.split(", ");
  if (unknown !== undefined) {
    const [first = ""] = unknown;
    const isOption = args.some((arg) => arg.replace(/=.*$/s, "").replace(/^-+/, "") === first && arg.startsWith("-"));
    return isOption ? optionSentence(first, options) : `${JSON.stringify(first)} is one argument too many`;
  }
  const choice = /^Invalid values: Argument: ([\w-]+), Given: (.*)$/.exec(text);
  if (choice !== null) {
    const [, name = "", rest = ""] = choice;
    const [given = "", choices = ""] = rest.split(", Choices: ");
    const words = [...choices.matchAll(/"([^"]*)"/g)].map(([, word = ""]) => word);
    const near = nearestWord(given.replaceAll('"', ""), words);
    const dashes = options.includes(name) ? "--" : "";
    return `${dashes}${name} wants ${words.join(", ")}, not ${given}${near === null ? "" : `: did you mean ${near}?`}`;
  }
  const valueless = /^Not enough arguments following: ([\w-]+)/.exec(text)?.[1];
  if (valueless !== undefined) return `${valueless.length === 1 ? "-" : "--"}${valueless} wants a value`;
  const both = /^Arguments ([\w-]+) and ([\w-]+) are mutually exclusive/.exec(text);
  return both === null ? text : `--${both[1]} and --${both[2]} exclude each other: give one of them`;
}

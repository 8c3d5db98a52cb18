import { type ImagePath, pathFromText } from "../../image-path.ts";

/** Any characters but a slash, and any one of them. Paths are bytes, one character each, so that neither is part of one. */
export const ANY_TEXT = "\u{e000}";
export const ANY_CHARACTER = "\u{e001}";

/** Paths that one word of a command may stand for. */
export interface PathPattern {
  /** Names from the root downwards; {@link ANY_TEXT} and {@link ANY_CHARACTER} in them are open. */
  readonly names: readonly string[];
  /** Behind the names, and behind the last one's last character, anything may follow. */
  readonly open: boolean;
}

/** All paths. */
export const ANYWHERE: PathPattern = { names: [], open: true };

/** A path of the image as the pattern of itself. */
export function patternOf(path: ImagePath): PathPattern {
  return { names: path === "" ? [] : path.split("/"), open: false };
}

/**
 * The pattern of a path as a command writes it.
 *
 * @param text absolute or relative, wildcards as {@link ANY_TEXT}
 * @param open what follows the text is not known
 * @param directory what it is relative to; null where that is not known
 */
export function resolvePattern(text: string, open: boolean, directory: PathPattern | null): PathPattern {
  if (!text.startsWith("/") && directory === null) return ANYWHERE;
  // A text of which nothing is known may be absolute.
  if (open && text === "") return ANYWHERE;
  const start = text.startsWith("/") || directory === null ? { names: [], open: false } : directory;
  if (start.open) return start;
  const names = [...start.names];
  for (const name of text.split("/")) {
    if (name === "" || name === ".") continue;
    if (name === "..") names.pop();
    else names.push(nameOf(name));
  }
  if (!open) return { names, open };
  const isWithinName = !text.endsWith("/");
  const last = isWithinName ? names.pop() : undefined;
  return { names: last === undefined ? names : [...names, `${last}${ANY_TEXT}`], open };
}

function nameOf(text: string): string {
  if (isLiteral(text)) return pathFromText(text);
  return text.replace(/[^\u{e000}\u{e001}]+/gu, (part) => pathFromText(part));
}

export function isLiteral(text: string): boolean {
  return !text.includes(ANY_TEXT) && !text.includes(ANY_CHARACTER);
}

/** The one path that a pattern stands for; null where it stands for several. */
export function literalPath({ names, open }: PathPattern): ImagePath | null {
  return open || !names.every(isLiteral) ? null : names.join("/");
}

/** A name in the directory that a pattern stands for. */
export function childOf(pattern: PathPattern, name: string): PathPattern {
  return pattern.open ? pattern : { names: [...pattern.names, name], open: false };
}

/** Whether a name fits one of a pattern. In time linear in both for each wildcard of the pattern. */
export function matchesName(pattern: string, name: string): boolean {
  let at = 0;
  let inName = 0;
  let [star, retry] = [-1, 0];
  while (inName < name.length) {
    const wanted = pattern[at];
    if (wanted === ANY_TEXT) {
      star = at++;
      retry = inName;
    } else if (wanted === ANY_CHARACTER || (wanted !== undefined && wanted === name[inName])) {
      at++;
      inName++;
    } else if (star >= 0) {
      at = star + 1;
      inName = ++retry;
    } else return false;
  }
  while (pattern[at] === ANY_TEXT) at++;
  return at === pattern.length;
}

/*
 * Globs of a configuration, which may come from anybody's pull request: matched by hand, because a regular expression
 * made of one can take for ever. Both matchers remember only the last star, so their time is at most pattern × text.
 */

/** Whether the items from `start` match the pattern; a star takes any number of them. */
function matchItems<Wanted>(
  pattern: readonly Wanted[],
  items: readonly string[],
  isStar: (wanted: Wanted) => boolean,
  isMatch: (wanted: Wanted, item: string) => boolean,
): boolean {
  let [p, i, star, taken] = [0, 0, -1, 0];
  while (i < items.length) {
    if (p < pattern.length && isStar(pattern[p] as Wanted)) {
      star = p++;
      taken = i;
    } else if (p < pattern.length && isMatch(pattern[p] as Wanted, items[i] as string)) {
      p++;
      i++;
    } else if (star >= 0) {
      p = star + 1;
      i = ++taken;
    } else return false;
  }
  while (p < pattern.length && isStar(pattern[p] as Wanted)) p++;
  return p === pattern.length;
}

/** Whether a glob has no wildcards. */
export function isLiteral(glob: string): boolean {
  return !/[*?]/.test(glob);
}

/** Matches texts: `*` is any characters, `?` one. */
export function textMatcher(glob: string): (text: string) => boolean {
  if (isLiteral(glob)) return (text) => text === glob;
  const wanted = Array.from(glob);
  return (text) =>
    matchItems(
      wanted,
      Array.from(text),
      (character) => character === "*",
      (pattern, character) => pattern === "?" || pattern === character,
    );
}

/** Whether a text matches, where it is only one. */
export function matchesText(glob: string, text: string): boolean {
  return textMatcher(glob)(text);
}

function components(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

/**
 * Matches paths of files: `*` and `?` stay within a component, `**` crosses any number of them, none included. What
 * matches stands for all that lies below it: `/usr/lib` is the directory with everything in it.
 */
export function pathMatcher(glob: string): (path: string) => boolean {
  const wanted = [...components(glob), "**"].map((part) => (part === "**" ? null : textMatcher(part)));
  return (path) =>
    matchItems(
      wanted,
      components(path),
      (matches) => matches === null,
      (matches, part) => matches?.(part) === true,
    );
}

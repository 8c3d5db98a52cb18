/*
 * Globs of a configuration, which may come from anybody's pull request: matched by hand, because a regular expression
 * made of one can take for ever. Both matchers remember only the last star, so their time is at most pattern × text.
 */

/** Whether the items from `start` match the pattern; a star takes any number of them. */
function matchItems<Item>(
  pattern: readonly Item[],
  items: readonly Item[],
  isStar: (item: Item) => boolean,
  isMatch: (pattern: Item, item: Item) => boolean,
): boolean {
  let [p, i, star, taken] = [0, 0, -1, 0];
  while (i < items.length) {
    if (p < pattern.length && isStar(pattern[p] as Item)) {
      star = p++;
      taken = i;
    } else if (p < pattern.length && isMatch(pattern[p] as Item, items[i] as Item)) {
      p++;
      i++;
    } else if (star >= 0) {
      p = star + 1;
      i = ++taken;
    } else return false;
  }
  while (p < pattern.length && isStar(pattern[p] as Item)) p++;
  return p === pattern.length;
}

/** Whether a text matches: `*` is any characters, `?` one. */
export function matchesText(glob: string, text: string): boolean {
  return matchItems(
    Array.from(glob),
    Array.from(text),
    (character) => character === "*",
    (wanted, character) => wanted === "?" || wanted === character,
  );
}

function components(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

/** Whether a glob has no wildcards. */
export function isLiteral(glob: string): boolean {
  return !/[*?]/.test(glob);
}

/**
 * Matches paths of files: `*` and `?` stay within a component, `**` crosses any number of them, none included. What
 * matches stands for all that lies below it: `/usr/lib` is the directory with everything in it.
 */
export function pathMatcher(glob: string): (path: string) => boolean {
  const wanted = [...components(glob), "**"];
  return (path) =>
    matchItems(
      wanted,
      components(path),
      (part) => part === "**",
      (pattern, part) => matchesText(pattern, part),
    );
}

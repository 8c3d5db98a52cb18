/*
 * Which paths of a build's context a .dockerignore keeps out, as github.com/moby/patternmatcher 0.6 and its ignorefile
 * decide it for Docker, BuildKit and buildah. A path is held against all patterns at once, so that a hostile one takes no
 * longer than it is long.
 */

/** `dirs` is `**` with what may follow: any number of folders, none included. */
type Token =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "one" | "name" | "dirs" | "all" }
  | { readonly kind: "class"; readonly isNegated: boolean; readonly ranges: readonly (readonly [string, string])[] };

interface Pattern {
  readonly tokens: readonly Token[];
  /** `!`: what it matches comes back in. */
  readonly includes: boolean;
}

/** `[a-z]` from its bracket on; null where it is not closed. */
function readClass(text: string, from: number): { readonly token: Token; readonly end: number } | null {
  const isNegated = text[from + 1] === "^";
  const ranges: [string, string][] = [];
  let at = from + (isNegated ? 2 : 1);
  for (; at < text.length && (text[at] !== "]" || ranges.length === 0); at++) {
    if (text[at] === "\\") at++;
    const low = text[at] ?? "";
    const isRange = text[at + 1] === "-" && text[at + 2] !== undefined && text[at + 2] !== "]";
    ranges.push([low, isRange ? (text[at + 2] as string) : low]);
    if (isRange) at += 2;
  }
  return at >= text.length ? null : { token: { kind: "class", isNegated, ranges }, end: at };
}

function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] as string;
    if (letter === "*" && text[at + 1] === "*") {
      at += text[at + 2] === "/" ? 2 : 1;
      tokens.push({ kind: at + 1 >= text.length ? "all" : "dirs" });
    } else if (letter === "*") tokens.push({ kind: "name" });
    else if (letter === "?") tokens.push({ kind: "one" });
    else if (letter === "\\" && at + 1 < text.length) tokens.push({ kind: "literal", text: text[++at] as string });
    else {
      const found = letter === "[" ? readClass(text, at) : null;
      tokens.push(found?.token ?? { kind: "literal", text: letter });
      if (found !== null) at = found.end;
    }
  }
  return tokens;
}

function accepts(token: Token, letter: string): boolean {
  if (token.kind === "literal") return token.text === letter;
  if (token.kind === "one" || token.kind === "name") return letter !== "/";
  if (token.kind !== "class") return true;
  return letter !== "/" && token.ranges.some(([low, high]) => letter >= low && letter <= high) !== token.isNegated;
}

function isSkippable({ kind }: Token): boolean {
  return kind === "name" || kind === "dirs" || kind === "all";
}

/** Whether the tokens match a whole text: every place in them that can be reached, letter by letter. */
function matches(tokens: readonly Token[], text: string): boolean {
  const reach = (states: Set<number>, state: number): void => {
    for (let at = state; !states.has(at); at++) {
      states.add(at);
      const token = tokens[at];
      if (token === undefined || !isSkippable(token)) break;
    }
  };
  let states = new Set<number>();
  reach(states, 0);
  for (const letter of text) {
    const next = new Set<number>();
    for (const state of states) {
      // Within `**/`: it is left behind a slash only, so the place before it is another than the place in it.
      const token = state < 0 ? tokens[~state] : tokens[state];
      if (token === undefined) continue;
      if (token.kind === "dirs") {
        next.add(~(state < 0 ? ~state : state));
        if (letter === "/") reach(next, (state < 0 ? ~state : state) + 1);
      } else if (accepts(token, letter)) reach(next, token.kind === "name" || token.kind === "all" ? state : state + 1);
    }
    states = next;
    if (states.size === 0) return false;
  }
  return states.has(tokens.length);
}

/** A pattern as Go's `filepath.Clean` leaves it, without the slash that means the context's root. */
function clean(pattern: string): string {
  const parts: string[] = [];
  for (const part of pattern.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0) parts.pop();
    else if (part !== "..") parts.push(part);
  }
  return parts.join("/");
}

/** The patterns of a .dockerignore. */
export class IgnorePatterns {
  readonly #patterns: readonly Pattern[];
  /** Some pattern takes files back in: folders that are kept out have to be looked into all the same. */
  readonly hasExceptions: boolean;

  constructor(text: string) {
    this.#patterns = text
      .replace(/^\uFEFF/, "")
      .split("\n")
      .flatMap((line): Pattern[] => {
        const trimmed = line.startsWith("#") ? "" : line.trim();
        const includes = trimmed.startsWith("!");
        const pattern = clean(includes ? trimmed.slice(1).trim() : trimmed);
        return pattern === "" ? [] : [{ tokens: readTokens(pattern), includes }];
      });
    this.hasExceptions = this.#patterns.some(({ includes }) => includes);
  }

  /** @param path relative to the context, with slashes: it, or a folder that it lies in, is kept out */
  excludes(path: string): boolean {
    const parts = path.split("/");
    const names = parts.map((_, i) => parts.slice(0, i + 1).join("/"));
    let isOut = false;
    for (const { tokens, includes } of this.#patterns)
      if (isOut === includes && names.some((name) => matches(tokens, name))) isOut = !includes;
    return isOut;
  }
}

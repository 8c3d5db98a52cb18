/** A text of which parts are not known: null stands for any text. */
export type Pattern = readonly (string | null)[];

/** Variables that are known, as far as they are. */
export type Scope = ReadonlyMap<string, Pattern>;

const VARIABLE = /\\\$|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+?])([^${}]{0,999}))?\}|\{[^}]{0,999}\})/g;

function variable(scope: Scope, name: string, operator: string | undefined, operand: string): Pattern {
  const value = scope.get(name) ?? [null];
  if (operator === undefined || value.includes(null)) return operator === undefined ? value : [null];
  const isSet = !(operator.startsWith(":") && value.join("") === "");
  if (operator.endsWith("-")) return isSet ? value : [operand];
  return operator.endsWith("+") ? [isSet ? operand : ""] : value;
}

// `ENV A=$A$A` doubles with each line.
const MAX_LENGTH = 4 * 1024;

/** Fills variables in as builders do; one that is not known, or used in a way that is not, may be any text. */
export function expand(text: string, scope: Scope): Pattern {
  const out: (string | null)[] = [];
  let at = 0;
  for (const match of text.matchAll(VARIABLE)) {
    out.push(text.slice(at, match.index));
    at = match.index + match[0].length;
    const name = match[1] ?? match[2];
    if (match[0] === "\\$") out.push("$");
    else out.push(...(name === undefined ? [null] : variable(scope, name, match[3], match[4] ?? "")));
  }
  const pattern = joined([...out, text.slice(at)]);
  return pattern.reduce((sum, piece) => sum + (piece?.length ?? 1), 0) > MAX_LENGTH ? [null] : pattern;
}

/** Neighbouring texts as one, and without empty ones. */
export function joined(pattern: Pattern): Pattern {
  const out: (string | null)[] = [];
  for (const piece of pattern) {
    if (piece === "") continue;
    const last = out.at(-1);
    if (piece !== null && typeof last === "string") out[out.length - 1] = last + piece;
    else if (piece !== null || last !== null) out.push(piece);
  }
  return out;
}

/** The text, where all of it is known. */
export function literalOf(pattern: Pattern): string | null {
  return pattern.includes(null) ? null : pattern.join("");
}

/** Whether `text` can be what the pattern stands for. Linear in the text's length, for each of the pattern's pieces. */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  const whole = literalOf(pattern);
  if (whole !== null) return whole === text;
  const first = pattern[0] ?? "";
  const last = pattern.at(-1) ?? "";
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const piece of pattern.slice(1, -1)) {
    if (piece === null) continue;
    const found = text.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

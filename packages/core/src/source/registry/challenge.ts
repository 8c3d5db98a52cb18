/** One way to authenticate that a server offers (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** By lower-case name. */
  readonly parameters: ReadonlyMap<string, string>;
}

const GAP = /[\s,]*/y;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const VALUE = /[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/y;

/**
 * The challenges of a `WWW-Authenticate` header, in order. Schemes and parameters are both separated by commas; a word
 * is a parameter if an equals sign follows. Reading ends where the grammar does.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (;;) {
    take(GAP);
    const word = take(TOKEN)?.[0].toLowerCase();
    if (word === undefined) return challenges;
    const value = take(VALUE);
    if (value === null) challenges.push({ scheme: word, parameters: new Map() });
    else challenges.at(-1)?.parameters.set(word, value[1]?.replace(/\\(.)/g, "$1") ?? value[2] ?? "");
  }
}

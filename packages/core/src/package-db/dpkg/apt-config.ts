/**
 * Reads apt.conf(5): `Name::Sub "value";`, `Name { Sub "value"; "list item"; };`, comments `//`, `#` and slash-star.
 * Names are case-insensitive and kept in lower case; an anonymous item belongs to the list that holds it. Directives
 * (`#clear`, `#include`) are not followed.
 */
export class AptConfig {
  readonly #values = new Map<string, string[]>();

  /** Adds a file; later files win for single values and add to lists. */
  add(text: string): void {
    const scope: string[] = [];
    let words: string[] = [];
    for (const { kind, text: token } of tokens(text)) {
      if (kind === "word") words.push(token);
      else {
        const path = scope.at(-1) ?? "";
        if (token === ";") this.#statement(path, words);
        else if (token === "}") {
          this.#statement(path, words);
          scope.pop();
        } else if (scope.length < MAX_DEPTH) scope.push(joined(path, words[0] ?? ""));
        words = [];
      }
    }
  }

  list(name: string): readonly string[] {
    return this.#values.get(name.toLowerCase()) ?? [];
  }

  /** apt's `FindB`: the words of StringToBool, or a number. */
  flag(name: string, otherwise: boolean): boolean {
    const value = this.list(name).at(-1)?.toLowerCase();
    if (value === undefined) return otherwise;
    if (["no", "false", "without", "off", "disable", "0"].includes(value)) return false;
    if (["yes", "true", "with", "on", "enable", "1"].includes(value)) return true;
    return otherwise;
  }

  #statement(scope: string, words: readonly string[]): void {
    const [first, second] = words;
    if (first === undefined) return;
    const name = second === undefined ? scope : joined(scope, first);
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [second ?? first]);
    else values.push(second ?? first);
  }
}

const MAX_DEPTH = 64;
/** Longer names are none that anyone asks for: a bound on what nested scopes add up to. */
const MAX_NAME = 512;

function joined(scope: string, name: string): string {
  const tail = name.toLowerCase().replace(/(?<!::)(?:::)+$/, "");
  const whole = scope === "" || tail === "" ? scope + tail : `${scope}::${tail}`;
  return whole.slice(0, MAX_NAME);
}

interface Token {
  readonly kind: "word" | "mark";
  readonly text: string;
}

// A comment (to the end of its line, or of the text where it is not closed), a quoted string, a mark, a word.
const TOKEN = /\/\/[^\n]*|#[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"([^"\n]*)"?|([{};])|([^\s"{};]+)/g;

function* tokens(text: string): Generator<Token> {
  for (const match of text.matchAll(TOKEN)) {
    if (match[1] !== undefined) yield { kind: "word", text: match[1] };
    else if (match[2] !== undefined) yield { kind: "mark", text: match[2] };
    else if (match[3] !== undefined) yield { kind: "word", text: match[3] };
  }
}

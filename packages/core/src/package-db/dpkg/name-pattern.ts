/**
 * POSIX extended regular expressions over package names, as apt's `NeverAutoRemove` has them (regcomp with REG_EXTENDED
 * and REG_ICASE, searched anywhere in the name). They come from an untrusted image, so they are run as an automaton, in
 * time linear in name times pattern, and not by the language's own backtracking engine.
 * Understood: literals, `.`, `[…]`, `\x`, `* + ?`, `^ $`, groups and `|`. Null where a pattern has anything else.
 */
export function compilePattern(pattern: string): NamePattern | null {
  if (pattern.length > MAX_PATTERN) return null;
  const parser = new Parser(pattern.toLowerCase());
  const start = parser.parse();
  return start === null ? null : new NamePattern(start, parser.states);
}

const MAX_PATTERN = 256;
const MAX_NAME = 256;
const MAX_GROUPS = 16;

type Test = (character: string) => boolean;

interface State {
  /** Where it goes without reading anything. */
  readonly free: number[];
  /** Where it goes on a character that passes the test; the last state accepts and goes nowhere. */
  test: Test | null;
  next: number;
  /** Entered only at the start or the end of the name. */
  anchor: "start" | "end" | null;
}

export class NamePattern {
  readonly #start: number;
  readonly #states: readonly State[];

  constructor(start: number, states: readonly State[]) {
    this.#start = start;
    this.#states = states;
  }

  test(name: string): boolean {
    const text = name.toLowerCase();
    if (text.length > MAX_NAME) return false;
    let live = new Set<number>();
    for (let at = 0; ; at += 1) {
      this.#enter(this.#start, live, at === 0, at === text.length);
      if (live.has(ACCEPT)) return true;
      if (at === text.length) return false;
      const next = new Set<number>();
      for (const id of live) {
        const state = this.#states[id] as State;
        if (state.test?.(text[at] as string)) this.#enter(state.next, next, false, at + 1 === text.length);
      }
      live = next;
    }
  }

  #enter(first: number, live: Set<number>, atStart: boolean, atEnd: boolean): void {
    const waiting = [first];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const { anchor, free } = this.#states[id] as State;
      if (live.has(id) || (anchor === "start" && !atStart) || (anchor === "end" && !atEnd)) continue;
      live.add(id);
      waiting.push(...free);
    }
  }
}

const ACCEPT = 0;

/** A piece of the automaton: where it begins, and the state it ends in. */
interface Piece {
  readonly start: number;
  readonly end: number;
}

class Parser {
  readonly states: State[] = [{ free: [], test: null, next: 0, anchor: null }];
  readonly #pattern: string;
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): number | null {
    const whole = this.#choice();
    if (whole === null || this.#at < this.#pattern.length) return null;
    this.#link(whole.end, ACCEPT);
    return whole.start;
  }

  #choice(): Piece | null {
    const start = this.#state();
    const end = this.#state();
    do {
      const branch = this.#sequence();
      if (branch === null) return null;
      this.#link(start, branch.start);
      this.#link(branch.end, end);
    } while (this.#take("|"));
    return { start, end };
  }

  #sequence(): Piece | null {
    const start = this.#state();
    let end = start;
    while (this.#at < this.#pattern.length && !"|)".includes(this.#peek())) {
      const piece = this.#repeated();
      if (piece === null) return null;
      this.#link(end, piece.start);
      end = piece.end;
    }
    return { start, end };
  }

  #repeated(): Piece | null {
    let piece = this.#atom();
    while (piece !== null && this.#peek() !== "" && "*+?".includes(this.#peek())) {
      const mark = this.#next();
      const start = this.#state();
      const end = this.#state();
      this.#link(start, piece.start);
      this.#link(piece.end, end);
      if (mark !== "+") this.#link(start, end);
      if (mark !== "?") this.#link(piece.end, piece.start);
      piece = { start, end };
    }
    return piece;
  }

  #atom(): Piece | null {
    const character = this.#next();
    switch (character) {
      case "(":
        return this.#group();
      case "[":
        return this.#bracket();
      case "^":
        return this.#anchored("start");
      case "$":
        return this.#anchored("end");
      case ".":
        return this.#reading(() => true);
      case "\\":
        return this.#escaped();
      case "*":
      case "+":
      case "?":
      case "{":
        return null;
      default:
        return this.#reading((other) => other === character);
    }
  }

  #escaped(): Piece | null {
    const character = this.#next();
    if (character === "" || /[a-z0-9]/.test(character)) return null;
    return this.#reading((other) => other === character);
  }

  #group(): Piece | null {
    this.#depth += 1;
    if (this.#depth > MAX_GROUPS) return null;
    const inner = this.#choice();
    this.#depth -= 1;
    return inner !== null && this.#take(")") ? inner : null;
  }

  #bracket(): Piece | null {
    const negated = this.#take("^");
    const from = this.#at;
    const end = this.#pattern.indexOf("]", from + 1);
    if (end < 0) return null;
    const body = this.#pattern.slice(from, end);
    if (/\[[:.=]/.test(body)) return null;
    this.#at = end + 1;
    const ranges: (readonly [string, string])[] = [];
    for (let i = 0; i < body.length; i += 1) {
      const low = body[i] as string;
      const ranged = body[i + 1] === "-" && i + 2 < body.length;
      ranges.push([low, ranged ? (body[i + 2] as string) : low]);
      if (ranged) i += 2;
    }
    return this.#reading((other) => ranges.some(([low, high]) => low <= other && other <= high) !== negated);
  }

  #anchored(anchor: "start" | "end"): Piece {
    const id = this.#state();
    (this.states[id] as State).anchor = anchor;
    return { start: id, end: id };
  }

  #reading(test: Test): Piece {
    const start = this.#state();
    const end = this.#state();
    Object.assign(this.states[start] as State, { test, next: end });
    return { start, end };
  }

  #state(): number {
    this.states.push({ free: [], test: null, next: 0, anchor: null });
    return this.states.length - 1;
  }

  #link(from: number, to: number): void {
    (this.states[from] as State).free.push(to);
  }

  #peek(): string {
    return this.#pattern[this.#at] ?? "";
  }

  #next(): string {
    const character = this.#peek();
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }
}

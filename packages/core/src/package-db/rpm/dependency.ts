import { SENSE, type Versioned } from "./version.ts";

/** What a package needs: one range of a name, or a boolean ("rich") expression of such (rpm's boolean_dependencies). */
export type Dependency =
  | ({ readonly operator: "single" } & Versioned)
  | {
      readonly operator: "and" | "or" | "with" | "without";
      readonly left: Dependency;
      readonly right: Dependency;
    }
  | {
      readonly operator: "if" | "unless";
      readonly left: Dependency;
      readonly condition: Dependency;
      readonly otherwise: Dependency | null;
    };

/** `RPMSENSE_MISSINGOK`, `_RPMLIB`, `_CONFIG`: a hint, a feature of rpm itself, a configuration file's own version. */
const NOT_NEEDED = (1 << 19) | (1 << 24) | (1 << 28);

/** Features of rpm and versions of configuration files are no packages' business. */
export function isNeed({ name, flags }: Versioned): boolean {
  return (flags & NOT_NEEDED) === 0 && !name.startsWith("rpmlib(") && !name.startsWith("config(");
}

/** `RPMSENSE_SCRIPT_PRE`, `_SCRIPT_POST`, `_PRETRANS`, `_POSTTRANS`, `_KEYRING`: needed by scripts of the installation. */
const INSTALLATION = (1 << 9) | (1 << 10) | (1 << 7) | (1 << 5) | (1 << 26);
/** `RPMSENSE_SCRIPT_PREUN`, `_SCRIPT_POSTUN`, `_META`: needed by scripts of the removal, or for no order's sake. */
const AFTER_INSTALLATION = (1 << 11) | (1 << 12) | (1 << 29);

/** Needed while it was installed, and not since: `isTransientReq` of include/rpm/rpmds.h. */
export function isTransient({ flags }: Versioned): boolean {
  return (flags & INSTALLATION) !== 0 && (flags & AFTER_INSTALLATION) === 0;
}

/** Expressions of packages have a handful of terms. */
const MAX_TERMS = 64;
const MAX_DEPTH = 32;

/** The dependency of a database row; null where it is an expression that rpm could not read either. */
export function parseDependency(row: Versioned): Dependency | null {
  return row.name.startsWith("(") ? new RichParser(row.name).parse() : { operator: "single", ...row };
}

const COMPARISONS: ReadonlyMap<string, number> = new Map([
  ["<", SENSE.LESS],
  ["<=", SENSE.LESS | SENSE.EQUAL],
  ["=<", SENSE.LESS | SENSE.EQUAL],
  ["=", SENSE.EQUAL],
  ["==", SENSE.EQUAL],
  [">", SENSE.GREATER],
  [">=", SENSE.GREATER | SENSE.EQUAL],
  ["=>", SENSE.GREATER | SENSE.EQUAL],
]);

/** rpm 4.18 lib/rpmds.c, `rpmrichParseInternal`: words between blanks or commas, parentheses within words balanced. */
class RichParser {
  readonly #text: string;
  #at = 0;
  #terms = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Dependency | null {
    const dependency = this.#expression(0);
    return this.#at === this.#text.length ? dependency : null;
  }

  #expression(depth: number): Dependency | null {
    if (depth > MAX_DEPTH || this.#text[this.#at] !== "(") return null;
    this.#at++;
    const first = this.#term(depth);
    if (first === null) return null;
    let whole: Dependency = first;
    let chained: string | null = null;
    for (;;) {
      this.#skipBlanks();
      if (this.#text[this.#at] === ")") break;
      const operator = this.#operator();
      if (chained !== null && (operator !== chained || !CHAINS.has(operator))) return null;
      const right = this.#term(depth);
      if (right === null) return null;
      chained = operator;
      if (operator === "and" || operator === "or" || operator === "with" || operator === "without") {
        whole = { operator, left: whole, right };
      } else if (operator === "if" || operator === "unless") {
        const otherwise = this.#otherwise(depth);
        if (otherwise === undefined) return null;
        whole = { operator, left: whole, condition: right, otherwise };
      } else {
        return null;
      }
    }
    this.#at++;
    return whole;
  }

  /** What follows `else`: null where there is none, undefined where it cannot be read. */
  #otherwise(depth: number): Dependency | null | undefined {
    this.#skipBlanks();
    if (!/^else[\s,(]/.test(this.#text.slice(this.#at, this.#at + 5))) return null;
    this.#at += 4;
    return this.#term(depth) ?? undefined;
  }

  #operator(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !/[\s)]/.test(this.#text[this.#at] as string)) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #term(depth: number): Dependency | null {
    this.#skipBlanks();
    if (++this.#terms > MAX_TERMS) return null;
    if (this.#text[this.#at] === "(") return this.#expression(depth + 1);
    const name = this.#word();
    if (name === "") return null;
    const back = this.#at;
    this.#skipBlanks();
    const flags = COMPARISONS.get(this.#word());
    if (flags === undefined) {
      this.#at = back;
      return { operator: "single", name, flags: 0, version: "" };
    }
    this.#skipBlanks();
    const version = this.#word();
    return version === "" ? null : { operator: "single", name, flags, version };
  }

  #word(): string {
    const start = this.#at;
    let open = 0;
    for (; this.#at < this.#text.length; this.#at++) {
      const c = this.#text[this.#at] as string;
      if (/[\s,]/.test(c)) break;
      if (c === "(") open++;
      else if (c === ")" && open-- <= 0) break;
    }
    return this.#text.slice(start, this.#at);
  }

  #skipBlanks(): void {
    while (this.#at < this.#text.length && /[\s,]/.test(this.#text[this.#at] as string)) this.#at++;
  }
}

/** Only these may follow themselves. */
const CHAINS: ReadonlySet<string> = new Set(["and", "or", "with"]);

/** The single dependencies of an expression. */
export function* singles(dependency: Dependency): Generator<Versioned> {
  if (dependency.operator === "single") {
    yield dependency;
    return;
  }
  yield* singles(dependency.left);
  if ("right" in dependency) {
    yield* singles(dependency.right);
  } else {
    yield* singles(dependency.condition);
    if (dependency.otherwise !== null) yield* singles(dependency.otherwise);
  }
}

import { trimEndOf } from "../../trim-ends.ts";
import { normalizeName } from "./metadata.ts";

/** What is known of the interpreter that a requirement is for. */
export interface Environment {
  /** Minor versions of Python 3 that may run it; empty where unknown. */
  readonly minors: readonly number[];
}

/** The project that a requirement names (PEP 508); null where its marker cannot hold, or it cannot be read. */
export function requiredName(requirement: string, environment: Environment): string | null {
  const name = /^\s*([A-Za-z0-9][A-Za-z0-9._-]{0,213})/.exec(requirement)?.[1];
  if (name === undefined) return null;
  const semicolon = requirement.indexOf(";");
  if (semicolon >= 0 && !canHold(requirement.slice(semicolon + 1), environment)) return null;
  return normalizeName(trimEndOf(name, "._-"));
}

/** Values of variables that are the same in every image that is weighed. Extras were not asked for, as far as is known. */
const FIXED: ReadonlyMap<string, string> = new Map([
  ["extra", ""],
  ["os_name", "posix"],
  ["sys_platform", "linux"],
  ["platform_system", "Linux"],
]);

/** Tokens in one marker; real ones have a few dozen. */
const MAX_TOKENS = 1000;

const TOKEN = /"[^"]*"|'[^']*'|[()]|[<>=!~]+|[^\s()"'<>=!~]+/g;

/**
 * Whether an environment marker can hold: what is not known (the machine, the implementation, a release) is taken for
 * true, since it decided what was installed.
 */
function canHold(marker: string, environment: Environment): boolean {
  const tokens = marker.slice(0, 10_000).match(TOKEN) ?? [];
  if (tokens.length > MAX_TOKENS) return true;
  let at = 0;
  const either = (): boolean => {
    let holds = both();
    while (tokens[at] === "or") {
      at++;
      holds = both() || holds;
    }
    return holds;
  };
  const both = (): boolean => {
    let holds = term();
    while (tokens[at] === "and") {
      at++;
      holds = term() && holds;
    }
    return holds;
  };
  const term = (): boolean => {
    if (tokens[at] === "(") {
      at++;
      const holds = either();
      at++;
      return holds;
    }
    const start = at;
    while (at < tokens.length && !/^(?:and|or|[()])$/.test(tokens[at] as string)) at++;
    return comparison(tokens.slice(start, at), environment);
  };
  return either();
}

const MIRRORED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

function comparison(
  [left = "", operator = "", right = "", more]: readonly string[],
  environment: Environment,
): boolean {
  if (more !== undefined) return true;
  const literalFirst = /^["']/.test(left);
  const variable = literalFirst ? right : left;
  const value = (literalFirst ? left : right).slice(1, -1);
  const fixed = FIXED.get(variable);
  if (fixed !== undefined) return operator === "==" ? fixed === value : operator === "!=" ? fixed !== value : true;
  if (variable !== "python_version" && variable !== "python_full_version") return true;
  return holdsForPython(literalFirst ? (MIRRORED[operator] ?? operator) : operator, value, environment.minors);
}

/** Python 3.N against a version such as `3.8` or `3`; what a third number would decide is taken for true. */
function holdsForPython(operator: string, value: string, minors: readonly number[]): boolean {
  const [, major, minor = "0", micro] = /^(\d{1,4})(?:\.(\d{1,4}))?(\.[\d*]{1,8})?$/.exec(value) ?? [];
  if (major === undefined || minors.length === 0) return true;
  return minors.some((own) => {
    const order = Math.sign((3 - Number(major)) * 10_000 + own - Number(minor));
    if (order === 0 && micro !== undefined) return true;
    if (operator === "<") return order < 0;
    if (operator === "<=") return order <= 0;
    if (operator === ">") return order > 0;
    if (operator === ">=") return order >= 0;
    // `== "3.*"` and `~=` are not worth their rules here.
    return operator !== "==" || value.includes("*") || order === 0;
  });
}

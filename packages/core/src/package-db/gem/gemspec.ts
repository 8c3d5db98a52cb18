import { label, linesOf } from "../manifest-text.ts";

/** What a gemspec says, where it is written in RubyGems' regular form. */
export interface Gemspec {
  readonly name: string | null;
  readonly version: string | null;
  /** Only default gems list their files. */
  readonly files: readonly string[];
  readonly executables: readonly string[];
  /** Runtime dependencies. */
  readonly needs: readonly string[];
}

const SET = /^\s*\w+\.(name|version|files|executables)\s*=/;
const NEED = /^\s*\w+\.add_(runtime_|development_)?dependency[\s(]/;
// The second line of an installed gemspec: name, version, platform, require paths.
const STUB = /^# stub: (\S+) (\S+) /;

/** The index of the quote that ends a string; -1 where none does. */
function closingQuote(code: string, start: number, quote: string): number {
  for (let at = start; at < code.length; at++) {
    if (code[at] === "\\") at++;
    else if (code[at] === quote) return at;
  }
  return -1;
}

/** The strings in a piece of Ruby code, as `Gem::Specification#ruby_code` writes them: `"…"`, `%q<…>`; by hand also `'…'`. */
function strings(code: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < code.length; at++) {
    const char = code[at] as string;
    const percent = code.startsWith("%q<", at);
    if (!percent && char !== '"' && char !== "'") continue;
    const start = at + (percent ? 3 : 1);
    const end = closingQuote(code, start, percent ? ">" : char);
    if (end < 0) break;
    // Names and paths have no other escapes than these.
    found.push(code.slice(start, end).replace(/\\(["'\\#])/g, "$1"));
    at = end;
  }
  return found;
}

/**
 * Reads a gemspec without running it: it is Ruby, but RubyGems writes installed ones one assignment a line with literal
 * strings (`Gem::Specification#to_ruby`, rubygems 1.3 to 3.6). What is computed stays unknown.
 */
export function parseGemspec(text: string): Gemspec {
  let name: string | null = null;
  let version: string | null = null;
  let files: string[] = [];
  let executables: string[] = [];
  const runtime = new Set<string>();
  const development = new Set<string>();
  const plain = new Set<string>();
  for (const line of linesOf(text)) {
    const stub = STUB.exec(line);
    if (stub !== null) {
      name ??= label(stub[1]);
      version ??= label(stub[2]);
      continue;
    }
    const need = NEED.exec(line);
    if (need !== null) {
      const needed = label(strings(line.slice(need[0].length, need[0].length + 1000))[0]);
      if (needed !== null) (need[1] === undefined ? plain : need[1] === "runtime_" ? runtime : development).add(needed);
      continue;
    }
    const [start, field] = SET.exec(line) ?? [];
    if (start === undefined) continue;
    const values = strings(line.slice(start.length));
    if (field === "name") name ??= label(values[0]);
    else if (field === "version") version ??= label(values[0]);
    else if (field === "files") files = values;
    else executables = values;
  }
  // RubyGems before 3.5 says everything twice, and for the oldest ones as plain dependencies.
  for (const needed of plain) if (!development.has(needed)) runtime.add(needed);
  return { name, version, files, executables, needs: [...runtime] };
}

import { MAX_TOKENS } from "../allowance.ts";
import { compareFuzzily, compareVersions, isVersion } from "./version.ts";

/** One token of `D:`, `i:` or world: `[!]name[@tag][operator version]`. */
export interface Dependency {
  /** As written. */
  readonly text: string;
  /** A package's name, or what packages provide: `so:libc.musl-x86_64.so.1`, `cmd:gcc`, `/bin/sh`. */
  readonly name: string;
  /** `!name`: what must not be there. It pulls in nothing. */
  readonly conflict: boolean;
  /** The repository it is pinned to: `git@edge`. */
  readonly tag: string | null;
  /** `<`, `>`, `=` and `~`, each at most once, in this order; `><` alone means the package with this very checksum. Null: any version. */
  readonly operator: string | null;
  readonly version: string | null;
}

/** One token of `p:`. Without a version it is a virtual name, which several packages may provide side by side. */
export interface Provided {
  readonly name: string;
  readonly version: string | null;
}

const TOKEN =
  /^(?<conflict>!?)(?<name>[^!<>=~@][^<>=~@]*)(?:@(?<tag>[^<>=~@]*))?(?:(?<operator>[<>=~]+)(?<version>.+))?$/s;

/** Tokens longer than this are no tokens. */
const MAX_TOKEN = 4096;

/** A token's meaning, null where it has none (`apk` refuses such a token). The grammar is that of apk-world(5) and apk-package(5). */
export function parseDependency(text: string): Dependency | null {
  const groups = text.length > MAX_TOKEN ? undefined : TOKEN.exec(text)?.groups;
  if (groups?.["name"] === undefined) return null;
  const { name, version } = groups as { name: string; version?: string };
  const operator = groups["operator"] === undefined ? null : normalOperator(groups["operator"]);
  if (operator !== null && operator !== "<>" && !isVersion(version ?? "")) return null;
  const conflict = groups["conflict"] === "!";
  return { text, name, conflict, tag: groups["tag"] ?? null, operator, version: version ?? null };
}

function normalOperator(written: string): string {
  return [..."<>=~"].filter((sign) => written.includes(sign)).join("");
}

export function parseProvided(text: string): Provided | null {
  const dependency = parseDependency(text);
  return dependency === null ? null : { name: dependency.name, version: dependency.version };
}

/** The tokens of a line or of world, and how many of them mean nothing. */
export function parseDependencies(text: string): {
  readonly dependencies: readonly Dependency[];
  readonly bad: number;
} {
  const dependencies: Dependency[] = [];
  let bad = 0;
  for (const [token] of text.matchAll(/[^ \t\r\n]+/g)) {
    const dependency = dependencies.length < MAX_TOKENS ? parseDependency(token) : null;
    if (dependency === null) bad++;
    else dependencies.push(dependency);
  }
  return { dependencies, bad };
}

/**
 * Whether something of a version, and of a package with a checksum, is what a dependency speaks of, its `!` left aside.
 * A virtual name (version null) answers only to dependencies that name no version.
 */
export function matches(dependency: Dependency, version: string | null, checksum: string): boolean {
  const { operator, version: wanted } = dependency;
  if (operator === null || wanted === null) return true;
  if (operator === "<>") return checksum === wanted;
  if (version === null) return false;
  const order = operator.includes("~") ? compareFuzzily(version, wanted) : compareVersions(version, wanted);
  if (order === 0) return operator.includes("=") || operator.includes("~");
  return operator.includes(order < 0 ? "<" : ">");
}

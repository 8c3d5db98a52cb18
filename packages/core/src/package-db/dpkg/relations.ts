import type { VersionOperator } from "./version.ts";

/** One package that a relation names: `name[:arch] [(operator version)]`. */
export interface Relation {
  readonly name: string;
  /** `any`, an architecture, or null where there is no qualifier. */
  readonly arch: string | null;
  readonly operator: VersionOperator | null;
  /** "" where there is no operator. */
  readonly version: string;
}

/** Packages of which one is enough (`a | b`), in order of preference. */
export type Alternatives = readonly Relation[];

const RELATION = /^([^\s:()[\]<>]+)(?::([^\s()[\]<>]+))?\s*(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([^\s()]+)\s*\))?/;

/** Reads a relation field (deb-control(5): Depends, Pre-Depends, Recommends, Suggests). What is malformed is left out. */
export function parseRelations(field: string): readonly Alternatives[] {
  const groups: Alternatives[] = [];
  for (const part of field.split(",")) {
    const group: Relation[] = [];
    for (const alternative of part.split("|")) {
      const relation = parseRelation(alternative.trim());
      if (relation !== null) group.push(relation);
    }
    if (group.length > 0) groups.push(group);
  }
  return groups;
}

/** A name that a package also answers to; the version is null where `Provides` gives none. */
export interface Provided {
  readonly name: string;
  readonly version: string | null;
}

/** Reads a `Provides` field: names, each with at most `(= version)`. */
export function parseProvides(field: string): readonly Provided[] {
  const provided: Provided[] = [];
  for (const part of field.split(",")) {
    const relation = parseRelation(part.trim());
    if (relation === null) continue;
    provided.push({ name: relation.name, version: relation.operator === "=" ? relation.version : null });
  }
  return provided;
}

function parseRelation(text: string): Relation | null {
  const match = RELATION.exec(text);
  if (match === null) return null;
  return {
    name: match[1] as string,
    arch: match[2] ?? null,
    operator: operatorOf(match[3]),
    version: match[4] ?? "",
  };
}

/** `<` and `>` are dpkg's old spelling of `<=` and `>=` (deb-control(5)). */
function operatorOf(written: string | undefined): VersionOperator | null {
  if (written === undefined) return null;
  if (written === "<") return "<=";
  if (written === ">") return ">=";
  return written as VersionOperator;
}

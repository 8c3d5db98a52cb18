import { ImgweighError } from "../errors.ts";
import type { Finding } from "./finding.ts";

/** Which findings a plan is made of. Names are ids of findings or of rules. */
export interface PlanChoice {
  /** These and no others; all where absent. One that is named may be less sure than a plan asks for by itself. */
  readonly only?: readonly string[] | undefined;
  /** All but these. */
  readonly without?: readonly string[] | undefined;
  /** Ids of findings whose assumptions are accepted. */
  readonly assume?: readonly string[] | undefined;
}

function names(list: readonly string[] | undefined, { id, rule }: Finding): boolean {
  return list?.some((name) => name === id || name === rule) === true;
}

/** Whether a finding is asked for by its own or its rule's name. */
export function isAskedFor({ only }: PlanChoice, finding: Finding): boolean {
  return names(only, finding);
}

/** Whether a plan may have a finding at all. */
export function isChosen(choice: PlanChoice, finding: Finding): boolean {
  if (finding.assumptions.length > 0 && choice.assume?.includes(finding.id) !== true) return false;
  return (choice.only === undefined || names(choice.only, finding)) && !names(choice.without, finding);
}

/**
 * A name that nothing has would choose nothing, and say nothing.
 *
 * @throws {ImgweighError} FINDING_UNKNOWN
 */
export function requireKnown(choice: PlanChoice, findings: readonly Finding[], rules: readonly string[]): void {
  const ids = new Set(findings.map(({ id }) => id));
  const known = new Set([...ids, ...rules]);
  const other = [...(choice.only ?? []), ...(choice.without ?? [])].find((name) => !known.has(name));
  const unfound = choice.assume?.find((name) => !ids.has(name));
  if (other !== undefined) {
    throw new ImgweighError(
      "FINDING_UNKNOWN",
      `${JSON.stringify(other)} is neither a rule nor a finding of this image`,
      {
        hint: "imgweigh suggest prints the id of each finding; imgweigh rules lists the rules",
      },
    );
  }
  if (unfound !== undefined) {
    throw new ImgweighError("FINDING_UNKNOWN", `${JSON.stringify(unfound)} is no finding of this image`, {
      hint: "assumptions are accepted one by one, by the id that imgweigh suggest prints beside them",
    });
  }
}

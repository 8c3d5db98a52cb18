import { compareVersions } from "./version.ts";

/** Where versions of apk-tools choose differently among what is installed. */
export interface SolverRules {
  /**
   * A virtual name with one provider is answered by it even if nothing asks for that provider by name and it has no
   * provider_priority. 2.10.1 does so; 2.14.4 refuses ("please select one of the 'provided by' packages explicitly").
   */
  readonly takesLoneProvider: boolean;
  /** Of several providers, the one that most packages ask for by any of its names goes first; 2.10.1 has no such rule. */
  readonly countsRequirers: boolean;
  /**
   * A virtual name whose providers may not be taken waits until all else is decided, install_if included, because one
   * of them may come in for another reason; before 2.14 it is decided, and refused, with the other demanded names.
   */
  readonly postponesUnselectable: boolean;
  /** `!name` in install_if holds where the name is not there; before 3 it needs another version of it. */
  readonly installIfAbsent: boolean;
}

/**
 * The rules of a version of the package `apk-tools`, null where it is not installed (then those of the newest 2).
 * Measured with 2.10.1 and 2.14.4; the changes between them are put at 2.12 and 2.14, where their sources show them.
 */
export function rulesOf(version: string | null): SolverRules {
  const since = (release: string): boolean => version === null || compareVersions(version, release) >= 0;
  return {
    takesLoneProvider: !since("2.14"),
    countsRequirers: since("2.12") && (version === null || !since("3")),
    postponesUnselectable: since("2.14"),
    installIfAbsent: version !== null && since("3"),
  };
}

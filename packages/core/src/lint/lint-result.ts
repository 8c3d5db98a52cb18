import type { Level } from "../check/check-config.ts";

/** The version of {@link LintResult}, as its schema has it. */
export const LINT_VERSION = 1;

/** Something that a Dockerfile and its context show, before any image is there. Plain JSON data. */
export interface LintFinding {
  /** Hash of the rule and of what it found: the same while lines move. */
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly level: Exclude<Level, "off">;
  /** The run fails by it, as `--fail-on` has it. */
  readonly fails: boolean;
  /** 1-based. */
  readonly line: number;
  /** Content bytes, where the context knows them; null where only an image can tell. */
  readonly bytes: { readonly content: number | null };
  /** Paths in the context, the largest first. */
  readonly paths: readonly string[];
  readonly fix: {
    /** What to do, for people. */
    readonly text: string;
    /** `imgweigh fix --dockerfile` makes the edit: the text alone proves it. */
    readonly isEdit: boolean;
    /** What must hold for the edited build to mean the same, in whole sentences. */
    readonly assumes: readonly string[];
  };
  readonly docsUrl: string | null;
}

/** A finding that a comment of the Dockerfile accepts, and why. */
export interface SilencedFinding {
  readonly finding: LintFinding;
  readonly reason: string;
}

/** What one Dockerfile shows. */
export interface LintedFile {
  /** As it was named; `-` is standard input. */
  readonly dockerfile: string;
  /** The stage that is built, by name or number; null: the last. */
  readonly target: string | null;
  /** What the build would be sent; null where the context is not known. */
  readonly context: { readonly directory: string; readonly files: number; readonly contentBytes: number } | null;
  readonly passed: boolean;
  /** By line. */
  readonly findings: readonly LintFinding[];
  readonly ignored: readonly SilencedFinding[];
  /** Comments that silence nothing, what of the context could not be read. */
  readonly notes: readonly string[];
}

/** The result of `imgweigh lint`: `schema/lint.v1.json`. */
export interface LintResult {
  readonly schemaVersion: typeof LINT_VERSION;
  readonly passed: boolean;
  readonly files: readonly LintedFile[];
}

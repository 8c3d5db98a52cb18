import type { Confidence } from "../dockerfile/align-history.ts";
import type { Exactness, Sizes } from "../edit/sizes.ts";
import type { FixKind, Severity } from "./rule.ts";

/** What to do about a finding. */
export interface FindingFix {
  readonly kind: FixKind;
  readonly text: string;
  /** The instructions that change, as recorded or as they stand in the Dockerfile, and what they become; null where no edit is offered. */
  readonly change: { readonly before: string; readonly after: string } | null;
  /** A unified diff of the given Dockerfile; null without one, and where no edit is offered. */
  readonly patch: string | null;
  readonly assumes: readonly string[];
}

/** Waste, with what its removal saves and how to remove it: plain JSON data. */
export interface Finding {
  /** Hash of the rule and of what it found: the same from build to build. */
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly confidence: Exclude<Confidence, "none">;
  /** All of it is stored by layers of the base image. */
  readonly inBase: boolean;
  /** What the image loses when this fix alone is applied. */
  readonly bytes: { readonly content: number; readonly tar: number | null; readonly blob: number | null };
  readonly exact: Exactness;
  readonly paths: readonly string[];
  readonly layers: readonly number[];
  /** The instruction that made the first of the layers. */
  readonly instruction: string | null;
  /** Where that instruction stands in the given Dockerfile, 1-based. */
  readonly line: number | null;
  readonly fix: FindingFix;
  /**
   * What the fix relies on and nobody can read out of the image or its Dockerfile, in whole sentences. A finding that has
   * any is in the plan only where it was accepted by its id.
   */
  readonly assumptions: readonly string[];
  /** The page that explains the rule; null where it has none. */
  readonly docsUrl: string | null;
}

/** Findings that can be applied together, and what the image weighs then. */
export interface Plan {
  /** Ids, in the order of what each adds. */
  readonly findings: readonly string[];
  readonly before: Sizes;
  readonly after: Sizes;
  readonly exact: Exactness;
  /** One unified diff with all of the plan's edits; null without a Dockerfile, or with an empty plan. */
  readonly patch: string | null;
  readonly assumes: readonly string[];
}

import type { ShellEdit } from "./edit-shell.ts";

/** A change of a build. A step is an index of the config's `history`. */
export type BuildEdit =
  /** The command indices are those of the step's script. */
  | { readonly kind: "edit-run"; readonly step: number; readonly edits: readonly ShellEdit[] }
  /** RUNs become one at the place of the last; what lies between moves above it. */
  | { readonly kind: "join-runs"; readonly steps: readonly number[] }
  /** `text` is a whole instruction. */
  | { readonly kind: "replace-step"; readonly step: number; readonly text: string }
  | { readonly kind: "remove-step"; readonly step: number }
  /** Lines of .dockerignore, which keep files of the build's context from what a COPY or ADD brings. */
  | { readonly kind: "ignore-paths"; readonly step: number; readonly patterns: readonly string[] }
  /** A flag of a COPY or ADD. The classic builder knows no `chmod`: for it, that is refused. */
  | { readonly kind: "set-flag"; readonly step: number; readonly flag: "chown" | "chmod"; readonly value: string }
  /** A COPY or ADD with the same sources and flags, as the other verb or to another destination: `ADD` unpacks local archives. */
  | { readonly kind: "retarget-copy"; readonly step: number; readonly verb: "ADD" | "COPY"; readonly to: string }
  /**
   * These steps run, as they are written, in a stage of their own on the final stage's base; in the place of the first
   * stands a `COPY --from=NAME [--chown=OWNER]` for each path, and the others go.
   */
  | {
      readonly kind: "stage-steps";
      readonly steps: readonly number[];
      readonly name: string;
      readonly copy: readonly { readonly from: string; readonly to: string; readonly owner: string | null }[];
    }
  | { readonly kind: "insert-before"; readonly step: number; readonly text: string }
  /** `text` is the FROM of the final stage, such as `FROM alpine:3.20`. */
  | { readonly kind: "replace-from"; readonly text: string }
  /** `text` is a whole stage, which comes before the final one. */
  | { readonly kind: "add-stage"; readonly text: string }
  /**
   * What the final stage did becomes a stage to copy from, and a new final stage comes after it: `FROM base` (null: what
   * the stage itself starts from), a `COPY --from=NAME [--chown=OWNER]` for each path, then `lines`. NAME is the name
   * that the stage has already, else `name`, with a number where another stage has that.
   */
  | {
      readonly kind: "add-final-stage";
      readonly name: string;
      readonly base: string | null;
      readonly copy: readonly { readonly from: string; readonly to: string; readonly owner: string | null }[];
      readonly lines: readonly string[];
    };

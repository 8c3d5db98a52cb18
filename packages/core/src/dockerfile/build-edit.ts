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
  | { readonly kind: "insert-before"; readonly step: number; readonly text: string }
  /** `text` is the FROM of the final stage, such as `FROM alpine:3.20`. */
  | { readonly kind: "replace-from"; readonly text: string }
  /** `text` is a whole stage, which comes before the final one. */
  | { readonly kind: "add-stage"; readonly text: string };

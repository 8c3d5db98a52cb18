import type { Facts } from "./facts.ts";
import { byLayer, type LeaveOut, leaveOut } from "./leave-out.ts";
import type { Fix, Rule, StoredFile } from "./rule.ts";

/** A rule that goes by where files lie: everything its globs name is waste, in whatever layer stores it. */
export interface PathRule extends Omit<Rule, "find"> {
  readonly paths: readonly string[];
  /** The finding's sentence, without its bytes: `the package index stays in the layer`. */
  readonly sentence: string;
  /** Which of the matches count; all where absent. */
  readonly counts?: (file: StoredFile, facts: Facts) => boolean;
  /** How the step that makes them is to leave no trace of them. */
  readonly remove: LeaveOut | ((files: readonly StoredFile[], facts: Facts) => LeaveOut);
  /** A better fix than removing them, where there is one for this step; null falls back to `remove`. */
  readonly fix?: (files: readonly StoredFile[], facts: Facts) => Fix | null;
}

/** A finding for each layer that stores such files. */
export function pathRule({ sentence, counts, remove, fix, ...rule }: PathRule): Rule {
  return {
    ...rule,
    *find(facts, files) {
      const counted = files.filter((file) => file.bytes > 0 && (counts?.(file, facts) ?? true));
      for (const [layer, own] of byLayer(counted)) {
        const how = typeof remove === "function" ? remove(own, facts) : remove;
        yield {
          title: sentence,
          key: keyOf(facts, layer),
          paths: own.map(({ path }) => path),
          layers: [layer],
          fix: fix?.(own, facts) ?? leaveOut(facts, own, how),
        };
      }
    },
  };
}

/** A layer's place above the base: a newer base with other layers leaves it as it is. */
export function keyOf(facts: Facts, layer: number): string {
  const base = facts.ledger.attribution.base.layers;
  return layer < base ? `base ${layer}` : `layer ${layer - base}`;
}

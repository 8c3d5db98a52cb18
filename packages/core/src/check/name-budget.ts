import type { Budget } from "./check-config.ts";

/** What a budget is about, the same from run to run: `content of path /srv/**`. */
export function nameBudget({ metric, scope }: Pick<Budget, "metric" | "scope">): string {
  return scope === null ? metric : `${metric} of ${scope.kind} ${scope.glob}`;
}

import { escapeText } from "../escape.ts";
import { UNOWNED } from "../ledger/owner-keys.ts";
import type { Budget, ImageCheck } from "./check-config.ts";
import type { Bound, Contributor } from "./check-result.ts";

/** A word as a POSIX shell reads it back. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The command that tells more of a budget that failed, to be copied into a shell. */
export function nextCommand(
  check: Pick<ImageCheck, "image" | "platform" | "dockerfile" | "baseline">,
  { metric }: Pick<Budget, "metric">,
  bound: Bound,
  contributors: readonly Contributor[],
): string {
  const platform = check.platform === null ? [] : ["--platform", check.platform];
  // What no package owns has no name to ask for.
  const named = contributors.find(({ key }) => key !== UNOWNED);
  const words = wordsOf(check, metric, bound, named);
  return ["imgweigh", ...words, ...platform].map((word) => shellQuote(escapeText(word))).join(" ");
}

function wordsOf(
  { image, dockerfile, baseline }: Pick<ImageCheck, "image" | "dockerfile" | "baseline">,
  metric: Budget["metric"],
  bound: Bound,
  first: Contributor | undefined,
): string[] {
  if (bound === "maxIncrease" && baseline !== null) return ["diff", baseline, image];
  if (metric === "wasted" || metric === "efficiency")
    return ["suggest", image, ...(dockerfile === null ? [] : ["--dockerfile", dockerfile])];
  return first?.kind === "path" || first?.kind === "package" ? ["why", image, first.key] : ["analyze", image];
}

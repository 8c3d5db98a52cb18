import type { Budget, ImageCheck } from "./check-config.ts";

/** What to do about a budget that could not be judged, as it follows a colon. */
export function remedyOf(check: ImageCheck, { metric, scope }: Budget, reason: string): string {
  if (reason === "no baseline")
    return check.baseline === null
      ? "name one with --baseline, an image or a file of imgweigh baseline"
      : "make it, or let missingBaseline: allow (--missing-baseline allow) pass the first run of a branch";
  if (reason === "not in the baseline")
    return "keep every path with imgweigh baseline --full, or compare with an image";
  if (metric !== "blob") return "leave --no-verify away, or compare with an image instead of a file";
  if (scope !== null) return "read the image from a registry: only whole images are estimated";
  return "read the image from a registry, or estimate what one would have of it with --estimate-blob";
}

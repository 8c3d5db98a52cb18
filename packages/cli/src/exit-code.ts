import { type ErrorCode, isImgweighError } from "@imgweigh/core";

/** 0 pass · 1 a budget or rule failed · 2 usage or configuration · 3 the image could not be analysed · 130 interrupted. */
export const EXIT = { pass: 0, failed: 1, usage: 2, unanalysed: 3, interrupted: 130 } as const;

/** Errors that another way of calling would have avoided; every other code means that the image could not be analysed. */
const USAGE_ERRORS: ReadonlySet<ErrorCode> = new Set(["REFERENCE_INVALID", "IMAGE_AMBIGUOUS"]);

/** A mistake in the arguments. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  return isImgweighError(error) && USAGE_ERRORS.has(error.code) ? EXIT.usage : EXIT.unanalysed;
}

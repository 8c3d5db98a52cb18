import { type ErrorCode, isImgweighError } from "@imgweigh/core";
import { escapeText } from "@imgweigh/core/report";
import { EXIT } from "./exit-code.ts";
import type { Style } from "./style.ts";

/** A mistake in the arguments. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Errors that another way of calling would have avoided; every other code means that the image could not be analysed. */
const USAGE_ERRORS: ReadonlySet<ErrorCode> = new Set([
  "BASELINE_MISSING",
  "CONFIG_INVALID",
  "DOCKERFILE_MISMATCH",
  "FINDING_UNKNOWN",
  "IMAGE_AMBIGUOUS",
  "INPUT_UNREADABLE",
  "NOT_COMPARABLE",
  "REFERENCE_INVALID",
  "SCHEMA_UNSUPPORTED",
]);

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  return isImgweighError(error) && USAGE_ERRORS.has(error.code) ? EXIT.usage : EXIT.unanalysed;
}

/** What went wrong and what to do next. Messages quote untrusted images, so they are escaped. */
export function describeFailure(error: unknown, program: string, style: Style): string {
  const prefix = `${program}: ${style.error("error")}`;
  if (error instanceof UsageError) {
    // yargs lays its messages out in lines of its own.
    const message = error.message
      .split("\n")
      .map((line) => line.trim())
      .join(" ")
      .trim();
    return `${prefix}: ${escapeText(message)}\n  see ${program} --help\n`;
  }
  if (isImgweighError(error)) {
    const hint = error.hint === null ? "" : `  ${style.dim("hint:")} ${escapeText(error.hint)}\n`;
    // Only what is wrong with a configuration is told in lines.
    const lines = Array.isArray(error.details["problems"]) ? error.message.split("\n") : [error.message];
    return `${prefix} ${error.code}: ${lines.map(escapeText).join("\n  ")}\n${hint}`;
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${prefix}: this should not have happened; please report it with what follows\n${trace}\n`;
}

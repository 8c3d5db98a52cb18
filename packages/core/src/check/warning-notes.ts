import type { Warning } from "../warning.ts";

/** What is odd about an image, as notes of its check: one a kind, as there may be thousands of a kind. */
export function warningNotes(warnings: readonly Warning[]): string[] {
  const counts = new Map<string, number>();
  for (const { code } of warnings) counts.set(code, (counts.get(code) ?? 0) + 1);
  return Array.from(counts, ([code, count]) => {
    const { message, path } = warnings.find((warning) => warning.code === code) as Warning;
    const where = path === null ? "" : ` (${path})`;
    return `${code}: ${message}${where}${count > 1 ? `, and ${count - 1} more` : ""}`;
  });
}

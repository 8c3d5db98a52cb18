import { escapeJson } from "../escape.ts";

/** A result as JSON text, two spaces a level, a line feed at the end; every control, bidi and invisible character escaped. */
export function formatJson(result: object): string {
  return `${escapeJson(JSON.stringify(result, null, 2))}\n`;
}

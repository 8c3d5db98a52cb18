import type { CheckResult, ImageVerdict } from "../check/check-result.ts";
import { escapeText } from "../escape.ts";
import { formatAmount } from "./amounts.ts";
import { type ReportRow, type RowLevel, reportRows } from "./report-rows.ts";
import { tellVerdict } from "./sentences.ts";

// What a step may show of each kind; GitHub drops the rest without a word.
// https://docs.github.com/en/rest/checks/runs ("10 warning annotations and 10 error annotations per step")
const PER_KIND = 10;

const COMMANDS: Record<RowLevel, string> = { error: "error", warning: "warning", note: "notice" };

// As `escapeData` and `escapeProperty` of @actions/core have it.
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(escapeText(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

function command(name: string, properties: Readonly<Record<string, string>>, lines: readonly string[]): string {
  const given = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${name} ${given.join(",")}::${escapeData(lines.map(escapeText).join("\n"))}\n`;
}

function annotate({ level, image, rule, title, more, place }: ReportRow): string {
  const at = place === null ? {} : { file: place.file, line: String(place.line) };
  return command(COMMANDS[level], { ...at, title: `imgweigh ${image}: ${rule}` }, [title, ...more]);
}

/** All of a kind, or as many as are shown and how many are not. */
function cap(commands: readonly string[], level: RowLevel): string {
  if (commands.length <= PER_KIND) return commands.join("");
  const shown = commands.slice(0, PER_KIND - 1);
  return shown.join("") + command(COMMANDS[level], { title: "imgweigh" }, [`… ${commands.length - shown.length} more`]);
}

/** How the check of an image ended. A command too: in plain text the runner looks for old ones (`##[`). */
function conclude(image: ImageVerdict): Ending {
  const content = formatAmount(image.sizes.contentBytes, "bytes");
  return { title: `imgweigh ${image.name}`, text: `${tellVerdict(image)}; content ${content}` };
}

/** How something ended. */
interface Ending {
  readonly title: string;
  readonly text: string;
}

/** An annotation for each row, and how each part ended; ten of a kind at most. */
export function annotateRows(result: CheckResult, endings: readonly Ending[]): string {
  const rows = reportRows(result);
  const annotations = (level: RowLevel) => rows.filter((row) => row.level === level).map(annotate);
  const level: RowLevel = result.unchecked.length > 0 ? "error" : "note";
  const notes = result.notes.map((note) => command(COMMANDS[level], { title: "imgweigh" }, [note]));
  const ends = endings.map(({ title, text }) => command(COMMANDS.note, { title }, [text]));
  return (
    cap([...(level === "error" ? notes : []), ...annotations("error")], "error") +
    cap(annotations("warning"), "warning") +
    cap([...ends, ...(level === "note" ? notes : []), ...annotations("note")], "note")
  );
}

/**
 * Workflow commands of GitHub Actions: an annotation for each budget that fails, each finding, each note, and how
 * the check of each image ended; ten of a kind at most.
 */
export function formatGithub(result: CheckResult): string {
  return annotateRows(result, result.images.map(conclude));
}

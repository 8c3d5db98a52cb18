import { createHash } from "node:crypto";
import { escapeText } from "../escape.ts";

/*
 * Untrusted text in GitHub flavoured Markdown, in a cell of a table or anywhere else on a line. Nothing in it becomes
 * markup, a link, a mention or a reference, and a row keeps its number of cells.
 */

/** Longer names say no more, and a comment has no room for them. */
const LONGEST = 200;

function clip(text: string): string {
  const characters = [...text];
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 1).join("")}…`;
}

/** A name or command as a code span. */
export function code(text: string): string {
  const safe = clip(escapeText(text));
  if (safe === "") return "";
  // A table takes `\|` for a pipe within code too. Where a backslash stands before it readers differ: two spans, then.
  return safe
    .split(/(?<=\\)(?=\|)/)
    .map(span)
    .join(" ");
}

function span(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  // One blank on either side is not part of a span that has other than blanks: for backticks and blanks at its ends.
  const padding = /^[` ]|[` ]$/.test(text) && /[^ ]/.test(text) ? " " : "";
  return `${fence}${padding}${text.replaceAll("|", "\\|")}${padding}${fence}`;
}

const MARKUP = /[\\`*_~[\]<>&|!$(){}#@]|:(?=\/\/)|(?<=^|[^a-z])www(?=\.)/gi;

/** The same as prose. */
export function prose(text: string): string {
  return clip(escapeText(text)).replace(MARKUP, (match) => {
    if (match.toLowerCase() === "www") return `${match}&#8203;`;
    const entity = `&#${match.charCodeAt(0)};`;
    // GitHub looks for mentions and references when the page is made, where entities are characters again.
    return match === "@" || match === "#" ? `${entity}&#8203;` : entity;
  });
}

/** A link whose text is ready; the text alone where the address is none of the web. */
export function link(text: string, url: string): string {
  if (!/^https:\/\/[\w.-]+\/[\w./~%@+-]*(?:#[\w-]*)?$/.test(url)) return text;
  return `[${text}](${url})`;
}

/** A comment in which a name ends neither the comment nor its line, to find a text by; long names by their hash. */
export function marker(name: string): string {
  const safe = encodeURIComponent(escapeText(name))
    .replace(/%2F|%3A|%2C/g, decodeURIComponent)
    .replaceAll("--", "%2D%2D");
  const known = safe.length <= LONGEST ? safe : createHash("sha256").update(safe).digest("hex");
  return `<!-- imgweigh:${known} -->`;
}

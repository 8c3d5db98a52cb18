// C0, DEL, C1, zero-width and bidi controls, line separators, byte order mark, lone surrogates, tags:
// all that can move a cursor, reorder a line, or hide in it.
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\udb40[\udc00-\udfff]/g;

// Whole runs: a surrogate is judged by its neighbours.
const NOT_PLAIN = /[^\n\u0020-\u007e]+/g;

function codeUnits(text: string): string {
  let out = "";
  for (let i = 0; i < text.length; i++) out += `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`;
  return out;
}

/**
 * Text from an image made safe to print on one line: control, bidi and invisible characters become `\n`, `\t` or `\uXXXX`.
 */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (match) => {
    if (match === "\n") return "\\n";
    if (match === "\t") return "\\t";
    if (match === "\r") return "\\r";
    return codeUnits(match);
  });
}

/** The same for JSON already made: `JSON.stringify` leaves DEL, C1 and bidi characters as they are. The value does not change. */
export function escapeJson(json: string): string {
  // Line feeds and spaces of the layout itself are the only control characters that stand in valid JSON text. The rest is
  // looked at only around what is not plain ASCII: a result is millions of characters long. That there is none is told
  // by as many bytes as characters.
  if (Buffer.byteLength(json) === json.length && !json.includes("\u007f")) return json;
  return json.replace(NOT_PLAIN, (part) => part.replace(UNSAFE, codeUnits));
}

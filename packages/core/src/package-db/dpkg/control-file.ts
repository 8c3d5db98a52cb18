/** One paragraph of a control file: field names in lower case, values as byte strings, lines joined by newlines. */
export type Stanza = ReadonlyMap<string, string>;

export interface StanzaReading {
  readonly stanzas: readonly Stanza[];
  /** Lines that are neither a field, a continuation nor a separator. */
  readonly malformedLines: number;
}

/**
 * Reads paragraphs of `Field: value` (deb-control(5); the format of `/var/lib/dpkg/status` and of apt's
 * `extended_states`). Only `wanted` fields, named in lower case, are kept: descriptions are most of such a file.
 * Of a field that stands twice in a paragraph the first counts; dpkg itself refuses such a file.
 */
export function readStanzas(text: string, wanted: ReadonlySet<string>): StanzaReading {
  const stanzas: Stanza[] = [];
  let fields = new Map<string, string>();
  let field: string | null = null;
  let lines: string[] = [];
  let malformedLines = 0;

  const endField = (): void => {
    if (field !== null && !fields.has(field)) fields.set(field, lines.join("\n"));
    field = null;
    lines = [];
  };
  const endStanza = (): void => {
    endField();
    if (fields.size > 0) stanzas.push(fields);
    fields = new Map();
  };

  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const first = text.charCodeAt(start);
    if (first === SPACE || first === TAB) {
      const line = text.slice(start, end).trim();
      if (line !== "") {
        if (field !== null) lines.push(line);
      } else if (field === null) endStanza();
    } else if (isBlank(text, start, end)) {
      endStanza();
    } else {
      endField();
      const name = fieldName(text, start, end);
      if (name === null) malformedLines += 1;
      else if (wanted.has(name)) {
        field = name;
        lines.push(text.slice(start + name.length + 1, end).trim());
      }
    }
    start = end + 1;
  }
  endStanza();
  return { stanzas, malformedLines };
}

const SPACE = 0x20;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
/** Longer field names are none: a bound on what is searched for a colon and lowered. */
const MAX_FIELD_NAME = 256;

function isBlank(text: string, start: number, end: number): boolean {
  return end === start || (end === start + 1 && text.charCodeAt(start) === CARRIAGE_RETURN);
}

function fieldName(text: string, start: number, end: number): string | null {
  const head = text.slice(start, Math.min(end, start + MAX_FIELD_NAME));
  const colon = head.indexOf(":");
  return colon <= 0 ? null : head.slice(0, colon).toLowerCase();
}

/** A byte string's text: names are UTF-8 where they are not plain ASCII. */
export function textOfBytes(bytes: string): string {
  for (let i = 0; i < bytes.length; i += 1) {
    if (bytes.charCodeAt(i) >= 0x80) return Buffer.from(bytes, "latin1").toString("utf8");
  }
  return bytes;
}

const ASCII: Readonly<Record<string, string>> = {
  "█": "#",
  "▒": "-",
  "→": ">",
  "…": "~",
  "·": "|",
  "×": "x",
  "÷": "/",
  "−": "-",
  "–": "-",
  "≥": ">",
};

/** A table where the terminal knows no UTF-8: our own signs, each in one cell. Names from images stay what they are. */
export function asAscii(text: string): string {
  return text.replace(/[█▒→…·×÷−–≥]/g, (sign) => ASCII[sign] as string);
}

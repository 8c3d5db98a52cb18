import { displayWidth } from "./display-width.ts";

/** Words on indented lines of at most `room` cells; a word that is longer stands on a line of its own. */
export function wrapText(
  text: string,
  room: number,
  indent: number,
  paint: (text: string) => string = (line) => line,
): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && displayWidth(line) + 1 + displayWidth(word) > room) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => `${" ".repeat(indent)}${paint(one)}\n`).join("");
}

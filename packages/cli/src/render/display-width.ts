import stringWidth from "string-width";

/** ASCII, and the few signs beyond it that tables put between words themselves. */
const NARROW = /^[\u0020-\u007e…×·−–→█▒]*$/;

/** The terminal cells that a text takes. Most texts need none of Unicode's tables, which take longer to load than a table to draw. */
export function displayWidth(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

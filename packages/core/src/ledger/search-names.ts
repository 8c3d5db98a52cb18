import { isLiteral, textMatcher } from "./glob.ts";
import type { Places } from "./places.ts";

/** Tells the places that a text means: see `ImageTree.search`. Names are bytes, and so is what they are held against. */
export function nameMatcher(text: string): (places: Places, place: number) => boolean {
  const matches = partMatcher(Buffer.from(text, "utf8").toString("latin1"));
  if (!text.includes("/")) return (places, place) => matches(places.name(place));
  return (places, place) => matches(`/${places.pathOf(place)}`);
}

function partMatcher(wanted: string): (part: string) => boolean {
  if (/[A-Z]/.test(wanted)) return isLiteral(wanted) ? (part) => part.includes(wanted) : textMatcher(wanted);
  if (isLiteral(wanted)) return (part) => part.includes(wanted) || lowered(part).includes(wanted);
  const matches = textMatcher(wanted);
  return (part) => matches(lowered(part));
}

/** Of ASCII letters alone: the other bytes are parts of characters. */
function lowered(part: string): string {
  return part.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/*
 * The shell parser tries some constructs in several ways, so that a text of many openings may take it the square of its
 * length. It cannot be interrupted; what it may come to is bounded before.
 */

/** What may open something that is parsed anew within what is around it, or read to an end that does not come. */
const OPENING = /[([{`]|<</g;

/** A script of 16 KiB with 256 openings; RUNs of a page have some dozens. It takes half a second at worst. */
const MAX_WORK = 2 ** 22;
/** Of all scripts of an image. */
const MAX_WORK_OF_ALL = 2 ** 24;
/** No script is shorter, as far as work goes: 4,096 of the shortest are read. */
const LEAST_WORK = 2 ** 12;

function workOf(text: string): number {
  let openings = 1;
  for (const _ of text.matchAll(OPENING)) openings++;
  return text.length * openings;
}

/** Whether a script is one that the parser is through with in moments, whatever it says. */
export function isQuicklyParsed(text: string): boolean {
  return workOf(text) <= MAX_WORK;
}

/** What the parsing of all scripts of one image may come to. */
export class ShellBudget {
  #left = MAX_WORK_OF_ALL;

  /** Whether one more script may be parsed. */
  allows(text: string): boolean {
    this.#left -= Math.max(workOf(text), LEAST_WORK);
    return this.#left >= 0;
  }
}

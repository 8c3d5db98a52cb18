/** Letters to add, leave out, replace or swap with their neighbour until `a` is `b`. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          (last[j] as number) + 1,
          (row[j - 1] as number) + 1,
          (last[j - 1] as number) + cost,
          swapped ? (before[j - 2] as number) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [before, last] = [last, row];
  }
  return last[b.length] as number;
}

/** The word that was probably meant; null where none is near. Words of any case and with any dashes are the same. */
export function nearestWord(given: string, words: readonly string[]): string | null {
  const plain = (word: string): string => word.toLowerCase().replace(/[-_]/g, "");
  const wanted = plain(given);
  let best: string | null = null;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const word of words) {
    if (Math.abs(plain(word).length - wanted.length) >= least) continue;
    const apart = distance(wanted, plain(word));
    if (apart < least) [best, least] = [word, apart];
  }
  return best;
}

/** `: did you mean max?`; nothing where no word is near. */
export function didYouMean(given: string, words: readonly string[]): string {
  const near = nearestWord(given, words);
  return near === null ? "" : `: did you mean ${near}?`;
}

/** What is wrong with a name that is none of those known, as it follows the name. */
export function unknownWord(given: string, known: readonly string[]): string {
  return `is not known${didYouMean(given, known) || `; known are ${known.join(", ")}`}`;
}

/** What is wrong with a value that is none of the choices, as it follows the value's name. */
export function otherChoice(given: unknown, choices: readonly string[]): string {
  const near = typeof given === "string" ? didYouMean(given, choices) : "";
  return `has to be one of ${choices.join(", ")}${near}`;
}

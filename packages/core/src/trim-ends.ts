/*
 * A pattern such as `/\/+$/` is tried anew at each slash of a text, which costs the square of a text of slashes. These
 * look once, from the end.
 */

/** The text without the characters of `trimmed` at its end. */
export function trimEndOf(text: string, trimmed: string): string {
  let end = text.length;
  while (end > 0 && trimmed.includes(text[end - 1] as string)) end--;
  return text.slice(0, end);
}

/** The text without the characters of `trimmed` at both of its ends. */
export function trimBothEndsOf(text: string, trimmed: string): string {
  const whole = trimEndOf(text, trimmed);
  let start = 0;
  while (start < whole.length && trimmed.includes(whole[start] as string)) start++;
  return whole.slice(start);
}

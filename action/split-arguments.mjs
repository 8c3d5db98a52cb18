/**
 * Splits text into arguments, at white space outside of quotes. Single and double quotes group and are dropped; a
 * backslash is a backslash (paths of Windows), and nothing is ever expanded.
 *
 * @throws {Error} where a quote is not closed
 */
export function splitArguments(text) {
  const args = [];
  let current = null;
  let quote = null;
  for (const character of text) {
    if (quote !== null) {
      if (character === quote) quote = null;
      else current += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      current ??= "";
    } else if (/\s/.test(character)) {
      if (current !== null) args.push(current);
      current = null;
    } else current = (current ?? "") + character;
  }
  if (quote !== null) throw new Error(`the input args has a ${quote} that is not closed`);
  if (current !== null) args.push(current);
  return args;
}

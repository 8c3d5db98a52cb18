type Parser = typeof import("unbash");

let parser: Parser | null = null;

/**
 * Loads the shell parser, which takes some 30 ms, so that `parseShell` can be called from then on.
 * Called once before findings are looked for; calling it again costs nothing.
 */
export async function loadShell(): Promise<void> {
  parser ??= await import("unbash");
}

/** The parser itself. Throws where {@link loadShell} was not awaited, which is a mistake of the caller. */
export function shellParser(): Parser {
  if (parser === null) throw new Error("loadShell() must be awaited before a shell script is read");
  return parser;
}

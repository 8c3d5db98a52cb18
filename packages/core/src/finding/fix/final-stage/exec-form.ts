import { parseShell } from "../../../dockerfile/shell-script.ts";

const GLOB = /[*?[]|^~/;

/**
 * The words of a shell line that runs one program and nothing else, so that the program can be started without the
 * shell: `exec /app --port 80` → `/app`, `--port`, `80`. Null where the shell does more than that.
 *
 * @param line what follows `-c`; needs `loadShell()` to have been awaited
 * @param health of a health check, where `… || exit 1` says nothing that the exit code does not say
 */
export function execForm(line: string, health = false): readonly string[] | null {
  const { commands, complete } = parseShell(line, { dialect: "script" });
  const [first, second, ...others] = commands;
  if (!complete || first === undefined || others.length > 0) return null;
  if (second !== undefined && !(health && second.connector === "||" && isFailure(second))) return null;
  if (!first.always || first.depth > 0 || first.place.isBackground || first.place.isPiped) return null;
  if (first.redirects.length > 0 || first.assignments.length > 0 || first.name === null) return null;
  const words = first.name === "exec" ? first.words : [first.name, ...first.words];
  const known = words.filter((word) => word !== null && !GLOB.test(word));
  return known.length < words.length || known.length === 0 ? null : (known as readonly string[]);
}

/** `exit 1`, `false`. Other codes mean something of their own to an engine. */
function isFailure({ name, words }: { readonly name: string | null; readonly words: readonly (string | null)[] }) {
  return (name === "exit" && words.length === 1 && words[0] === "1") || (name === "false" && words.length === 0);
}

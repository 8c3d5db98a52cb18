import { dockerfileTools } from "../dockerfile/dockerfile-tools.ts";

/** git quotes names with bytes that its diffs give a meaning (git quote.c quote_c_style). */
function headerName(name: string): string {
  // A tab ends a name with spaces (git diff.c diff_flush_patch).
  if (!/["\\\n\t\r]/.test(name)) return name.includes(" ") ? `${name}\t` : name;
  const quoted = name.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t").replaceAll("\r", "\\r");
  return `"${quoted}"`;
}

/**
 * A unified diff that `git apply` and `patch -p1` take, relative to the folder that `path` is relative to; empty where
 * nothing differs. Needs `loadDockerfileTools()` to have been awaited.
 *
 * @param before null where there is no such file yet
 */
export function unifiedDiff(path: string, before: string | null, after: string): string {
  if (before === after) return "";
  const name = path.replace(/^(?:\.?\/)+/, "");
  const patch = dockerfileTools().differ.createTwoFilesPatch("a", "b", before ?? "", after, "", "", { context: 3 });
  const hunks = patch.slice(patch.indexOf("@@ "));
  const old = before === null ? "/dev/null" : headerName(`a/${name}`);
  return `--- ${old}\n+++ ${headerName(`b/${name}`)}\n${hunks}`;
}

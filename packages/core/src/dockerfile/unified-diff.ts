import { dockerfileTools } from "./dockerfile-tools.ts";

/** git quotes names with bytes that its diffs give a meaning (git quote.c quote_c_style). */
function quotedName(name: string): string {
  if (!/["\\\n\t\r]/.test(name)) return name;
  const quoted = name.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t").replaceAll("\r", "\\r");
  return `"${quoted}"`;
}

/**
 * A unified diff that `git apply` and `patch -p1` take, relative to the folder that `path` is relative to; empty where
 * nothing differs. Needs `loadDockerfileTools()` to have been awaited.
 */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return "";
  const name = path.replace(/^(?:\.?\/)+/, "");
  const { createTwoFilesPatch } = dockerfileTools().differ;
  const patch = createTwoFilesPatch(quotedName(`a/${name}`), quotedName(`b/${name}`), before, after, "", "", {
    context: 3,
  });
  return patch.slice(patch.indexOf("--- ")).replace(/^(---|\+\+\+) (.*)\t$/gm, "$1 $2");
}

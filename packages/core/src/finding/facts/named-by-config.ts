import { PathGlobs } from "../../category/path-globs.ts";
import { type ImagePath, parentPath, pathFromText } from "../../image-path.ts";
import type { Facts } from "../facts.ts";
import type { StoredFile } from "../rule.ts";

/** Paths that the config writes out: in the words of commands, in values of the environment, as the working directory. */
function namedPaths({ ledger, needs }: Facts): ReadonlySet<ImagePath> {
  const { run } = ledger.image.description.config;
  const words = needs.commands.flatMap((command) => command.words).flatMap((word) => word.split(/[\s;&|()<>'"`=:]+/));
  const values = run.env.flatMap((line) => line.slice(line.indexOf("=") + 1).split(":"));
  const texts = [...words, ...values, run.workingDir ?? ""].filter((text) => text.startsWith("/"));
  return new Set(texts.map(pathFromText).filter((path) => path !== ""));
}

/**
 * Whether the container would miss one of some files: its command starts it, reads it by name or needs it to run, or the
 * config names a directory above it that the globs call waste as a whole. A working directory /tmp/app makes what lies
 * in it no temporary files, while /app says nothing of /app/.git.
 */
export function isNamedByConfig(facts: Facts, globs: readonly string[], files: readonly StoredFile[]): boolean {
  const named = namedPaths(facts);
  if (files.some(({ instance, path }) => facts.neededByCommands.has(instance) || named.has(path))) return true;
  const matcher = new PathGlobs(facts.build.homes);
  for (const glob of globs) matcher.add(glob, 0);
  const wasteful = new Set([...named].filter((path) => matcher.matchPath(path).length > 0));
  return wasteful.size > 0 && files.some(({ path }) => isBelow(path, wasteful));
}

function isBelow(path: ImagePath, directories: ReadonlySet<ImagePath>): boolean {
  for (let at = parentPath(path); at !== ""; at = parentPath(at)) if (directories.has(at)) return true;
  return false;
}

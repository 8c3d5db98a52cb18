import type { BuildStep } from "../build/build.ts";
import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import { type Judgement, KEPT, refused } from "./judgement.ts";

/** A line of .dockerignore, as the names that it matches anywhere or at the root. */
function namesOf(pattern: string): RegExp {
  const body = pattern
    .split("/")
    .filter((name) => name !== "")
    .map((name) =>
      name === "**"
        ? "**"
        : name
            .replace(/[.+^${}()|\\]/g, "\\$&")
            .replaceAll("*", "[^/]*")
            .replaceAll("?", "[^/]"),
    )
    .join("/")
    .replaceAll("**/", "(?:.*/)?")
    .replaceAll("**", ".*");
  return new RegExp(`^${body}(?:/.*)?$`);
}

function sourcesOf(args: string): string[] {
  const header = args.split("\n", 1)[0] ?? "";
  const words = header.startsWith("[") ? header.split(/[\s,"'[\]]+/) : header.split(/\s+/);
  const named = words.filter((word) => word !== "").map((word) => word.replace(/^["']|["']$/g, ""));
  return named.slice(0, -1).map((word) => word.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, ""));
}

const ARCHIVE = /\.(?:tar|tgz|tbz2?|txz|tar\.\w+)$/;

/**
 * Whether lines of .dockerignore keep nothing back that any stage names: a COPY of an ignored file fails, and a mount of
 * one is empty. What an ADD unpacks is not sent by itself, so no line reaches it.
 */
export function ignoreJudgement(dockerfile: Dockerfile, step: BuildStep, patterns: readonly string[]): Judgement {
  const tests = patterns.map(namesOf);
  const fits = (name: string): boolean => name !== "" && name !== "." && tests.some((test) => test.test(name));
  for (const { verb, args, flags, line } of dockerfile.instructions) {
    const mounts = flags.flatMap(({ name, value }) =>
      name === "mount" && value !== null && !/(?:^|,)from=/.test(value)
        ? [/(?:^|,)(?:source|src)=([^,]*)/.exec(value)?.[1] ?? ""]
        : [],
    );
    const copies =
      (verb === "COPY" || verb === "ADD") && !flags.some(({ name }) => name === "from") ? sourcesOf(args) : [];
    const named = [...copies, ...mounts.map((source) => source.replace(/^(?:\.?\/)+/, ""))].find(fits);
    if (named !== undefined) return refused(`Line ${line} names ${named}, which .dockerignore would keep from it.`);
    if (verb === "ADD" && line === step.line && sourcesOf(args).some((source) => ARCHIVE.test(source)))
      return refused("They come out of an archive that ADD unpacks: .dockerignore does not reach into it.");
  }
  return KEPT;
}

import { type Dependency, parseDependencies } from "./dependency.ts";

/** `etc/apk/world`: what was asked for, one token a line or separated by blanks (apk-world(5)). */
export function parseWorld(content: Uint8Array): { readonly world: readonly Dependency[]; readonly bad: number } {
  const { dependencies, bad } = parseDependencies(Buffer.from(content).toString("utf8"));
  // Of one name the last word counts, as when apk reads the file.
  const byName = new Map(dependencies.map((dependency) => [dependency.name, dependency]));
  return { world: [...byName.values()], bad };
}

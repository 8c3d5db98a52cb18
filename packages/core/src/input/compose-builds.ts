import { dirname, join } from "node:path";
import { ImgweighError, messageOf } from "../errors.ts";
import type { NamedBuild } from "./find-builds.ts";

const MAX_CHARACTERS = 1024 * 1024;

type Values = Readonly<Record<string, unknown>>;

function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** `args` of compose and bake: a mapping, or a list of NAME=VALUE. A name alone takes its value from the environment. */
function argsOf(value: unknown): Record<string, string> {
  const pairs: [string, string][] = [];
  if (Array.isArray(value))
    for (const one of value) {
      const [, name, text] = typeof one === "string" ? (/^([^=]+)=(.*)$/s.exec(one) ?? []) : [];
      if (name !== undefined && text !== undefined) pairs.push([name, text]);
    }
  else if (isValues(value))
    for (const [name, one] of Object.entries(value))
      if (typeof one === "string" || typeof one === "number" || typeof one === "boolean")
        pairs.push([name, String(one)]);
  return Object.fromEntries(pairs.filter(([, text]) => !text.includes("${")));
}

/** A remote context (a repository, an archive) has nothing here to look at. */
const REMOTE = /^(?:https?|git|ssh|docker-image|target|oci-layout):|^git@|\.git(?:#|$)/;

function buildOf(name: string, value: unknown, folder: string): NamedBuild | null {
  const build: Values = typeof value === "string" ? { context: value } : isValues(value) ? value : {};
  const context = asText(build["context"]) ?? ".";
  const inline = asText(build["dockerfile_inline"] ?? build["dockerfile-inline"]);
  if (REMOTE.test(context) || context.includes("${")) return null;
  const directory = context.startsWith("/") ? context : join(folder, context);
  const file = asText(build["dockerfile"]) ?? "Dockerfile";
  return {
    name,
    dockerfile: inline === undefined ? (file.startsWith("/") ? file : join(directory, file)) : null,
    text: inline,
    context: directory,
    target: asText(build["target"]),
    buildArgs: argsOf(build["args"]),
  };
}

/** Builds of a file, and those that are not here to be looked at. */
export interface FoundBuilds {
  readonly builds: readonly NamedBuild[];
  readonly notes: readonly string[];
}

function collect(parts: Values, folder: string, buildIn: (part: Values) => unknown, file: string): FoundBuilds {
  const builds: NamedBuild[] = [];
  const notes: string[] = [];
  for (const [name, part] of Object.entries(parts)) {
    const value = isValues(part) ? buildIn(part) : undefined;
    if (value === undefined || value === null) continue;
    const build = buildOf(name, value, folder);
    if (build === null) notes.push(`${file}: the context of ${name} is not on this machine, so it is not looked at`);
    else builds.push({ ...build, name: `${file}: ${name}` });
  }
  return { builds, notes };
}

/**
 * The builds of a compose file's services, or of what `docker buildx bake --print` prints.
 *
 * @param file as it was named; relative contexts count from its folder, those of bake from the working directory
 * @throws {ImgweighError} CONFIG_INVALID where it is neither
 */
export async function readBuilds(text: string, file: string): Promise<FoundBuilds> {
  if (text.length > MAX_CHARACTERS)
    throw new ImgweighError("CONFIG_INVALID", `${file} has more than ${MAX_CHARACTERS} characters`);
  const yaml = await import("yaml");
  let parsed: unknown;
  try {
    parsed = yaml.parse(text, { maxAliasCount: 1000 });
  } catch (error) {
    throw new ImgweighError("CONFIG_INVALID", `${file}: ${messageOf(error).split("\n", 1)[0]}`, { cause: error });
  }
  if (isValues(parsed) && isValues(parsed["target"])) return collect(parsed["target"], "", (part) => part, file);
  if (isValues(parsed) && isValues(parsed["services"]))
    return collect(parsed["services"], dirname(file), (part) => part["build"], file);
  throw new ImgweighError("CONFIG_INVALID", `${file} has neither services of compose nor targets of bake`);
}

/** Whether text is what `docker buildx bake --print` prints, and no Dockerfile. */
export function isBake(text: string): boolean {
  return /^\s*\{/.test(text);
}

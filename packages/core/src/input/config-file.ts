import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { CheckConfig } from "../check/check-config.ts";
import { parseDiveConfig } from "../check/dive-config.ts";
import { parseConfig } from "../check/parse-config.ts";
import { ImgweighError } from "../errors.ts";
import type { Rule } from "../finding/rule.ts";
import { inputUnreadable } from "./unreadable.ts";

/** Names of a configuration of imgweigh, looked for in this order; the first is what a new one is called. */
export const CONFIG_FILES = ["imgweigh.yaml", "imgweigh.yml", "imgweigh.json"] as const;
/** What dive is configured with, read where there is none of ours. */
const DIVE_FILES = [".dive-ci", ".dive.yaml", ".dive.yml"] as const;

/** A file of configuration, as it was named. */
export interface ConfigFile {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** It configures dive: it names no image, and nothing is ever written to it. */
  readonly isDive: boolean;
}

async function present(cwd: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const stats = await stat(resolve(cwd, name)).catch(() => null);
      return stats?.isFile() ? [name] : [];
    }),
  );
  return found.flat();
}

/**
 * The configuration that is meant in a folder; null where there is none. Nothing is read yet.
 *
 * @param given one that is named, whether it is there or not
 * @throws {ImgweighError} CONFIG_INVALID where there are two
 */
export async function findConfig(cwd: string, given?: string): Promise<ConfigFile | null> {
  const own = given === undefined ? await present(cwd, CONFIG_FILES) : [given];
  if (own.length > 1)
    throw new ImgweighError("CONFIG_INVALID", `${own.join(" and ")} are both here: choose with --config`);
  const name = own[0] ?? (await present(cwd, DIVE_FILES))[0];
  if (name === undefined) return null;
  return { name, path: resolve(cwd, name), isDive: DIVE_FILES.some((dive) => name.endsWith(dive)) };
}

/** The text of a configuration. @throws {ImgweighError} INPUT_UNREADABLE */
export async function readConfigText({ path }: ConfigFile): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw inputUnreadable(path, cause);
  });
}

/** What a configuration may refer to. */
export interface ReadConfigOptions {
  /** Where `${VAR}` is looked up. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The image that a configuration of dive is about, which names none itself. */
  readonly image?: string | undefined;
  /** Rules that it may name; all that are known where absent. */
  readonly rules?: readonly Rule[] | undefined;
}

/**
 * Reads a configuration, ours or dive's.
 *
 * @throws {ImgweighError} INPUT_UNREADABLE; CONFIG_INVALID with every mistake of the file, or where no image is named
 */
export async function readConfig(file: ConfigFile, options: ReadConfigOptions = {}): Promise<CheckConfig> {
  const { env, image, rules } = options;
  const text = await readConfigText(file);
  if (!file.isDive) return parseConfig(text, { file: file.name, env, rules });
  if (image === undefined) throw new ImgweighError("CONFIG_INVALID", `${file.name} names no image: give one`);
  return parseDiveConfig(text, file.name, image);
}

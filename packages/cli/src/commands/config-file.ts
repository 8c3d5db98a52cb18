import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { applyFlags, type CheckConfig, type CheckFlags, parseConfig, parseDiveConfig } from "@imgweigh/core";
import { UsageError } from "../failure.ts";
import type { Host } from "../host.ts";

/** Looked for in the working directory. */
const OWN_FILES = ["imgweigh.yaml", "imgweigh.yml", "imgweigh.json"] as const;
/** What dive is configured with, read where there is none of ours. */
const DIVE_FILES = [".dive-ci", ".dive.yaml", ".dive.yml"] as const;

export const FIRST_FILE = OWN_FILES[0];

/** A file of configuration, as it was named. */
export interface ConfigFile {
  readonly name: string;
  readonly path: string;
  readonly isDive: boolean;
}

async function present(host: Host, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const stats = await stat(resolve(host.cwd(), name)).catch(() => null);
      return stats?.isFile() ? [name] : [];
    }),
  );
  return found.flat();
}

/** The configuration that is meant; null where there is none. @throws {UsageError} where there are two */
export async function findConfig(given: string | undefined, host: Host): Promise<ConfigFile | null> {
  const own = given === undefined ? await present(host, OWN_FILES) : [given];
  if (own.length > 1) throw new UsageError(`${own.join(" and ")} are both here: choose with --config`);
  const name = own[0] ?? (await present(host, DIVE_FILES))[0];
  if (name === undefined) return null;
  return { name, path: resolve(host.cwd(), name), isDive: DIVE_FILES.some((dive) => name.endsWith(dive)) };
}

export async function readText({ path }: ConfigFile): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new UsageError(`cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  });
}

/**
 * What is to be checked: the configuration with the flags over it.
 *
 * @throws {UsageError} where neither says anything; {@link ImgweighError} CONFIG_INVALID
 */
export async function readCheckConfig(file: ConfigFile | null, flags: CheckFlags, host: Host): Promise<CheckConfig> {
  const { image, max, min, maxIncrease, baseline, failOn, rules } = flags;
  if (file === null) {
    const asked = [max, min, maxIncrease, baseline, failOn, rules].some((flag) => flag !== undefined);
    if (image !== undefined && asked) return applyFlags(null, flags);
    const what = image === undefined ? "an image and a limit, such as --max 120MB" : "a limit, such as --max 120MB";
    throw new UsageError(`there is no ${FIRST_FILE} here: name ${what}, or write a first one with imgweigh init`);
  }
  const text = await readText(file);
  if (!file.isDive) return applyFlags(await parseConfig(text, { file: file.name, env: host.env }), flags);
  if (image === undefined) throw new UsageError(`${file.name} names no image: give one`);
  return applyFlags(await parseDiveConfig(text, file.name, image), flags);
}

import { asText, isObject, type JsonObject } from "./json.ts";

/**
 * What a container runs, and as whom (image-spec config.md, `config`; `Healthcheck` and `Shell` are Docker's, from
 * moby's dockerspec). Words are text as the config has it.
 */
export interface RunConfig {
  /** null where the config has none. */
  readonly entrypoint: readonly string[] | null;
  readonly cmd: readonly string[] | null;
  /** `["CMD", …]`, `["CMD-SHELL", line]` or `["NONE"]`. */
  readonly healthcheck: readonly string[] | null;
  /** What runs shell forms; null where it is the default, `/bin/sh -c`. */
  readonly shell: readonly string[] | null;
  /** `NAME=value` */
  readonly env: readonly string[];
  readonly user: string | null;
  /** Absolute; null where it is the root. */
  readonly workingDir: string | null;
}

/** Of images that say nothing. */
export const NO_RUN_CONFIG: RunConfig = {
  entrypoint: null,
  cmd: null,
  healthcheck: null,
  shell: null,
  env: [],
  user: null,
  workingDir: null,
};

/** Words of a list; anything else is no list. */
function readWords(value: unknown): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  const words = value.filter((word) => typeof word === "string");
  return words.length === 0 || words.length < value.length ? null : words;
}

/** Never throws: what an engine would refuse is as if it were not there. */
export function readRunConfig(value: unknown): RunConfig {
  const runtime: JsonObject = isObject(value) ? value : {};
  const healthcheck = runtime["Healthcheck"];
  return {
    entrypoint: readWords(runtime["Entrypoint"]),
    cmd: readWords(runtime["Cmd"]),
    healthcheck: isObject(healthcheck) ? readWords(healthcheck["Test"]) : null,
    shell: readWords(runtime["Shell"]),
    env: readWords(runtime["Env"]) ?? [],
    user: asText(runtime["User"]),
    workingDir: asText(runtime["WorkingDir"]),
  };
}

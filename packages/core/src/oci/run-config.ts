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
  /** Options of the health check as HEALTHCHECK has them: `--interval=30s`. */
  readonly healthcheckFlags: readonly string[];
  /** What runs shell forms; null where it is the default, `/bin/sh -c`. */
  readonly shell: readonly string[] | null;
  /** `NAME=value` */
  readonly env: readonly string[];
  readonly user: string | null;
  /** Absolute; null where it is the root. */
  readonly workingDir: string | null;
  /** `8080/tcp`, sorted. */
  readonly exposedPorts: readonly string[];
  /** Absolute paths, sorted. */
  readonly volumes: readonly string[];
  readonly stopSignal: string | null;
}

/** Of images that say nothing. */
export const NO_RUN_CONFIG: RunConfig = {
  entrypoint: null,
  cmd: null,
  healthcheck: null,
  healthcheckFlags: [],
  shell: null,
  env: [],
  user: null,
  workingDir: null,
  exposedPorts: [],
  volumes: [],
  stopSignal: null,
};

/** Words of a list; anything else is no list. */
function readWords(value: unknown): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  const words = value.filter((word) => typeof word === "string");
  return words.length === 0 || words.length < value.length ? null : words;
}

/** Go's `map[string]struct{}`. */
function readSet(value: unknown): readonly string[] {
  return isObject(value) ? Object.keys(value).sort() : [];
}

/** Durations are nanoseconds in a config; 0 is the default. */
const DURATIONS = [
  ["Interval", "interval"],
  ["Timeout", "timeout"],
  ["StartPeriod", "start-period"],
  ["StartInterval", "start-interval"],
] as const;

function readFlags(healthcheck: JsonObject): readonly string[] {
  const count = (value: unknown): number => (Number.isSafeInteger(value) ? (value as number) : 0);
  const durations = DURATIONS.flatMap(([key, flag]) => {
    const milliseconds = Math.round(count(healthcheck[key]) / 1e6);
    if (milliseconds <= 0) return [];
    return [`--${flag}=${milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`}`];
  });
  const retries = count(healthcheck["Retries"]);
  return retries > 0 ? [...durations, `--retries=${retries}`] : durations;
}

/** Never throws: what an engine would refuse is as if it were not there. */
export function readRunConfig(value: unknown): RunConfig {
  const runtime: JsonObject = isObject(value) ? value : {};
  const healthcheck = runtime["Healthcheck"];
  return {
    entrypoint: readWords(runtime["Entrypoint"]),
    cmd: readWords(runtime["Cmd"]),
    healthcheck: isObject(healthcheck) ? readWords(healthcheck["Test"]) : null,
    healthcheckFlags: isObject(healthcheck) ? readFlags(healthcheck) : [],
    shell: readWords(runtime["Shell"]),
    env: readWords(runtime["Env"]) ?? [],
    user: asText(runtime["User"]),
    workingDir: asText(runtime["WorkingDir"]),
    exposedPorts: readSet(runtime["ExposedPorts"]),
    volumes: readSet(runtime["Volumes"]),
    stopSignal: asText(runtime["StopSignal"]),
  };
}

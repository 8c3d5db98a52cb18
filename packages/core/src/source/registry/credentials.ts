import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { messageOf } from "../../errors.ts";
import {
  type CredentialFile,
  helperFor,
  parseCredentialFile,
  readCredentialFile,
  storedCredentials,
} from "./credential-file.ts";
import { askHelper, HELPER_TIMEOUT_MS } from "./credential-helper.ts";
import { type RegistryPlace, registryName } from "./place.ts";
import type { RegistryCredentials, RegistryOptions } from "./registry-options.ts";

/** All that the search looks at, so that it can be run for another user's or a test's surroundings. */
export interface RegistrySurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** How long a helper program may take. */
  readonly helperTimeoutMs?: number | undefined;
}

/** This process's own. */
export function registrySurroundings(): RegistrySurroundings {
  return { env: process.env, home: homedir() };
}

export interface FoundCredentials {
  readonly credentials: RegistryCredentials | null;
  /** What could not be asked on the way, for people; holds no secrets. */
  readonly troubles: readonly string[];
}

const VARIABLES = {
  registry: "IMGWEIGH_REGISTRY",
  username: "IMGWEIGH_REGISTRY_USERNAME",
  password: "IMGWEIGH_REGISTRY_PASSWORD",
} as const;

interface Search {
  readonly place: RegistryPlace;
  readonly options: RegistryOptions;
  readonly surroundings: RegistrySurroundings;
  readonly signal: AbortSignal;
  readonly troubles: string[];
}

function explicit({ place, options }: Search): RegistryCredentials | null {
  const entry = Object.entries(options.credentials ?? {}).find(([host]) => registryName(host) === place.name);
  return entry?.[1] ?? null;
}

// The registry has to be named: a password must not go to whichever registry a reference leads to.
function ofVariables({ place, surroundings: { env }, troubles }: Search): RegistryCredentials | null {
  const [registry, username, password] = [VARIABLES.registry, VARIABLES.username, VARIABLES.password].map(
    (name) => env[name] || null,
  ) as [string | null, string | null, string | null];
  if (username === null || password === null) return null;
  if (registry === null)
    troubles.push(`${VARIABLES.username} is not used without ${VARIABLES.registry}, which says where`);
  return registry !== null && registryName(registry) === place.name ? { username, password } : null;
}

function filesOf({ env, home }: RegistrySurroundings): readonly string[] {
  const docker = join(env["DOCKER_CONFIG"] || join(home, ".docker"), "config.json");
  if (env["REGISTRY_AUTH_FILE"]) return [env["REGISTRY_AUTH_FILE"], docker];
  const folders = [env["XDG_RUNTIME_DIR"], env["XDG_CONFIG_HOME"] || join(home, ".config")];
  const podman = folders.flatMap((folder) => (folder ? [join(folder, "containers", "auth.json")] : []));
  return [docker, ...podman];
}

async function inFile(file: CredentialFile, search: Search): Promise<RegistryCredentials | null> {
  const { place, surroundings, signal } = search;
  const helper = helperFor(file, place.name);
  if (helper !== null) {
    const timeoutMs = surroundings.helperTimeoutMs ?? HELPER_TIMEOUT_MS;
    try {
      const found = await askHelper({ helper, registry: place.name, env: surroundings.env, signal, timeoutMs });
      if (found !== null) return found;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      search.troubles.push(`${messageOf(error)} (${file.where})`);
    }
  }
  return storedCredentials(file, place.name, place.repository);
}

/** What `read` gives; what it throws is a trouble, and nothing. */
async function tolerating<T>(troubles: string[], read: () => Promise<T | null>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    troubles.push(messageOf(error));
    return null;
  }
}

/**
 * The credentials for a repository, from the first place that has any: the options, `IMGWEIGH_REGISTRY` with its
 * `_USERNAME` and `_PASSWORD`, `DOCKER_AUTH_CONFIG`, Docker's `config.json` (`DOCKER_CONFIG`), Podman's `auth.json`
 * (`REGISTRY_AUTH_FILE`, which goes before Docker's). A file or a helper program that cannot be asked is passed over.
 *
 * @throws on an abort the signal's reason
 */
export async function findCredentials(
  place: RegistryPlace,
  options: RegistryOptions,
  surroundings: RegistrySurroundings,
  signal: AbortSignal,
): Promise<FoundCredentials> {
  const search: Search = { place, options, surroundings, signal, troubles: [] };
  const { troubles } = search;
  const atHand = explicit(search) ?? ofVariables(search);
  if (atHand !== null) return { credentials: atHand, troubles };
  const text = surroundings.env["DOCKER_AUTH_CONFIG"];
  const readers = [
    async () => (text ? parseCredentialFile(text, "DOCKER_AUTH_CONFIG") : null),
    ...filesOf(surroundings).map((path) => () => readCredentialFile(path)),
  ];
  for (const reader of readers) {
    const file = await tolerating(troubles, reader);
    const credentials = file === null ? null : await inFile(file, search);
    if (credentials !== null) return { credentials, troubles };
  }
  return { credentials: null, troubles };
}

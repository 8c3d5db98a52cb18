import { setMaxListeners } from "node:events";
import type { SourceContext } from "../source.ts";
import {
  type FoundCredentials,
  findCredentials,
  type RegistrySurroundings,
  registrySurroundings,
} from "./credentials.ts";
import { openHttpClient } from "./http-client.ts";
import { PATIENCE, type Patience } from "./patience.ts";
import { type RegistryPlace, registryName } from "./place.ts";
import type { RegistryCredentials, RegistryOptions } from "./registry-options.ts";
import { createSecrets } from "./secrets.ts";
import type { Session } from "./session.ts";

/** How registries are reached, and from where. */
export interface RegistrySettings {
  readonly options: RegistryOptions;
  readonly surroundings: RegistrySurroundings;
  readonly patience: Patience;
}

export function settingsFrom(overrides: Partial<RegistrySettings>): RegistrySettings {
  return {
    options: overrides.options ?? {},
    surroundings: overrides.surroundings ?? registrySurroundings(),
    patience: overrides.patience ?? PATIENCE,
  };
}

function secretsOf(credentials: RegistryCredentials): readonly string[] {
  return Object.entries(credentials).flatMap(([key, value]) => (key === "username" ? [] : [value]));
}

/** A session with one repository; nothing is sent yet. @throws {ImgweighError} FILE_UNREADABLE for the authorities */
export async function openSession(
  place: RegistryPlace,
  { options, surroundings, patience }: RegistrySettings,
  { signal, onProgress }: Pick<SourceContext, "signal" | "onProgress">,
): Promise<Session> {
  // Each request listens to it, and as many run side by side as the user likes.
  setMaxListeners(0, signal);
  const insecure = new Set((options.insecure ?? []).map(registryName));
  const isInsecure = (authority: string): boolean => insecure.has(registryName(authority));
  const secrets = createSecrets();
  const client = await openHttpClient({
    caFile: options.caFile ?? null,
    proxy: options.proxy ?? null,
    env: surroundings.env,
    isInsecure,
    patience,
  });
  async function search(): Promise<FoundCredentials> {
    const found = await findCredentials(place, options, surroundings, signal);
    for (const secret of found.credentials === null ? [] : secretsOf(found.credentials)) secrets.add(secret);
    return found;
  }
  let found: Promise<FoundCredentials> | null = null;
  const credentials = (): Promise<FoundCredentials> => {
    found ??= search();
    return found;
  };
  return { place, client, patience, secrets, credentials, isInsecure, signal, onProgress };
}

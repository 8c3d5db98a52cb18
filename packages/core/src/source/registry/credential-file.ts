import { readFile } from "node:fs/promises";
import { messageOf } from "../../errors.ts";
import { asText, isObject, type JsonObject } from "../../oci/json.ts";
import { trimEndOf } from "../../trim-ends.ts";
import { registryName } from "./place.ts";
import type { RegistryCredentials } from "./registry-options.ts";

/** A file of credentials: Docker's `config.json`, or Podman's `auth.json` (containers-auth.json(5)), which has its form. */
export interface CredentialFile {
  readonly where: string;
  /** By what they are for: a registry, an address of one, or (Podman) a registry with the beginning of a repository. */
  readonly auths: JsonObject;
  /** By registry, the suffix of a helper program's name. */
  readonly credHelpers: JsonObject;
  /** The suffix of the helper for everything else. */
  readonly credsStore: string | null;
}

const MAX_BYTES = 2 ** 22;

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : {};
}

/** @throws {Error} where it is no JSON object; what the parser says would quote the secrets, so it is not told */
export function parseCredentialFile(text: string, where: string): CredentialFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (!isObject(value)) throw new Error(`${where} is not a JSON object`);
  return {
    where,
    auths: objectAt(value, "auths"),
    credHelpers: objectAt(value, "credHelpers"),
    credsStore: asText(value["credsStore"]),
  };
}

/** null where there is no such file. @throws {Error} where it cannot be read */
export async function readCredentialFile(path: string): Promise<CredentialFile | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new Error(`${path} cannot be read: ${messageOf(cause)}`);
  }
  if (text.length > MAX_BYTES) throw new Error(`${path} is longer than ${MAX_BYTES} bytes`);
  return parseCredentialFile(text, path);
}

/** `https://index.docker.io/v1/` → `docker.io`; a path that is no API version stays: it is the beginning of a repository. */
function keyName(key: string): string {
  const [host = "", ...path] = trimEndOf(key.replace(/^https?:\/\//, ""), "/").split("/");
  const below = path.length === 1 && /^v[12]$/.test(path[0] ?? "") ? [] : path;
  return [registryName(host), ...below].join("/");
}

function credentialsOf(entry: JsonObject): RegistryCredentials | null {
  const registryToken = asText(entry["registrytoken"]);
  if (registryToken !== null) return { registryToken };
  const identityToken = asText(entry["identitytoken"]);
  if (identityToken !== null) return { identityToken };
  const auth = asText(entry["auth"]);
  const pair = auth === null ? "" : Buffer.from(auth, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  const username = colon > 0 ? pair.slice(0, colon) : asText(entry["username"]);
  // Docker pads with NULs what it once encrypted in blocks.
  const password = colon > 0 ? trimEndOf(pair.slice(colon + 1), "\0") : asText(entry["password"]);
  return username !== null && password !== null ? { username, password } : null;
}

/** What a file itself holds for a repository: of several that fit, the one that says the most. */
export function storedCredentials(
  file: CredentialFile,
  registry: string,
  repository: string,
): RegistryCredentials | null {
  const wanted = `${registry}/${repository}/`;
  let best: { readonly length: number; readonly credentials: RegistryCredentials } | null = null;
  for (const [key, entry] of Object.entries(file.auths)) {
    const name = keyName(key);
    if (!wanted.startsWith(`${name}/`) || name.length <= (best?.length ?? 0) || !isObject(entry)) continue;
    const credentials = credentialsOf(entry);
    if (credentials !== null) best = { length: name.length, credentials };
  }
  return best?.credentials ?? null;
}

/** The helper that keeps the credentials of a registry; null where none is named. */
export function helperFor(file: CredentialFile, registry: string): string | null {
  const own = Object.entries(file.credHelpers).find(([key]) => keyName(key) === registry)?.[1];
  return asText(own) ?? file.credsStore;
}

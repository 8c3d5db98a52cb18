import type { RegistryOptions } from "@imgweigh/core/config";
import type { Options } from "yargs";

const GROUP = "Reaching registries:";

/** How registries are reached; credentials are no options, since arguments are seen by everyone on the machine. */
export const REGISTRY_OPTIONS = {
  "registry-mirror": {
    type: "string",
    group: GROUP,
    describe: "[REGISTRY=]HOST[/PATH]: asked before REGISTRY, which is docker.io where it is left out; may be repeated",
  },
  "insecure-registry": {
    type: "string",
    group: GROUP,
    describe: "HOST[:PORT] whose certificate is not checked and that may speak plain HTTP; may be repeated",
  },
  "registry-ca": { type: "string", group: GROUP, describe: "PEM file of certificate authorities to trust as well" },
  proxy: { type: "string", group: GROUP, describe: "http://HOST:PORT, instead of HTTPS_PROXY and HTTP_PROXY" },
} as const satisfies Record<string, Options>;

export interface RegistryArguments {
  readonly "registry-mirror"?: string | readonly string[] | undefined;
  readonly "insecure-registry"?: string | readonly string[] | undefined;
  readonly "registry-ca"?: string | undefined;
  readonly proxy?: string | undefined;
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}

function mirrorsOf(texts: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const mirrors: Record<string, string[]> = {};
  for (const text of texts) {
    const equals = text.indexOf("=");
    const registry = equals < 0 ? "docker.io" : text.slice(0, equals);
    mirrors[registry] = [...(mirrors[registry] ?? []), text.slice(equals + 1)];
  }
  return mirrors;
}

export function readRegistryOptions(argv: RegistryArguments): RegistryOptions {
  return {
    mirrors: mirrorsOf(listOf(argv["registry-mirror"])),
    insecure: listOf(argv["insecure-registry"]),
    caFile: argv["registry-ca"],
    proxy: argv.proxy,
  };
}

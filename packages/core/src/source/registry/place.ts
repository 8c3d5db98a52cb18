import { BlockList, isIP } from "node:net";
import { ImgweighError } from "../../errors.ts";
import type { Reference } from "../../oci/reference.ts";
import { trimEndOf } from "../../trim-ends.ts";
import type { RegistryOptions } from "./registry-options.ts";

/** A repository of one server. */
export interface RegistryPlace {
  /** What people and files of credentials call the server: `docker.io`, `ghcr.io`, `localhost:5000`. */
  readonly name: string;
  /** What is connected to: `registry-1.docker.io`, `localhost:5000`. */
  readonly authority: string;
  /** Path of the repository below `/v2/`. */
  readonly repository: string;
  /** Whether the server may be spoken to without TLS, if it does not speak TLS. */
  readonly plainHttp: boolean;
  /** Whether its certificate is checked. */
  readonly verify: boolean;
}

const HUB = "docker.io";
// Docker Hub's API has a host of its own; its name in references is older.
const HUB_AUTHORITY = "registry-1.docker.io";

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** `localhost`, 127.0.0.0/8, ::1: what dockerd takes for a registry on this machine. */
export function isLoopback(hostname: string): boolean {
  if (hostname === "localhost") return true;
  const family = isIP(hostname);
  return family !== 0 && LOOPBACK.check(hostname, family === 4 ? "ipv4" : "ipv6");
}

/** Whether what is sent there can be listened to on its way: no credentials may be. */
export function isListenedTo({ protocol, hostname }: URL): boolean {
  return protocol !== "https:" && !isLoopback(hostname.replace(/^\[|\]$/g, ""));
}

export function hostnameOf(authority: string): string {
  const bracket = authority.indexOf("]");
  if (authority.startsWith("[") && bracket > 0) return authority.slice(1, bracket);
  return authority.replace(/:\d+$/, "");
}

/** The name under which a server is known, of any of its names. */
export function registryName(host: string): string {
  return host === "index.docker.io" || host === HUB_AUTHORITY ? HUB : host;
}

function placeAt(host: string, repository: string, options: RegistryOptions): RegistryPlace {
  const name = registryName(host);
  const insecure = (options.insecure ?? []).some((other) => registryName(other) === name);
  return {
    name,
    authority: name === HUB ? HUB_AUTHORITY : name,
    repository,
    plainHttp: insecure || isLoopback(hostnameOf(name)),
    verify: !insecure,
  };
}

function mirrorOf(mirror: string, repository: string, options: RegistryOptions): RegistryPlace {
  const [host = "", ...path] = trimEndOf(mirror.replace(/^https?:\/\//, ""), "/").split("/");
  // It becomes part of an address, so nothing but a host may pass.
  if (!/^(?:[\w.-]+|\[[\da-f:]+\])(?::\d+)?$/i.test(host) || path.some((part) => !/^(?!\.+$)[\w.-]+$/.test(part))) {
    throw new ImgweighError("REFERENCE_INVALID", `not a registry mirror: ${JSON.stringify(mirror.slice(0, 300))}`, {
      hint: "write HOST[:PORT][/PATH]",
    });
  }
  return placeAt(host, [...path, repository].join("/"), options);
}

/** Where an image is looked for, in order: mirrors, then the registry itself. @throws {ImgweighError} REFERENCE_INVALID */
export function placesOf(reference: Reference, options: RegistryOptions): readonly RegistryPlace[] {
  const { domain, path } = reference;
  const mirrors = Object.entries(options.mirrors ?? {}).find(([host]) => registryName(host) === domain)?.[1] ?? [];
  return [...mirrors.map((mirror) => mirrorOf(mirror, path, options)), placeAt(domain, path, options)];
}

import { BlockList, isIP } from "node:net";
import { isLoopback } from "./place.ts";

type Environment = Readonly<Record<string, string | undefined>>;

function variable(env: Environment, name: string): string {
  return env[name.toLowerCase()] || env[name] || "";
}

/**
 * The proxy for an address by `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (the lower-case names win), read as Go's
 * `httpproxy` reads them, which container tools are written in: loopback addresses never go through a proxy.
 *
 * @param chosen a proxy for everything, instead of the environment's
 */
export function proxyFor(url: URL, env: Environment, chosen: string | null): string | null {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (isLoopback(host)) return null;
  const proxy = chosen ?? variable(env, url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (proxy === "") return null;
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  const exceptions = variable(env, "NO_PROXY").split(",");
  if (exceptions.some((exception) => isExcepted(exception.trim().toLowerCase(), host, port))) return null;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

/** One entry of `NO_PROXY`: `*`, a CIDR range, an address, or a domain with what is below it; each with or without a port. */
function isExcepted(exception: string, host: string, port: string): boolean {
  if (exception === "") return false;
  if (exception === "*") return true;
  if (exception.includes("/")) return inRange(exception, host);
  const { name, port: only } = splitPort(exception);
  if (only !== null && only !== port) return false;
  const domain = name.replace(/^\*(?=\.)/, "");
  if (domain.startsWith(".")) return host.endsWith(domain);
  return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
}

function splitPort(exception: string): { readonly name: string; readonly port: string | null } {
  if (isIP(exception) === 6) return { name: exception, port: null };
  const colon = exception.lastIndexOf(":");
  const port = colon > exception.lastIndexOf("]") ? exception.slice(colon + 1) : null;
  const name = port === null ? exception : exception.slice(0, colon);
  return { name: name.replace(/^\[|\]$/g, ""), port };
}

function inRange(range: string, host: string): boolean {
  const [address = "", bits = ""] = range.split("/");
  const family = isIP(address);
  const prefix = Number(bits);
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(bits) || prefix > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(address, prefix, family === 4 ? "ipv4" : "ipv6");
  return list.check(host, family === 4 ? "ipv4" : "ipv6");
}

import { readFile } from "node:fs/promises";
import { Socket } from "node:net";
import { rootCertificates } from "node:tls";
import type { buildConnector, Dispatcher } from "undici";
import { ImgweighError } from "../../errors.ts";
import { unreadable } from "../opened-file.ts";
import type { Patience } from "./patience.ts";
import { proxyFor } from "./proxy.ts";

export interface ConnectionOptions {
  /** A PEM file of authorities to trust beside the usual ones. */
  readonly caFile: string | null;
  readonly proxy: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Servers (`host[:port]`) whose certificate is not checked, and that may lead from TLS to plain HTTP. */
  readonly isInsecure: (authority: string) => boolean;
  readonly patience: Patience;
}

/** Connections to any server, by way of a proxy where one is to be used. */
export interface Connections {
  readonly undici: Undici;
  /** What requests to an address are sent by. @throws {ImgweighError} REGISTRY_UNREACHABLE where the proxy's address is none */
  dispatcherFor(url: URL): Dispatcher;
  /** Ends all of them, those that are still being made too. */
  close(): Promise<void>;
}

type Undici = typeof import("undici");

async function readAuthorities(path: string | null): Promise<readonly string[] | undefined> {
  if (path === null) return undefined;
  const own = await readFile(path, "utf8").catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  // Given authorities take the place of the usual ones.
  return [...rootCertificates, own];
}

/** What every connection is made with. */
interface Making {
  readonly undici: Undici;
  readonly patience: Patience;
  readonly ca: readonly string[] | undefined;
  /** All that stand or are being made: the library lets go of the latter only when they stand. */
  readonly sockets: Set<Socket>;
}

function tlsOptions({ patience, ca }: Making, verify: boolean): buildConnector.BuildOptions {
  return { rejectUnauthorized: verify, timeout: patience.connectMs, ...(ca && { ca: [...ca] }) };
}

type Connector = buildConnector.connector;

/** The connector, keeping its sockets in sight. */
function tracked(connector: Connector, sockets: Set<Socket>): Connector {
  return (options, callback) => {
    // One that makes connections returns the socket that it is connecting, which its types do not say.
    const socket: unknown = connector(options, callback);
    if (!(socket instanceof Socket)) return;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };
}

function directDispatcher(making: Making, verify: boolean): Dispatcher {
  const { undici, sockets } = making;
  const connector = undici.buildConnector(tlsOptions(making, verify));
  return new undici.Agent({ connect: tracked(connector, sockets) });
}

function proxyDispatcher(making: Making, { origin: uri, token }: Proxy, verify: boolean): Dispatcher {
  const { undici, patience, sockets } = making;
  const poolOf = (origin: URL | string, options: object): Dispatcher => {
    const { connect } = options as { readonly connect: Connector };
    return new undici.Pool(origin, { connect: tracked(connect, sockets), headersTimeout: patience.answerMs });
  };
  return new undici.ProxyAgent({
    uri,
    // Plain HTTP goes through a proxy as it is: most proxies tunnel to port 443 only.
    proxyTunnel: false,
    proxyTls: tlsOptions(making, true),
    requestTls: tlsOptions(making, verify),
    clientFactory: poolOf,
    factory: poolOf,
    ...(token !== null && { token }),
  });
}

interface Proxy {
  readonly origin: string;
  /** What it is shown to let us through. */
  readonly token: string | null;
}

function parseProxy(text: string): Proxy {
  let uri: URL;
  let pair: string;
  try {
    uri = new URL(text);
    pair = `${decodeURIComponent(uri.username)}:${decodeURIComponent(uri.password)}`;
  } catch {
    throw badProxy("is no address");
  }
  if (uri.protocol !== "http:" && uri.protocol !== "https:") throw badProxy(`has the scheme ${uri.protocol}`);
  const token = pair === ":" ? null : `Basic ${Buffer.from(pair).toString("base64")}`;
  return { origin: uri.origin, token };
}

function badProxy(why: string): ImgweighError {
  return new ImgweighError("REGISTRY_UNREACHABLE", `the proxy ${why}`, {
    hint: "write http://HOST:PORT into HTTPS_PROXY and HTTP_PROXY",
  });
}

/** Nothing is connected to yet. @throws {ImgweighError} FILE_UNREADABLE */
export async function openConnections(options: ConnectionOptions): Promise<Connections> {
  const { patience, env } = options;
  const ca = await readAuthorities(options.caFile);
  const undici: Undici = await import("undici");
  const making: Making = { undici, patience, ca, sockets: new Set() };
  const dispatchers = new Map<string, Dispatcher>();
  return {
    undici,
    dispatcherFor(url) {
      const proxy = proxyFor(url, env, options.proxy);
      const verify = !options.isInsecure(url.host);
      const key = JSON.stringify([proxy, verify]);
      const known = dispatchers.get(key);
      if (known !== undefined) return known;
      const made =
        proxy === null ? directDispatcher(making, verify) : proxyDispatcher(making, parseProxy(proxy), verify);
      dispatchers.set(key, made);
      return made;
    },
    async close() {
      const closing = [...dispatchers.values()].map((one) => one.destroy());
      for (const socket of making.sockets) socket.destroy();
      await Promise.all(closing);
    },
  };
}

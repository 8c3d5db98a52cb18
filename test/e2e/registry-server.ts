import { type ChildProcess, spawn } from "node:child_process";
import { createHash, createSign, randomUUID, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import type { Certificates } from "../support/certificates.ts";
import { stop } from "./tools.ts";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** One line of the registry's own log. */
export interface RegistryRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
}

export interface RegistryServer {
  /** `localhost:PORT`. */
  readonly host: string;
  /** What imgweigh asked since the last time, by the registry's own log. */
  takeRequests(): Promise<readonly RegistryRequest[]>;
  stop(): Promise<void>;
}

export interface RegistryServerOptions {
  readonly tls?: Certificates;
  /** Lines of the `auth` section of its configuration. */
  readonly auth?: readonly string[];
}

/** Debian's docker-registry (distribution), on a free port of this machine, with its storage in a folder. */
export async function startRegistry(folder: string, options: RegistryServerOptions = {}): Promise<RegistryServer> {
  const port = await freePort();
  const directory = join(folder, `registry-${port}`);
  await mkdir(directory);
  const config = join(directory, "registry.yml");
  const { tls, auth = [] } = options;
  const lines = [
    "version: 0.1",
    `storage: { filesystem: { rootdirectory: ${join(directory, "storage")} } }`,
    "http:",
    `  addr: "127.0.0.1:${port}"`,
    ...(tls === undefined ? [] : [`  tls: { certificate: ${tls.certFile}, key: ${tls.keyFile} }`]),
    ...auth,
  ];
  await writeFile(config, `${lines.join("\n")}\n`);
  const child: ChildProcess = spawn("docker-registry", ["serve", config], { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  child.stderr?.resume();
  const deadline = Date.now() + 30_000;
  while (!(await answers(port))) {
    if (Date.now() > deadline || child.exitCode !== null) throw new Error("the registry does not start");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    host: `localhost:${port}`,
    async takeRequests() {
      // Its log is written after the answer.
      await new Promise((resolve) => setTimeout(resolve, 200));
      const found = [...log.matchAll(/"(\w+) (\S+) HTTP\/1\.1" (\d+) (\d+) "[^"]*" "imgweigh"/g)];
      log = "";
      return found.map(([, method, path, status, bytes]) => ({
        method: method as string,
        path: path as string,
        status: Number(status),
        bytes: Number(bytes),
      }));
    },
    stop: () => stop(child),
  };
}

function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );
}

export interface TokenServer {
  /** Lines of a registry's configuration that trust it. */
  readonly auth: readonly string[];
  /** `GET /token?…` with whether credentials were shown. */
  readonly requests: { readonly line: string; readonly authorized: boolean }[];
  close(): Promise<void>;
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}

const ISSUER = "token server of a test";
const SERVICE = "registry of a test";

/**
 * A token server by distribution's specification (docs/spec/auth/token.md, jwt.md), whose tokens a real registry checks:
 * everyone may pull what begins with `public/`, the user everything.
 */
export async function startTokenServer(
  certificates: Certificates,
  user: { readonly username: string; readonly password: string },
): Promise<TokenServer> {
  const requests: TokenServer["requests"] = [];
  const basic = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString("base64")}`;
  const chain = [new X509Certificate(certificates.cert).raw.toString("base64")];

  function tokenFor(scopes: readonly string[], known: boolean): string {
    const now = Math.floor(Date.now() / 1000);
    const access = scopes.flatMap((scope) => {
      const [, type, name, actions] = /^(\w+):(.+):([\w,*]+)$/.exec(scope) ?? [];
      if (type === undefined || name === undefined || actions === undefined) return [];
      const allowed = actions.split(",").filter((action) => known || (action === "pull" && name.startsWith("public/")));
      return [{ type, name, actions: allowed }];
    });
    const claims = {
      iss: ISSUER,
      sub: known ? user.username : "",
      aud: SERVICE,
      exp: now + 300,
      nbf: now - 10,
      iat: now,
      jti: randomUUID(),
      access,
    };
    const head = `${base64url(JSON.stringify({ typ: "JWT", alg: "RS256", x5c: chain }))}.${base64url(JSON.stringify(claims))}`;
    return `${head}.${createSign("RSA-SHA256").update(head).sign(certificates.key, "base64url")}`;
  }

  const server = createHttpServer((request, response) => {
    const { authorization } = request.headers;
    requests.push({ line: `${request.method} ${request.url}`, authorized: authorization !== undefined });
    const send = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
    if (authorization !== undefined && authorization !== basic) return send(401, { details: "incorrect password" });
    const scopes = new URL(request.url ?? "/", "http://token").searchParams.getAll("scope");
    send(200, { token: tokenFor(scopes, authorization === basic), expires_in: 300 });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const realm = `http://localhost:${(server.address() as AddressInfo).port}/token`;
  const token = `{ realm: "${realm}", service: "${SERVICE}", issuer: "${ISSUER}", rootcertbundle: ${certificates.caFile} }`;
  return {
    auth: ["auth:", `  token: ${token}`],
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

import { createHash } from "node:crypto";
import { access, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ImgweighError, messageOf } from "../../errors.ts";
import { asText, isObject, type JsonObject } from "../../oci/json.ts";
import { trimBothEndsOf } from "../../trim-ends.ts";

export type EngineKind = "docker" | "podman";

/** What a TLS connection is made with; null leaves it to the system's certificates, or to none of our own. */
export interface EngineTls {
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
  /** Whether the engine's certificate is checked. */
  readonly verify: boolean;
}

/** A Unix socket or a Windows named pipe. */
export interface SocketTransport {
  readonly type: "socket";
  readonly path: string;
}

export interface TcpTransport {
  readonly type: "tcp";
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** Path in front of every request, without slashes at its ends; mostly empty. */
  readonly basePath: string;
  readonly tls: EngineTls | null;
}

/** Where an engine listens, and what said so. */
export interface EngineEndpoint {
  readonly kind: EngineKind;
  /** For people; holds no credentials. */
  readonly address: string;
  /** What chose it, for people: `DOCKER_HOST`, `the docker context "lab"`, `the default socket`. */
  readonly chosenBy: string;
  readonly transport: SocketTransport | TcpTransport;
}

/** All that the search looks at, so that it can be run for another user's or a test's surroundings. */
export interface EngineSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly os: string;
  readonly exists: (path: string) => Promise<boolean>;
}

/** This process's own. */
export function processSurroundings(): EngineSurroundings {
  return { env: process.env, home: homedir(), os: process.platform, exists: fileExists };
}

async function fileExists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** An address as someone wrote it, with all that is needed to read it. */
interface WrittenAddress {
  readonly kind: EngineKind;
  readonly text: string;
  readonly chosenBy: string;
  readonly tls: EngineTls | null;
  readonly defaultSocket: string;
  readonly os: string;
}

const DEFAULT_PIPE = "//./pipe/docker_engine";
const PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

function unreachable(message: string, hint: string, cause?: unknown): ImgweighError {
  return new ImgweighError("ENGINE_UNREACHABLE", message, { hint, cause });
}

// Whatever stands before an @ may be a password, and ends up in logs.
function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/]*@/, "//").slice(0, 300);
}

function unusable(written: WrittenAddress, why: string, cause?: unknown): ImgweighError {
  return unreachable(
    `${written.chosenBy} names an engine that cannot be asked: ${withoutCredentials(written.text)} (${why})`,
    `write unix:///path, tcp://host:port or https://host:port, or hand the image over: ${handOver(written.kind)}`,
    cause,
  );
}

function handOver(kind: EngineKind): string {
  return `\`${kind} save IMAGE | imgweigh analyze -\``;
}

function socketEndpoint(written: WrittenAddress, path: string): EngineEndpoint {
  const scheme = path.startsWith("//./pipe/") ? "npipe" : "unix";
  const { kind, chosenBy } = written;
  return { kind, chosenBy, address: `${scheme}://${path}`, transport: { type: "socket", path } };
}

// The host may be left out (`tcp://:2375`), which no URL allows.
function parseUrl(written: WrittenAddress): URL {
  try {
    return new URL(written.text.replace(/^(\w+:\/\/)(?=[:/]|$)/, "$1localhost"));
  } catch (cause) {
    throw unusable(written, "not an address", cause);
  }
}

function tcpEndpoint(written: WrittenAddress): EngineEndpoint {
  const { kind, chosenBy } = written;
  const url = parseUrl(written);
  const secure = url.protocol === "https:";
  const tls = written.tls ?? (secure ? { ca: null, cert: null, key: null, verify: true } : null);
  const port = url.port === "" ? (PORTS[url.protocol] ?? (tls === null ? 2375 : 2376)) : Number(url.port);
  const basePath = trimBothEndsOf(url.pathname, "/");
  const address = `${tls === null ? "tcp" : "https"}://${url.hostname}:${port}${basePath === "" ? "" : `/${basePath}`}`;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return { kind, chosenBy, address, transport: { type: "tcp", host, port, basePath, tls } };
}

function parseAddress(written: WrittenAddress): EngineEndpoint {
  const { text } = written;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase() ?? "tcp";
  if (scheme === "unix") return socketEndpoint(written, text.slice("unix://".length) || written.defaultSocket);
  if (scheme === "npipe" && written.os === "win32") {
    return socketEndpoint(written, text.slice("npipe://".length) || DEFAULT_PIPE);
  }
  if (scheme === "npipe") throw unusable(written, "named pipes exist on Windows only");
  if (scheme === "ssh") throw unusable(written, "ssh is not supported");
  if (scheme !== "tcp" && scheme !== "http" && scheme !== "https") throw unusable(written, `unknown scheme ${scheme}`);
  return tcpEndpoint(text.includes("://") ? written : { ...written, text: `tcp://${text}` });
}

/** The bytes of a file; null where there is none. */
async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw unreachable(
      `${path} says how to reach the engine, but cannot be read: ${messageOf(cause)}`,
      "make it readable, or name another directory with DOCKER_CONFIG or DOCKER_CERT_PATH",
      cause,
    );
  }
}

async function readJsonIfThere(path: string): Promise<JsonObject | null> {
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    if (isObject(value)) return value;
  } catch {
    // Said below: the file is the user's own, what the parser thinks of it adds nothing.
  }
  throw unreachable(
    `${path} says how to reach the engine, but is not a JSON object`,
    "mend the file, or set DOCKER_HOST, which is looked at first",
  );
}

async function readTls(directory: string, verify: boolean): Promise<EngineTls> {
  const [ca, cert, key] = await Promise.all(
    ["ca", "cert", "key"].map((name) => readIfThere(join(directory, `${name}.pem`))),
  );
  return { ca: ca ?? null, cert: cert ?? null, key: key ?? null, verify };
}

function dockerConfigDirectory({ env, home }: EngineSurroundings): string {
  return env["DOCKER_CONFIG"] || join(home, ".docker");
}

// As the docker program does: any value switches it on, and without a switch the certificates are not looked at.
async function tlsOfEnvironment(surroundings: EngineSurroundings): Promise<EngineTls | null> {
  const { env } = surroundings;
  const verify = Boolean(env["DOCKER_TLS_VERIFY"]);
  const secure = verify || Boolean(env["DOCKER_TLS"]);
  if (secure) return readTls(env["DOCKER_CERT_PATH"] || dockerConfigDirectory(surroundings), verify);
  const https = /^https:/i.test(env["DOCKER_HOST"] ?? "");
  return https && env["DOCKER_CERT_PATH"] ? readTls(env["DOCKER_CERT_PATH"], true) : null;
}

/** The first of the paths that is there; where none is, the one that a person should hear about. */
async function firstThere(
  surroundings: EngineSurroundings,
  paths: readonly string[],
  otherwise: string,
): Promise<string> {
  for (const path of paths) if (await surroundings.exists(path)) return path;
  return otherwise;
}

async function dockerSocket(surroundings: EngineSurroundings): Promise<string> {
  if (surroundings.os === "win32") return DEFAULT_PIPE;
  const system = "/var/run/docker.sock";
  // Docker Desktop and rootless set-ups put it into the home directory, with or without a link at the usual place.
  return firstThere(surroundings, [system, join(surroundings.home, ".docker/run/docker.sock")], system);
}

interface ContextChoice {
  readonly name: string;
  readonly chosenBy: string;
}

async function chosenContext(surroundings: EngineSurroundings): Promise<ContextChoice | null> {
  const named = surroundings.env["DOCKER_CONTEXT"];
  if (named) return named === "default" ? null : { name: named, chosenBy: "DOCKER_CONTEXT" };
  const file = join(dockerConfigDirectory(surroundings), "config.json");
  const current = asText((await readJsonIfThere(file))?.["currentContext"]);
  return current === null || current === "default" ? null : { name: current, chosenBy: `currentContext of ${file}` };
}

async function contextEndpoint(surroundings: EngineSurroundings, choice: ContextChoice): Promise<EngineEndpoint> {
  const contexts = join(dockerConfigDirectory(surroundings), "contexts");
  const id = createHash("sha256").update(choice.name).digest("hex");
  const meta = await readJsonIfThere(join(contexts, "meta", id, "meta.json"));
  const name = JSON.stringify(choice.name);
  if (meta === null) {
    throw unreachable(
      `there is no docker context ${name} (chosen by ${choice.chosenBy})`,
      "see `docker context ls`; choose one with `docker context use NAME`, DOCKER_CONTEXT or DOCKER_HOST",
    );
  }
  const endpoints = isObject(meta["Endpoints"]) ? meta["Endpoints"] : {};
  const docker: JsonObject = isObject(endpoints["docker"]) ? endpoints["docker"] : {};
  const skipVerify = docker["SkipTLSVerify"] === true;
  const tls = await readTls(join(contexts, "tls", id, "docker"), !skipVerify);
  const secure = skipVerify || tls.ca !== null || tls.cert !== null || tls.key !== null;
  const defaultSocket = await dockerSocket(surroundings);
  return parseAddress({
    kind: "docker",
    text: asText(docker["Host"]) ?? "unix://",
    chosenBy: `the docker context ${name}`,
    tls: secure ? tls : null,
    defaultSocket,
    os: surroundings.os,
  });
}

async function findDocker(surroundings: EngineSurroundings): Promise<EngineEndpoint> {
  const host = surroundings.env["DOCKER_HOST"];
  const choice = host ? null : await chosenContext(surroundings);
  if (choice !== null) return contextEndpoint(surroundings, choice);
  const defaultSocket = await dockerSocket(surroundings);
  const written = { kind: "docker", defaultSocket, os: surroundings.os } as const;
  if (!host) return socketEndpoint({ ...written, text: "", chosenBy: "the default socket", tls: null }, defaultSocket);
  const tls = await tlsOfEnvironment(surroundings);
  return parseAddress({ ...written, text: host, chosenBy: "DOCKER_HOST", tls });
}

async function podmanSocket(surroundings: EngineSurroundings): Promise<string> {
  const system = "/run/podman/podman.sock";
  const runtime = surroundings.env["XDG_RUNTIME_DIR"];
  if (!runtime) return system;
  const own = join(runtime, "podman/podman.sock");
  return firstThere(surroundings, [own, system], own);
}

async function findPodman(surroundings: EngineSurroundings): Promise<EngineEndpoint> {
  const defaultSocket = await podmanSocket(surroundings);
  const written = { kind: "podman", defaultSocket, os: surroundings.os, tls: null } as const;
  const host = surroundings.env["CONTAINER_HOST"];
  if (host) return parseAddress({ ...written, text: host, chosenBy: "CONTAINER_HOST" });
  return socketEndpoint({ ...written, text: "", chosenBy: "the default socket" }, defaultSocket);
}

/**
 * Where the engine listens, decided as its own command-line program decides it. Nothing is connected to.
 *
 * Docker: `DOCKER_HOST` (with `DOCKER_TLS_VERIFY`, `DOCKER_CERT_PATH`), else `DOCKER_CONTEXT`, else the current context
 * of `config.json`, else the default socket. Podman: `CONTAINER_HOST`, else the user's socket, else the system's.
 *
 * @throws {ImgweighError} ENGINE_UNREACHABLE where what is written names no engine that can be asked.
 */
export async function findEndpoint(
  kind: EngineKind,
  surroundings: EngineSurroundings = processSurroundings(),
): Promise<EngineEndpoint> {
  return kind === "docker" ? findDocker(surroundings) : findPodman(surroundings);
}

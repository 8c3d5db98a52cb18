import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type Dockerode from "dockerode";
import type { DockerOptions } from "dockerode";
import { ImgweighError, messageOf } from "../../errors.ts";
import type { EngineEndpoint, TcpTransport } from "./endpoint.ts";

// A connection for each request, closed with it: a pooled one would keep the process alive after the last answer.
function connectionOptions({ transport }: EngineEndpoint): DockerOptions & { agent: HttpAgent } {
  if (transport.type === "socket") {
    return {
      protocol: "http",
      socketPath: transport.path,
      host: undefined,
      agent: new HttpAgent({ keepAlive: false }),
    };
  }
  const protocol = transport.tls === null ? "http" : "https";
  const host = transport.host.includes(":") ? `[${transport.host}]` : transport.host;
  return {
    protocol,
    // With its scheme: a bare IPv6 address would be taken for a scheme and a path.
    host: `${protocol}://${host}`,
    port: transport.port,
    // The only thing that docker-modem puts in front of every path; a proxy's prefix goes there as well as a version.
    version: transport.basePath || undefined,
    agent: tcpAgent(transport),
  };
}

function tcpAgent({ tls }: TcpTransport): HttpAgent {
  if (tls === null) return new HttpAgent({ keepAlive: false });
  const { ca, cert, key, verify } = tls;
  return new HttpsAgent({
    keepAlive: false,
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    rejectUnauthorized: verify,
  });
}

async function createClient(endpoint: EngineEndpoint): Promise<Dockerode> {
  const { default: Docker } = await import("dockerode");
  // docker-modem mixes DOCKER_HOST and its kin into whatever it is given, so all that it may take from there is named
  // here, if only to say that it is absent. A timeout of its own would cut a slow save.
  const nothing = {
    ca: undefined,
    cert: undefined,
    key: undefined,
    port: undefined,
    version: undefined,
    timeout: undefined,
  };
  return new Docker({ ...nothing, ...connectionOptions(endpoint) });
}

/** A client for one address. Nothing is sent yet. @throws {ImgweighError} ENGINE_UNREACHABLE */
export async function connect(endpoint: EngineEndpoint): Promise<Dockerode> {
  try {
    return await createClient(endpoint);
  } catch (cause) {
    // The same mixing-in reads the certificates of DOCKER_CERT_PATH, whether or not they are of use.
    throw new ImgweighError("ENGINE_UNREACHABLE", `no client for ${endpoint.address}: ${messageOf(cause)}`, {
      hint: "check DOCKER_HOST and DOCKER_CERT_PATH: they are read even where another address is used",
      cause,
    });
  }
}

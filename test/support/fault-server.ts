import { createServer as createHttpServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A request as a backend sees it. */
export interface BackendRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What would be answered if nothing went wrong. */
export interface BackendAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export type Backend = (request: BackendRequest) => BackendAnswer | Promise<BackendAnswer>;

/** What goes wrong. Counts of bytes are of the body that would have been sent. */
export type Fault =
  /** No answer at all, ever. */
  | { readonly type: "hang" }
  /** So many bytes of the body, then nothing more. */
  | { readonly type: "stall"; readonly afterBytes: number }
  /** So many bytes of the body, then the connection is cut; below 0 before the head is sent. */
  | { readonly type: "reset"; readonly afterBytes: number }
  /** So many bytes of the body, then an orderly end, as if that were all. */
  | { readonly type: "truncate"; readonly afterBytes: number }
  /** The bit of one byte turned over. */
  | { readonly type: "corrupt"; readonly atByte: number }
  /** More bytes than there are. */
  | { readonly type: "extend"; readonly bytes: number }
  /** A pause before the answer. */
  | { readonly type: "delay"; readonly milliseconds: number }
  /** One byte now and then. */
  | { readonly type: "drip"; readonly milliseconds: number }
  /** Another answer. */
  | {
      readonly type: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The whole body, whatever part was asked for. */
  | { readonly type: "no-ranges" };

/** Which requests something goes wrong with, and how often. */
export interface PlannedFault {
  readonly on: RegExp;
  readonly fault: Fault;
  /** So many requests; every one where absent. */
  times?: number;
  /** So many requests are let through first. */
  after?: number;
}

export interface LoggedRequest {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | null;
  readonly range: string | null;
  readonly host: string | null;
  status: number;
  /** Bytes of the body that were handed to the connection. */
  bytes: number;
}

export interface FaultServerOptions {
  readonly backend: Backend;
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
}

export interface FaultServer {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly requests: LoggedRequest[];
  readonly faults: PlannedFault[];
  openSockets(): number;
  /** Resolves once every socket is closed; rejects where one is still open after a while. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const CHUNK = 2 ** 16;

function once(response: ServerResponse, event: string): Promise<void> {
  return new Promise((resolve) => {
    response.once(event, () => resolve());
  });
}

function takeFault(faults: readonly PlannedFault[], url: string): Fault | null {
  for (const planned of faults) {
    if (!planned.on.test(url)) continue;
    if (planned.after !== undefined && planned.after > 0) {
      planned.after--;
      continue;
    }
    if (planned.times === 0) continue;
    if (planned.times !== undefined) planned.times--;
    return planned.fault;
  }
  return null;
}

async function sendBytes(response: ServerResponse, body: Uint8Array, log: LoggedRequest): Promise<void> {
  const closed = once(response, "close");
  for (let start = 0; start < body.length && !response.destroyed; start += CHUNK) {
    const chunk = body.subarray(start, start + CHUNK);
    log.bytes += chunk.length;
    if (!response.write(chunk)) await Promise.race([once(response, "drain"), closed]);
  }
}

function changed(body: Uint8Array, fault: Fault | null): Uint8Array {
  if (fault?.type === "corrupt") {
    const copy = Buffer.from(body);
    copy[fault.atByte] = (copy[fault.atByte] as number) ^ 1;
    return copy;
  }
  if (fault?.type === "extend") return Buffer.concat([body, Buffer.alloc(fault.bytes, "more")]);
  return fault !== null && "afterBytes" in fault ? body.subarray(0, Math.max(0, fault.afterBytes)) : body;
}

async function respond(
  response: ServerResponse,
  answer: BackendAnswer,
  fault: Fault | null,
  log: LoggedRequest,
): Promise<void> {
  if (fault?.type === "hang") return;
  if (fault?.type === "reset" && fault.afterBytes < 0) {
    response.destroy();
    return;
  }
  if (fault?.type === "delay") await sleep(fault.milliseconds);
  const body = changed(answer.body ?? Buffer.alloc(0), fault);
  // Where the length is not told, an early end looks like an end.
  const length = fault?.type === "truncate" || fault?.type === "extend" ? null : (answer.body?.length ?? 0);
  log.status = answer.status;
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(length === null ? {} : { "content-length": String(length) }),
  });
  response.flushHeaders();
  if (fault?.type === "drip") {
    for (let at = 0; at < body.length && !response.destroyed; at++) {
      await sleep(fault.milliseconds);
      response.write(body.subarray(at, at + 1));
    }
  } else await sendBytes(response, body, log);
  if (fault?.type === "stall") return;
  if (fault?.type === "reset") {
    // Lets what was written arrive first, so that the cut is in the middle and not at the start.
    await sleep(10);
    response.destroy();
    return;
  }
  response.end();
}

/** A server in front of a backend that fails the way it is told to, and logs what was asked. */
export async function startFaultServer({ backend, tls }: FaultServerOptions): Promise<FaultServer> {
  const requests: LoggedRequest[] = [];
  const faults: PlannedFault[] = [];
  const server = tls === undefined ? createHttpServer() : createHttpsServer({ key: tls.key, cert: tls.cert });
  server.on("request", (request, response) => {
    const { method = "GET", url = "/", headers } = request;
    const log: LoggedRequest = {
      method,
      url,
      authorization: headers.authorization ?? null,
      range: headers.range ?? null,
      host: headers.host ?? null,
      status: 0,
      bytes: 0,
    };
    requests.push(log);
    const handle = async (): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const fault = takeFault(faults, url);
      const asked = fault?.type === "no-ranges" ? { ...headers, range: undefined } : headers;
      const answer =
        fault?.type === "answer"
          ? { status: fault.status, headers: fault.headers ?? {}, body: Buffer.from(fault.body ?? "") }
          : await backend({ method, url, headers: asked, body: Buffer.concat(chunks) });
      await respond(response, answer, fault, log);
    };
    handle().catch((error: unknown) => response.destroy(error as Error));
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    faults,
    openSockets: () => sockets.size,
    async idle() {
      const deadline = Date.now() + 2000;
      while (sockets.size > 0) {
        if (Date.now() > deadline) throw new Error(`${sockets.size} sockets are still open`);
        await sleep(5);
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

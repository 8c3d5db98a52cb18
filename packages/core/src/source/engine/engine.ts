import { access } from "node:fs/promises";
import { isImgweighError, messageOf } from "../../errors.ts";
import type { Platform } from "../../oci/platform.ts";
import type { OnProgress } from "../../progress.ts";
import { connect } from "./client.ts";
import type { EngineEndpoint } from "./endpoint.ts";
import { codeOf, statusOf, unreachable } from "./engine-failure.ts";
import { type EngineImage, inspect, inspectPlatforms } from "./inspect.ts";
import { pull } from "./pull.ts";
import { answerTo } from "./request.ts";
import { save } from "./save.ts";
import { callOn, type Session } from "./session.ts";

/** How long an engine may take to answer a question about an image; pulling and saving have no limit. */
export const ANSWER_TIMEOUT_MS = 20_000;

export interface EngineOptions {
  /** Default {@link ANSWER_TIMEOUT_MS}. */
  readonly answerTimeoutMs?: number | undefined;
}

/** An engine that has answered once. It holds no connection between calls, so there is nothing to close. */
export interface Engine {
  readonly endpoint: EngineEndpoint;
  /** `Docker/26.1.5 (linux)`, as it calls itself; empty where it does not. */
  readonly program: string;
  /** Of its API, `1.56`; empty where it does not say. */
  readonly apiVersion: string;
  /**
   * The image of that name or ID; null where the engine has none. An engine that keeps several platforms of an image
   * under one name is asked for `platform`; others answer with what they have, so the result is still to be compared.
   *
   * @throws {ImgweighError} ENGINE_UNREACHABLE, ENGINE_FAILED
   */
  inspect(reference: string, platform: Platform | null, signal: AbortSignal): Promise<EngineImage | null>;
  /**
   * The same, with what is there for each platform where the engine can tell. What no name and no ID leads to is looked
   * for among the manifests of all images.
   *
   * @throws {ImgweighError} ENGINE_UNREACHABLE, ENGINE_FAILED
   */
  inspectPlatforms(reference: string, signal: AbortSignal): Promise<EngineImage | null>;
  /**
   * Makes the engine pull the image, each layer's progress being told as it goes.
   *
   * @throws {ImgweighError} PULL_FAILED, PLATFORM_MISMATCH, REFERENCE_INVALID, ENGINE_UNREACHABLE, ENGINE_FAILED
   */
  pull(reference: string, platform: Platform | null, signal: AbortSignal, onProgress: OnProgress): Promise<void>;
  /**
   * The image as the engine's `save` writes it. Nothing is asked for before the first byte is, and ending the
   * iteration early closes the connection, also while the engine is silent.
   *
   * @throws {ImgweighError} IMAGE_NOT_FOUND, ENGINE_UNREACHABLE, ENGINE_FAILED — also where the stream ends early
   */
  save(reference: string, platform: Platform | null, signal: AbortSignal): AsyncIterableIterator<Uint8Array>;
}

/** The API that lists the manifests of an image (`?manifests=1`), and saves one platform of several. */
const MANIFESTS_SINCE = "1.48";

/** Whether an API version is another one or newer. */
function isAtLeast(version: string, other: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [least = 0, lesser = 0] = other.split(".").map(Number);
  return major > least || (major === least && minor >= lesser);
}

/** Where no socket is, no engine is: that is found out sooner than what speaks to engines is loaded. @throws {ImgweighError} ENGINE_UNREACHABLE */
async function requireSocket(endpoint: EngineEndpoint): Promise<void> {
  const { transport } = endpoint;
  if (transport.type !== "socket" || transport.path.startsWith("//./pipe/")) return;
  await access(transport.path).catch((cause: unknown) => {
    if (codeOf(cause) !== "ENOENT") return;
    throw unreachable({ endpoint }, `connect ENOENT ${transport.path}`, "ENOENT", cause);
  });
}

/**
 * An engine that has just answered.
 *
 * @throws {ImgweighError} ENGINE_UNREACHABLE where nobody answers in time, ENGINE_FAILED where the answer is an error.
 */
export async function connectEngine(
  endpoint: EngineEndpoint,
  signal: AbortSignal,
  options: EngineOptions = {},
): Promise<Engine> {
  signal.throwIfAborted();
  await requireSocket(endpoint);
  const docker = await connect(endpoint);
  const session: Session = { endpoint, docker, answerTimeoutMs: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS };
  let program = "";
  let apiVersion = "";
  const call = callOn(session, "answer a ping", signal, session.answerTimeoutMs);
  try {
    await answerTo(call, { method: "GET", path: "/_ping" }, (headers) => {
      program = String(headers["server"] ?? "");
      apiVersion = String(headers["api-version"] ?? "");
    });
  } catch (error) {
    // A first answer that breaks off comes from something that is no engine, or one that is starting or stopping.
    if (!isImgweighError(error) || error.code !== "ENGINE_FAILED" || statusOf(error.cause) !== null) throw error;
    throw unreachable(session, messageOf(error.cause), codeOf(error.cause), error.cause);
  }
  return {
    endpoint,
    program,
    apiVersion,
    inspect: (reference, platform, inspectSignal) => inspect(session, reference, platform, inspectSignal),
    inspectPlatforms: (reference, inspectSignal) =>
      isAtLeast(apiVersion, MANIFESTS_SINCE)
        ? inspectPlatforms(session, reference, inspectSignal)
        : inspect(session, reference, null, inspectSignal),
    pull: (reference, platform, pullSignal, onProgress) =>
      pull(session, { kind: endpoint.kind, reference, platform }, pullSignal, onProgress),
    save: (reference, platform, saveSignal) => save(session, reference, platform, saveSignal),
  };
}

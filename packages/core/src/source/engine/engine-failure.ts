import { ImgweighError, isImgweighError, messageOf } from "../../errors.ts";
import type { JsonObject } from "../../oci/json.ts";
import { saying } from "../saying.ts";
import type { EngineKind } from "./endpoint.ts";
import type { Call, Session } from "./session.ts";

/** No one answers, or not in a way that lets a conversation begin. */
const UNREACHABLE_CODES =
  /^(?:ECONNREFUSED|ENOENT|ENOTSOCK|EACCES|EPERM|ENOTFOUND|EAI_\w+|E(?:HOST|NET)(?:UNREACH|DOWN)|ETIMEDOUT|(?:ERR_TLS|ERR_SSL|ERR_OSSL|CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)_\w+|EPROTO)$/;
const TLS_CODES = /^(?:EPROTO$|ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/;

const START_HINTS: Readonly<Record<EngineKind, string>> = {
  docker: "is Docker running? Start it (`sudo systemctl start docker`, or Docker Desktop), or set DOCKER_HOST",
  podman: "is Podman's service running? Start it (`systemctl --user start podman.socket`), or set CONTAINER_HOST",
};
const DENIED_HINTS: Readonly<Record<EngineKind, string>> = {
  docker: "this user may not use Docker's socket: join the group (`sudo usermod -aG docker $USER`), then log in again",
  podman: "this user may not use that socket: start your own (`systemctl --user start podman.socket`)",
};

function unreachableHint(kind: EngineKind, code: string): string {
  if (code === "EACCES" || code === "EPERM") return DENIED_HINTS[kind];
  if (TLS_CODES.test(code))
    return "check the certificates (DOCKER_CERT_PATH, or the docker context's) and whether that port speaks TLS";
  if (code === "ENOTFOUND" || code.startsWith("EAI_")) return "check the host name in the engine's address";
  return START_HINTS[kind];
}

export function codeOf(cause: unknown): string {
  const code = isErrorLike(cause) ? cause["code"] : undefined;
  return typeof code === "string" ? code : "";
}

export function statusOf(cause: unknown): number | null {
  const status = isErrorLike(cause) ? cause["statusCode"] : undefined;
  return typeof status === "number" ? status : null;
}

function isErrorLike(cause: unknown): cause is JsonObject {
  return typeof cause === "object" && cause !== null;
}

export function unreachable(
  { endpoint }: Pick<Session, "endpoint">,
  why: string,
  code: string,
  cause: unknown,
): ImgweighError {
  const { kind, address, chosenBy } = endpoint;
  return new ImgweighError("ENGINE_UNREACHABLE", `${kind} does not answer at ${address} (${chosenBy}): ${why}`, {
    hint: unreachableHint(kind, code),
    details: { engine: kind, address, reason: code === "" ? null : code },
    cause,
  });
}

export function engineFailed({ session, doing }: Call, why: string, cause?: unknown): ImgweighError {
  const { kind, address } = session.endpoint;
  return new ImgweighError("ENGINE_FAILED", `${kind} could not ${doing}: ${saying(why)}`, {
    hint: `look at the engine's own log, and try the same with \`${kind}\``,
    details: { engine: kind, address, status: statusOf(cause) },
    cause,
  });
}

/** What to throw for anything that went wrong during a call; on an abort the caller's own reason. */
export function failure(call: Call, cause: unknown): unknown {
  const { session, signal, leash } = call;
  if (signal.aborted) return signal.reason;
  if (isImgweighError(cause)) return cause;
  if (leash.expired) {
    const seconds = session.answerTimeoutMs / 1000;
    return unreachable(session, `no answer within ${seconds} s to: ${call.doing}`, "ETIMEDOUT", cause);
  }
  const code = codeOf(cause);
  if (UNREACHABLE_CODES.test(code)) return unreachable(session, messageOf(cause) || code, code, cause);
  const brokenOff = statusOf(cause) === null && /^(?:ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/.test(code);
  return engineFailed(call, brokenOff ? `the connection broke off (${code})` : messageOf(cause) || code, cause);
}

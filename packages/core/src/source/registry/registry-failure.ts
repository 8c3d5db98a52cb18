import { ImgweighError, messageOf } from "../../errors.ts";
import { asText, isObject } from "../../oci/json.ts";
import { saying } from "../saying.ts";
import type { RegistryPlace } from "./place.ts";
import type { Secrets } from "./secrets.ts";

/** No certificate that can be believed. */
const CERTIFICATE_CODES = /^(?:CERT_\w+|UNABLE_TO_\w+|SELF_SIGNED\w*|DEPTH_ZERO\w*|ERR_TLS_CERT\w*|HOSTNAME_MISMATCH)$/;
/** Something was there and went away, or is slow: it may be better the next time. */
const TEMPORARY_CODES =
  /^(?:ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EAI_AGAIN|UND_ERR_SOCKET|UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|HPE_\w+|ERR_STREAM_PREMATURE_CLOSE)$/;
const TIMEOUT_CODES = /TIMEOUT|ETIMEDOUT/;

/** The code of what broke a connection off; a client may have put it into a wrapping of its own. */
export function codeOf(error: unknown): string {
  for (let at = error, depth = 0; isErrorLike(at) && depth < 5; depth++) {
    const { code, cause, errors } = at;
    if (typeof code === "string" && code !== "") return code;
    // Of several addresses that were tried, the first says what there is to say.
    at = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return "";
}

function isErrorLike(value: unknown): value is { code?: unknown; cause?: unknown; errors?: unknown } {
  return typeof value === "object" && value !== null;
}

export function isCertificateFailure(error: unknown): boolean {
  return CERTIFICATE_CODES.test(codeOf(error));
}

export function isTemporary(error: unknown): boolean {
  return TEMPORARY_CODES.test(codeOf(error));
}

export function isTimeout(error: unknown): boolean {
  return TIMEOUT_CODES.test(codeOf(error));
}

function connectionHint(code: string, { name }: RegistryPlace): string {
  if (CERTIFICATE_CODES.test(code)) {
    return `if its certificate comes from an authority of your own, name it: --registry-ca FILE; to do without: --insecure-registry ${name}`;
  }
  if (code === "EPROTO" || code.startsWith("ERR_SSL")) return `if it speaks plain HTTP: --insecure-registry ${name}`;
  if (code === "ENOTFOUND" || code.startsWith("EAI_")) return "check the name of the registry, and the network";
  if (code === "UND_ERR_ABORTED" || code === "UND_ERR_INVALID_ARG")
    return "check the proxy: HTTPS_PROXY, HTTP_PROXY, NO_PROXY";
  return "check the network; a proxy is named by HTTPS_PROXY; a saved image needs no registry";
}

/** The error for a connection that does not come about, or breaks off again and again. */
export function connectionFailed(place: RegistryPlace, cause: unknown): ImgweighError {
  const code = codeOf(cause);
  const why = saying(messageOf(cause)) || code;
  return new ImgweighError("REGISTRY_UNREACHABLE", `${place.name} cannot be reached: ${why}`, {
    hint: connectionHint(code, place),
    details: { registry: place.name, reason: code === "" ? null : code },
    cause,
  });
}

/** An answer that stands for a failure. */
export interface FailedAnswer {
  readonly status: number;
  /** The server that gave it, where it is not the registry itself. */
  readonly elsewhere: string | null;
  readonly text: string;
  /** Milliseconds that it asks to wait. */
  readonly retryAfterMs: number | null;
}

/** What was asked for. */
export interface Asked {
  readonly place: RegistryPlace;
  /** For people: `the manifest of ghcr.io/acme/api:main`. */
  readonly what: string;
  /** What its absence means. */
  readonly absent: "IMAGE_NOT_FOUND" | "LAYER_MISSING";
}

/** What a registry says went wrong (distribution-spec, "Error Codes"): its words, else the beginning of its text. */
export function sayingOf(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    const list = isObject(value) && Array.isArray(value["errors"]) ? value["errors"] : [value];
    const words = list.flatMap((error: unknown) => {
      if (!isObject(error)) return [];
      return (
        asText(error["message"]) ?? asText(error["code"]) ?? asText(error["details"]) ?? asText(error["error"]) ?? []
      );
    });
    return saying(words.join("; "));
  } catch {
    return /^\s*</.test(text) ? "" : saying(text.slice(0, 200));
  }
}

function seconds(milliseconds: number): string {
  return `${Math.ceil(milliseconds / 1000)} s`;
}

/** The error for an answer that is none of those hoped for. */
export function answerFailed(asked: Asked, answer: FailedAnswer, secrets: Secrets): ImgweighError {
  const { place, what } = asked;
  const { status, elsewhere, retryAfterMs } = answer;
  const words = secrets.redact(sayingOf(answer.text));
  const because = words === "" ? `HTTP ${status}` : `${words} (HTTP ${status})`;
  const details = { registry: place.name, repository: place.repository, status };
  if (elsewhere !== null) {
    return new ImgweighError(
      "REGISTRY_FAILED",
      `${place.name} sends to ${elsewhere} for ${what}, which answers: ${because}`,
      {
        hint: "try again; if it stays so, this is a fault of the registry's storage",
        details,
      },
    );
  }
  if (status === 404) {
    const hint =
      asked.absent === "IMAGE_NOT_FOUND"
        ? "check the name and the tag"
        : "the registry has lost it, or never had it: push the image again";
    return new ImgweighError(asked.absent, `${place.name} does not have ${what}: ${because}`, { hint, details });
  }
  if (status === 429) {
    const asks = retryAfterMs === null ? "" : `; it asks to wait ${seconds(retryAfterMs)}`;
    return new ImgweighError(
      "REGISTRY_RATE_LIMITED",
      `${place.name} does not give out ${what} for now: ${because}${asks}`,
      {
        hint: "log in (docker login, podman login), which mostly raises the limit; name a mirror (--registry-mirror); or wait",
        details: { ...details, retryAfterSeconds: retryAfterMs === null ? null : Math.ceil(retryAfterMs / 1000) },
      },
    );
  }
  return new ImgweighError("REGISTRY_FAILED", `${place.name} did not give out ${what}: ${because}`, {
    hint: status >= 500 ? "try again later" : "check the name; some registries answer so where nothing is",
    details,
  });
}

/** How far a user got with a registry that does not let them in. */
export interface Refusal {
  /** Whether credentials were sent. */
  readonly known: boolean;
  /** What went wrong while credentials were looked for. */
  readonly troubles: readonly string[];
}

/** The error for someone whom the registry does not let in. */
export function unauthorized(asked: Asked, answer: FailedAnswer, refusal: Refusal, secrets: Secrets): ImgweighError {
  const { place, what } = asked;
  const words = secrets.redact(sayingOf(answer.text));
  const because = words === "" ? `HTTP ${answer.status}` : `${words} (HTTP ${answer.status})`;
  const troubles = refusal.troubles.length === 0 ? "" : `; ${refusal.troubles.join("; ")}`;
  const asks = `does not let ${refusal.known ? "this user" : "everyone"} read ${what}`;
  const login = place.name === "docker.io" ? "docker login" : `docker login ${place.name}`;
  return new ImgweighError("REGISTRY_UNAUTHORIZED", `${place.name} ${asks}: ${because}${troubles}`, {
    hint: refusal.known
      ? "check the name, which may not exist either, and whether the credentials are still good: log in again"
      : `check the name, which may not exist either; if it is private, log in (\`${login}\`), or set IMGWEIGH_REGISTRY=${place.name}, IMGWEIGH_REGISTRY_USERNAME and IMGWEIGH_REGISTRY_PASSWORD`,
    details: { registry: place.name, repository: place.repository, status: answer.status },
  });
}

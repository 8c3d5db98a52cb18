import { escapeText } from "./escape.ts";

/**
 * Every way imgweigh can fail, by code. The text says what it means; `docs/errors.md` is checked against this table.
 */
export const ERROR_CODES = {
  ARCHIVE_MALFORMED: "An archive, layer, manifest or config breaks its format",
  ARCHIVE_TRUNCATED: "An archive, layer or compressed stream ends before it says it does",
  BASELINE_MISSING: "A baseline is required, and none is named or it is not there",
  CONFIG_INVALID: "A configuration or baseline file is not what its schema says",
  DIGEST_MISMATCH: "Bytes do not have the digest or size that the image declares for them",
  DOCKERFILE_MISMATCH: "The Dockerfile is not the one that the image was built from",
  ENGINE_FAILED: "The container engine answered with an error",
  ENGINE_UNREACHABLE: "No container engine answers at the address",
  FILE_UNREADABLE: "A file or directory is absent or cannot be read",
  FINDING_UNKNOWN: "A finding or rule that was named is none of this image's",
  IMAGE_AMBIGUOUS: "The source holds several images and none was chosen",
  IMAGE_NOT_FOUND: "The source does not hold the image",
  INPUT_UNREADABLE: "A Dockerfile or configuration that was named cannot be read",
  LAYER_MISSING: "The image names a layer, manifest or config that the source does not hold",
  LIMIT_EXCEEDED: "The input exceeds a limit set for untrusted images",
  NOT_AN_IMAGE: "The input is not a container image",
  NOT_COMPARABLE: "The two images cannot be compared: they are of different platforms",
  PATH_NOT_FOUND: "No layer of the image has the path",
  PLATFORM_MISMATCH: "The image is not available for the platform",
  PULL_FAILED: "The engine could not pull the image",
  REFERENCE_INVALID: "The text is not an image reference, platform or source",
  REGISTRY_FAILED: "The registry answered with an error, or with something that is no answer",
  REGISTRY_RATE_LIMITED: "The registry limits how often it may be asked",
  REGISTRY_UNAUTHORIZED: "The registry does not let this user read the image",
  REGISTRY_UNREACHABLE: "No registry answers at the address",
  SCHEMA_UNSUPPORTED: "A saved result is of a version that this program does not read",
  UNSUPPORTED_COMPRESSION: "A layer is compressed in a way that cannot be read",
  UNSUPPORTED_MEDIA_TYPE: "A manifest or layer is of a kind that cannot be read",
  WARNING_AS_ERROR: "Strict mode: the image has something that is otherwise only a warning",
} as const;

/** Machine-readable reason of an {@link ImgweighError}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Plain JSON facts about a failure, for programs. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** What an {@link ImgweighError} says beside its code and message. */
export interface ErrorOptions {
  readonly hint?: string | undefined;
  readonly details?: ErrorDetails | undefined;
  readonly cause?: unknown;
}

// A registered symbol, so that an error of another copy of this package is still recognised.
const brand = Symbol.for("imgweigh.error");

/** What a message quotes is a stranger's. Only what is wrong with a configuration is told in lines. */
function printable(text: string, code: ErrorCode): string {
  return code === "CONFIG_INVALID" ? text.split("\n").map(escapeText).join("\n") : escapeText(text);
}

/** The one error class: `code` for programs, `message` for people, `hint` says what to do next. */
export class ImgweighError extends Error {
  override readonly name = "ImgweighError";
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(printable(message, code), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint === undefined ? null : printable(options.hint, code);
    this.details = options.details ?? {};
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Whether `error` is an {@link ImgweighError}, also one that another copy of the package threw. */
export function isImgweighError(error: unknown): error is ImgweighError {
  return typeof error === "object" && error !== null && brand in error;
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import { type ErrorCode, type ErrorDetails, ImgweighError, isImgweighError, messageOf } from "../errors.ts";
import type { JobResult, LayerJob } from "./layer-job.ts";

/** What a thread is told. */
export type ToThread =
  | { readonly type: "job"; readonly job: LayerJob }
  /** The next bytes of the blob that streams past. */
  | { readonly type: "chunk"; readonly bytes: Uint8Array }
  /** It has ended; where `whole` is false it broke off, and what comes of the job is of no interest. */
  | { readonly type: "end"; readonly whole: boolean };

/** What a thread tells. */
export type FromThread =
  /** It has loaded everything and waits for a job. */
  | { readonly type: "ready" }
  /** Bytes of the blob, and uncompressed ones, since it last told. */
  | { readonly type: "progress"; readonly stored: number; readonly uncompressed: number }
  /** A chunk was read: its memory may be used again. */
  | { readonly type: "taken"; readonly memory: ArrayBuffer }
  | { readonly type: "done"; readonly result: JobResult<LayerJob["kind"]> }
  | { readonly type: "failed"; readonly error: ErrorData };

/** An error as data: a copy of an error that crosses threads is an `Error` and no more. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  /** Ours, or the system's. */
  readonly code: string | null;
  /** null where it is none of ours. */
  readonly ours: { readonly hint: string | null; readonly details: ErrorDetails } | null;
  readonly cause: ErrorData | null;
}

const BROKEN_OFF = "BrokenOff";

/** What a job ends in whose input broke off; why it did knows only who reads it. */
export function brokenOff(): Error {
  return Object.assign(new Error("the stream broke off"), { name: BROKEN_OFF });
}

export function isBrokenOff(error: unknown): boolean {
  return error instanceof Error && error.name === BROKEN_OFF;
}

export function errorData(error: unknown): ErrorData {
  const { name, stack, cause, code } = (error instanceof Error ? error : {}) as Partial<Error> & { code?: unknown };
  return {
    name: name ?? "Error",
    message: messageOf(error),
    stack: stack ?? null,
    code: typeof code === "string" ? code : null,
    ours: isImgweighError(error) ? { hint: error.hint, details: error.details } : null,
    cause: cause === undefined ? null : errorData(cause),
  };
}

export function errorFrom({ name, message, stack, code, ours, cause }: ErrorData): Error {
  const from = cause === null ? {} : { cause: errorFrom(cause) };
  const error =
    ours === null
      ? Object.assign(new Error(message, from), code !== null && { code }, name !== "Error" && { name })
      : new ImgweighError(code as ErrorCode, message, { ...from, hint: ours.hint ?? undefined, details: ours.details });
  if (stack !== null) error.stack = stack;
  return error;
}

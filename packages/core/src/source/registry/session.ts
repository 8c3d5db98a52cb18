import type { OnProgress } from "../../progress.ts";
import type { FoundCredentials } from "./credentials.ts";
import type { HttpClient, HttpResponse } from "./http-client.ts";
import { type Patience, parseRetryAfter, pause, pauseAfter } from "./patience.ts";
import type { RegistryPlace } from "./place.ts";
import { codeOf, isTemporary, isTimeout } from "./registry-failure.ts";
import type { Secrets } from "./secrets.ts";

/** What all requests about one repository share. */
export interface Session {
  readonly place: RegistryPlace;
  readonly client: HttpClient;
  readonly patience: Patience;
  readonly secrets: Secrets;
  /** Looked for when first asked for, and once. */
  readonly credentials: () => Promise<FoundCredentials>;
  /** Whether a server is one whose certificate is not checked and that may be spoken to in plain HTTP. */
  readonly isInsecure: (authority: string) => boolean;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** Told to people from this much on. */
const NOTICEABLE_MS = 3000;

const TEMPORARY_STATUS: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
/** What a server that was there a moment ago may get over. */
const LATER_BETTER = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"]);

export function retryAfterOf(response: HttpResponse): number | null {
  return parseRetryAfter(response.header("retry-after"), Date.now());
}

/** Counts failures of one undertaking and waits after each. */
export interface Attempts {
  /** Waits before the next try. False where there is none: too many failures, or a longer wait asked for than there is patience. */
  again(retryAfterMs: number | null, timedOut: boolean): Promise<boolean>;
  /** Whether the undertaking may get over an error. */
  forgives(error: unknown): boolean;
  /** After something has come of it: failures count anew. */
  succeeded(): void;
}

/** @param known whether the server has answered before */
export function attemptsOf({ patience, signal, place, onProgress }: Session, known: boolean): Attempts {
  let failures = 0;
  let answered = known;
  return {
    forgives: (error) => isTemporary(error) || (answered && LATER_BETTER.has(codeOf(error))),
    async again(retryAfterMs, timedOut) {
      signal.throwIfAborted();
      // Nobody wants to wait for a dead server as often as for one that says no at once.
      failures += timedOut ? 2 : 1;
      const wait = failures >= patience.attempts ? null : pauseAfter(failures, retryAfterMs, patience);
      if (wait === null) return false;
      if (wait >= NOTICEABLE_MS) {
        const asked =
          retryAfterMs === null ? "does not answer as it should; trying again" : "asks to wait; trying again";
        onProgress({ type: "source", source: place.name, note: `${asked} in ${Math.ceil(wait / 1000)} s` });
      }
      await pause(wait, signal);
      return true;
    },
    succeeded() {
      failures = 0;
      answered = true;
    },
  };
}

/** Whether asking again may help. An address elsewhere was signed for a while, and the registry gives out a new one. */
function isPassing({ status, elsewhere }: HttpResponse): boolean {
  return TEMPORARY_STATUS.has(status) || (elsewhere !== null && status >= 400);
}

/**
 * Sends something until there is an answer that is worth looking at, or patience is at its end: then the last answer,
 * whatever it is, or what broke the last connection off.
 */
export async function insist(attempts: Attempts, send: () => Promise<HttpResponse>): Promise<HttpResponse> {
  for (;;) {
    let response: HttpResponse;
    try {
      response = await send();
    } catch (error) {
      if (!attempts.forgives(error) || !(await attempts.again(null, isTimeout(error)))) throw error;
      continue;
    }
    if (!isPassing(response) || !(await attempts.again(retryAfterOf(response), false))) return response;
    response.discard();
  }
}

import { setTimeout as sleep } from "node:timers/promises";

/** How long a server is waited for, and how often it is asked again. All times in milliseconds. */
export interface Patience {
  /** Until a connection stands, TLS included. */
  readonly connectMs: number;
  /** Until the head of an answer is there. */
  readonly answerMs: number;
  /** Between two pieces of a body. */
  readonly idleMs: number;
  /** Until all of a document is there, all tries included. Blobs may take as long as they come. */
  readonly documentMs: number;
  /** Times that something is tried before it has failed. */
  readonly attempts: number;
  /** Before the second try; it doubles from there. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** A server that asks for a longer pause (`Retry-After`) is not waited for. */
  readonly longestRetryAfterMs: number;
}

export const PATIENCE: Patience = {
  connectMs: 10_000,
  answerMs: 30_000,
  idleMs: 30_000,
  documentMs: 300_000,
  attempts: 5,
  firstPauseMs: 500,
  longestPauseMs: 8000,
  longestRetryAfterMs: 60_000,
};

/**
 * Milliseconds that a `Retry-After` header asks for: seconds, or a date (RFC 9110, section 10.2.3). null where it says
 * nothing that can be understood.
 *
 * @param now milliseconds since the epoch
 */
export function parseRetryAfter(value: string | null, now: number): number | null {
  if (value === null) return null;
  if (/^\s*\d{1,9}\s*$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/**
 * Milliseconds to wait after so many failures: what the server asked for, else twice as long each time, of which a
 * random half keeps clients that failed together apart. null where the server asks for more than there is patience.
 */
export function pauseAfter(failures: number, retryAfterMs: number | null, patience: Patience): number | null {
  if (retryAfterMs !== null) return retryAfterMs > patience.longestRetryAfterMs ? null : retryAfterMs;
  const longest = Math.min(patience.longestPauseMs, patience.firstPauseMs * 2 ** (failures - 1));
  return longest / 2 + (Math.random() * longest) / 2;
}

/** @throws the signal's reason on an abort */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : error;
  });
}

import type Dockerode from "dockerode";
import type { EngineEndpoint } from "./endpoint.ts";

export interface Session {
  readonly endpoint: EngineEndpoint;
  readonly docker: Dockerode;
  readonly answerTimeoutMs: number;
}

export interface Call {
  readonly session: Session;
  /** What is being done, for the message of its failure: "inspect alpine". */
  readonly doing: string;
  /** The caller's signal, whose reason is what an abort throws. */
  readonly signal: AbortSignal;
  readonly leash: Leash;
}

/** Ends one request: when the caller aborts, when time is up, or when its holder lets go. */
export class Leash {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal;
  readonly #timer: NodeJS.Timeout | undefined;
  expired = false;

  constructor(parent: AbortSignal, limitMs: number | null) {
    this.#parent = parent;
    if (limitMs !== null) this.#timer = setTimeout(this.#expire, limitMs);
    parent.addEventListener("abort", this.cut, { once: true });
    if (parent.aborted) this.cut();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly cut = (): void => this.#controller.abort();

  readonly #expire = (): void => {
    this.expired = true;
    this.cut();
  };

  /** Forgets the timer and the caller's signal, which may outlive many requests. */
  release(): void {
    clearTimeout(this.#timer);
    this.#parent.removeEventListener("abort", this.cut);
  }
}

export function callOn(session: Session, doing: string, signal: AbortSignal, limitMs: number | null): Call {
  return { session, doing, signal, leash: new Leash(signal, limitMs) };
}

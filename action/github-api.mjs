// The few requests that a comment takes, over fetch.
import { setTimeout as sleep } from "node:timers/promises";

const TIMEOUT_MS = 30_000;
const ATTEMPTS = 5;
/** A server that asks for more is not waited for: the job costs money. */
const LONGEST_WAIT_SECONDS = 60;
/** 100 comments each. */
const MAX_PAGES = 100;

/** An answer that is no success; `mayPass` where a later attempt may be one. */
export class ApiError extends Error {
  constructor(message, { status = null, mayPass = false, waitSeconds = null, cause } = {}) {
    super(message, { cause });
    this.status = status;
    this.mayPass = mayPass;
    this.waitSeconds = waitSeconds;
  }

  /** The token has no right to it, as in a pull request from a fork. What may not be seen is "not found". */
  get refused() {
    return !this.mayPass && [401, 403, 404].includes(this.status);
  }
}

/** Seconds that a limited client is told to wait. https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function secondsToWait({ headers }, now) {
  const after = headers.get("retry-after");
  if (after !== null && /^\d+$/.test(after)) return Number(after);
  if (headers.get("x-ratelimit-remaining") !== "0") return null;
  const reset = Number(headers.get("x-ratelimit-reset"));
  return Number.isFinite(reset) ? Math.max(0, Math.ceil(reset - now / 1000)) : null;
}

async function failureOf(response) {
  const said = await response.json().then(
    ({ message }) => String(message),
    () => response.statusText,
  );
  const waitSeconds = secondsToWait(response, Date.now());
  const limited = [403, 429].includes(response.status) && (waitSeconds !== null || /rate limit/i.test(said));
  const { status } = response;
  return new ApiError(`${status} ${said}`, {
    status,
    mayPass: status >= 500 || status === 429 || limited,
    waitSeconds,
  });
}

export class GitHubApi {
  #base;
  #token;

  constructor(base, token) {
    this.#base = base;
    this.#token = token;
  }

  /** One request; `path` is below the API's address, or a whole address of it. */
  async request(method, path, body) {
    const url = path.startsWith("/") ? `${this.#base}${path}` : path;
    // A link to elsewhere must not get the token.
    if (new URL(url).origin !== new URL(this.#base).origin) throw new ApiError(`the API links to another host`);
    const headers = {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${this.#token}`,
      "user-agent": "imgweigh",
      "x-github-api-version": "2022-11-28",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const init = { method, headers, redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) };
    const response = await fetch(url, { ...init, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }).catch(
      (cause) => {
        throw new ApiError(`no answer: ${cause.cause?.code ?? cause.name}`, { mayPass: true, cause });
      },
    );
    if (!response.ok) throw await failureOf(response);
    return response;
  }

  async get(path) {
    return (await this.request("GET", path)).json();
  }

  /** The items of every page of a list. */
  async *list(path) {
    let next = path;
    for (let page = 0; next !== undefined && page < MAX_PAGES; page++) {
      const response = await this.request("GET", next);
      yield* await response.json();
      next = /<([^>]*)>\s*;\s*rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
    }
  }
}

/** Does `work` again while what went wrong may pass. It starts over: what an answer that was lost has done counts. */
export async function withRetries(work) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!error.mayPass || attempt === ATTEMPTS) throw error;
      const seconds = error.waitSeconds ?? 2 ** (attempt - 1);
      if (seconds > LONGEST_WAIT_SECONDS) throw error;
      await sleep(seconds * 1000);
    }
  }
}

import { isImgweighError } from "../../errors.ts";
import { deadlineOf, failedAnswer, readBody } from "./answer.ts";
import { createAuthorizer } from "./authorizer.ts";
import type { HttpResponse } from "./http-client.ts";
import {
  type Asked,
  answerFailed,
  connectionFailed,
  isCertificateFailure,
  isTimeout,
  unauthorized,
} from "./registry-failure.ts";
import { type Attempts, attemptsOf, insist, type Session } from "./session.ts";

type Headers = Readonly<Record<string, string>>;

/** Questions to one repository: let in, over TLS or not, asked again where that may help. */
export interface Exchange {
  /**
   * An answer with one of the statuses hoped for; its body is still to be read.
   *
   * @param path below the repository: `manifests/latest`
   * @throws {ImgweighError} by what is asked for where it is absent, and REGISTRY_*
   */
  ask(asked: Asked, path: string, headers: Headers, hoped: readonly number[]): Promise<HttpResponse>;
  /** A whole body of at most `limit` bytes; null where it is longer. What breaks off is asked for again. */
  read(asked: Asked, path: string, headers: Headers, limit: number): Promise<WholeAnswer>;
}

export interface WholeAnswer {
  readonly response: HttpResponse;
  readonly body: Buffer | null;
}

/** Times that a request is sent with something new to let it in. */
const MAX_RENEWALS = 2;

export function createExchange(session: Session): Exchange {
  const { place, client, signal, secrets } = session;
  const authorizer = createAuthorizer(session);
  let base: URL | null = null;

  const addressOf = (scheme: "https" | "http"): URL => new URL(`${scheme}://${place.authority}`);

  async function sendTo(origin: URL, path: string, headers: Headers, attempts: Attempts): Promise<HttpResponse> {
    const url = new URL(`/v2/${place.repository}/${path}`, origin);
    for (let renewals = 0; ; renewals++) {
      const authorization = await authorizer.current(origin);
      const all = authorization === null ? headers : { ...headers, authorization };
      const response = await insist(attempts, () => client.send({ method: "GET", url, headers: all, signal }));
      // A server that a redirect led to has no say in what the registry is shown.
      if (response.status !== 401 || response.elsewhere !== null || renewals === MAX_RENEWALS) return response;
      if (!(await authorizer.answer(response.header("www-authenticate") ?? "", authorization, origin))) return response;
      response.discard();
    }
  }

  /** An answer over TLS; null where the server does not seem to speak it. */
  async function probe(path: string, headers: Headers): Promise<HttpResponse | null> {
    try {
      return await sendTo(addressOf("https"), path, headers, { ...attemptsOf(session, false), forgives: () => false });
    } catch (error) {
      if (signal.aborted || isImgweighError(error) || isCertificateFailure(error)) throw error;
      return null;
    }
  }

  /** The first request finds out whether the registry speaks TLS, where it need not. */
  async function send(path: string, headers: Headers): Promise<HttpResponse> {
    if (base !== null) return sendTo(base, path, headers, attemptsOf(session, true));
    const secured = place.plainHttp ? await probe(path, headers) : null;
    const origin = addressOf(place.plainHttp && secured === null ? "http" : "https");
    const response = secured ?? (await sendTo(origin, path, headers, attemptsOf(session, false)));
    base = origin;
    return response;
  }

  /** The error for an answer with a status that was not hoped for. */
  async function refusal(asked: Asked, response: HttpResponse): Promise<Error> {
    const answer = await failedAnswer(response);
    signal.throwIfAborted();
    const isLogin = answer.elsewhere === null && (answer.status === 401 || answer.status === 403);
    if (!isLogin) return answerFailed(asked, answer, secrets);
    const { credentials, troubles } = await session.credentials();
    return unauthorized(asked, answer, { known: credentials !== null, troubles }, secrets);
  }

  async function ask(asked: Asked, path: string, headers: Headers, hoped: readonly number[]): Promise<HttpResponse> {
    let response: HttpResponse;
    try {
      response = await send(path, headers);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw isImgweighError(error) ? error : connectionFailed(place, error);
    }
    if (!hoped.includes(response.status)) throw await refusal(asked, response);
    return response;
  }

  async function read(asked: Asked, path: string, headers: Headers, limit: number): Promise<WholeAnswer> {
    const attempts = attemptsOf(session, true);
    const deadline = deadlineOf(session);
    for (;;) {
      const response = await ask(asked, path, headers, [200]);
      try {
        return { response, body: await readBody(response, limit, deadline) };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (isImgweighError(error)) throw error;
        const again = attempts.forgives(error) && (await attempts.again(null, isTimeout(error)));
        if (!again) throw connectionFailed(place, error);
      }
    }
  }

  return { ask, read };
}

import { ImgweighError, isImgweighError } from "../../errors.ts";
import { asText, isObject, type JsonObject } from "../../oci/json.ts";
import { deadlineOf, failedAnswer, readBody } from "./answer.ts";
import type { Challenge } from "./challenge.ts";
import type { FoundCredentials } from "./credentials.ts";
import type { HttpRequest } from "./http-client.ts";
import { isListenedTo, isLoopback } from "./place.ts";
import { type Asked, answerFailed, connectionFailed, unauthorized } from "./registry-failure.ts";
import { attemptsOf, insist, type Session } from "./session.ts";

export interface Token {
  readonly token: string;
  /** Seconds from now on. */
  readonly expiresIn: number;
  /** What the next token may be asked for with. */
  readonly refreshToken: string | null;
}

const MAX_ANSWER_BYTES = 2 ** 18;
/** What a server means that does not say (distribution: auth/token, "expires_in"). */
const DEFAULT_EXPIRES_IN = 60;

function badChallenge({ place }: Session, why: string): ImgweighError {
  return new ImgweighError("REGISTRY_FAILED", `${place.name} asks for a token, but ${why}`, {
    hint: "this is a fault of the registry, or of a proxy in front of it",
    details: { registry: place.name, repository: place.repository },
  });
}

/**
 * Where tokens are asked for: a server that cannot be listened to, or one that is as near as the registry itself. Of
 * the latter only one on this machine is told a password.
 */
function realmOf(session: Session, challenge: Challenge, registry: URL): URL {
  let realm: URL;
  try {
    realm = new URL(challenge.parameters.get("realm") ?? "");
  } catch {
    throw badChallenge(session, "does not say where");
  }
  if (realm.protocol === "https:") return realm;
  const near = registry.protocol === "http:" && (realm.hostname === registry.hostname || isLoopback(realm.hostname));
  if (realm.protocol === "http:" && (near || session.isInsecure(realm.host))) return realm;
  throw badChallenge(session, `at an address that is not safe (${realm.protocol}//${realm.host})`);
}

function withheldFrom(realm: URL): FoundCredentials {
  return { credentials: null, troubles: [`credentials are not sent to ${realm.host}, which speaks no TLS`] };
}

/** The request for a token: `GET` with a password or nothing (distribution: auth/token), `POST` with a refresh token (auth/oauth). */
function tokenRequest(
  session: Session,
  challenge: Challenge,
  realm: URL,
  { credentials }: FoundCredentials,
  refreshToken: string | null,
): HttpRequest {
  const { place, signal, secrets } = session;
  const scope = challenge.parameters.get("scope") || `repository:${place.repository}:pull`;
  const service = challenge.parameters.get("service") ?? "";
  const refresh =
    refreshToken ?? (credentials !== null && "identityToken" in credentials ? credentials.identityToken : null);
  if (refresh !== null) {
    const form = { grant_type: "refresh_token", service, client_id: "imgweigh", scope, refresh_token: refresh };
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    return { method: "POST", url: realm, headers, body: new URLSearchParams(form).toString(), signal };
  }
  const url = new URL(realm);
  if (service !== "") url.searchParams.set("service", service);
  // Several scopes are written with blanks between them, and sent one by one.
  for (const one of scope.split(" ").filter((part) => part !== "")) url.searchParams.append("scope", one);
  if (credentials === null || !("password" in credentials)) {
    return { method: "GET", url, headers: { accept: "application/json" }, signal };
  }
  url.searchParams.set("account", credentials.username);
  const authorization = basicHeader(credentials);
  secrets.add(authorization.slice("Basic ".length));
  return { method: "GET", url, headers: { accept: "application/json", authorization }, signal };
}

export function basicHeader({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function parseToken(session: Session, body: Buffer | null): Token {
  let answer: JsonObject = {};
  try {
    const value: unknown = JSON.parse(body?.toString("utf8") ?? "");
    if (isObject(value)) answer = value;
  } catch {
    // Said below: what it printed may be half a token.
  }
  const token = asText(answer["token"]) ?? asText(answer["access_token"]);
  // It becomes a header.
  if (token === null || !/^[\x21-\x7e]+$/.test(token)) throw badChallenge(session, "is given none that can be used");
  const expiresIn = answer["expires_in"];
  const refreshToken = asText(answer["refresh_token"]);
  session.secrets.add(token);
  if (refreshToken !== null) session.secrets.add(refreshToken);
  return {
    token,
    expiresIn: typeof expiresIn === "number" && expiresIn > 0 ? expiresIn : DEFAULT_EXPIRES_IN,
    refreshToken,
  };
}

/**
 * A bearer token for the repository, as the challenge asks for it.
 *
 * @param registry where the challenge came from
 * @throws {ImgweighError} REGISTRY_UNAUTHORIZED where the credentials are refused, and REGISTRY_*
 */
export async function fetchToken(
  session: Session,
  challenge: Challenge,
  registry: URL,
  refreshToken: string | null,
): Promise<Token> {
  const { client, secrets, place } = session;
  const realm = realmOf(session, challenge, registry);
  const found = isListenedTo(realm) ? withheldFrom(realm) : await session.credentials();
  const request = tokenRequest(session, challenge, realm, found, isListenedTo(realm) ? null : refreshToken);
  const asked: Asked = { place, what: `a token for ${place.repository}`, absent: "IMAGE_NOT_FOUND" };
  try {
    const response = await insist(attemptsOf(session, true), () => client.send(request));
    if (response.status === 200)
      return parseToken(session, await readBody(response, MAX_ANSWER_BYTES, deadlineOf(session)));
    const answer = await failedAnswer(response);
    if (answer.status === 401 || answer.status === 403 || answer.status === 400) {
      throw unauthorized(asked, answer, { known: found.credentials !== null, troubles: found.troubles }, secrets);
    }
    throw answerFailed(asked, { ...answer, elsewhere: realm.host }, secrets);
  } catch (error) {
    if (session.signal.aborted) throw session.signal.reason;
    throw isImgweighError(error) ? error : connectionFailed(place, error);
  }
}

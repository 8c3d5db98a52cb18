import { type Challenge, parseChallenges } from "./challenge.ts";
import { isListenedTo } from "./place.ts";
import type { Session } from "./session.ts";
import { basicHeader, fetchToken } from "./token.ts";

/** What a registry was given to let us in, and how to come by something better. */
export interface Authorizer {
  /** The `Authorization` to send; null sends none. A token that has run out is renewed first. */
  current(registry: URL): Promise<string | null>;
  /**
   * After a 401: takes up what the registry asks for.
   *
   * @param used what was sent
   * @returns whether there is something else to send
   * @throws {ImgweighError} REGISTRY_*
   */
  answer(wwwAuthenticate: string, used: string | null, registry: URL): Promise<boolean>;
}

interface Held {
  readonly header: string | null;
  /** The challenge that a token answers; null for what is sent without being renewed. */
  readonly challenge: Challenge | null;
  /** By the process's own clock, in milliseconds. */
  readonly expiresAt: number;
}

const NOTHING: Held = { header: null, challenge: null, expiresAt: Number.POSITIVE_INFINITY };
/** Of a token's life: what it takes to send a request has to fit into the rest. */
const USED_LIFE = 0.9;

/** Requests that run side by side share one: a token is asked for once, however many of them it runs out for. */
export function createAuthorizer(session: Session): Authorizer {
  let held = NOTHING;
  let refreshToken: string | null = null;
  let renewal: Promise<void> | null = null;

  async function renew(challenge: Challenge, registry: URL): Promise<void> {
    const began = performance.now();
    const token = await fetchToken(session, challenge, registry, refreshToken);
    refreshToken = token.refreshToken ?? refreshToken;
    held = { header: `Bearer ${token.token}`, challenge, expiresAt: began + token.expiresIn * 1000 * USED_LIFE };
  }

  async function renewOnce(challenge: Challenge, registry: URL): Promise<void> {
    renewal ??= renew(challenge, registry).finally(() => {
      renewal = null;
    });
    await renewal;
  }

  /** What is known without asking anybody for a token. */
  async function atHand(scheme: string, registry: URL): Promise<string | null> {
    if (isListenedTo(registry)) return null;
    const { credentials } = await session.credentials();
    if (credentials === null) return null;
    if ("registryToken" in credentials) return `Bearer ${credentials.registryToken}`;
    return scheme === "basic" && "password" in credentials ? basicHeader(credentials) : null;
  }

  return {
    async current(registry) {
      if (held.challenge !== null && performance.now() >= held.expiresAt) await renewOnce(held.challenge, registry);
      return held.header;
    },
    async answer(wwwAuthenticate, used, registry) {
      // Another request was faster.
      if (renewal !== null) await renewal;
      if (held.header !== used) return true;
      const challenges = parseChallenges(wwwAuthenticate);
      const bearer = challenges.find(({ scheme }) => scheme === "bearer");
      const challenge = bearer ?? challenges.find(({ scheme }) => scheme === "basic");
      if (challenge === undefined) return false;
      const header = await atHand(challenge.scheme, registry);
      if (header !== null) {
        if (header === used) return false;
        session.secrets.add(header.slice(header.indexOf(" ") + 1));
        held = { ...NOTHING, header };
        return true;
      }
      if (bearer === undefined) return false;
      await renewOnce(bearer, registry);
      return true;
    },
  };
}

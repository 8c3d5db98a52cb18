import { ImgweighError } from "../../errors.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import { saying } from "../saying.ts";
import type { EngineKind } from "./endpoint.ts";
import { statusOf } from "./engine-failure.ts";

export interface PullTarget {
  readonly kind: EngineKind;
  readonly reference: string;
  readonly platform: Platform | null;
}

/** What to do about an engine's words for a failed pull, by what they are about. */
const PULL_HINTS: readonly (readonly [RegExp, (target: PullTarget) => string])[] = [
  [
    /toomanyrequests|too many requests|rate limit/i,
    ({ kind, reference }) =>
      `the registry limits how often you may pull: log in (\`${kind} login\`), pull it yourself (\`${kind} pull ${reference}\`), or wait`,
  ],
  [
    /x509|TLS handshake|no such host|timeout|dial tcp|connection refused|connection reset|unreachable|server misbehaving/i,
    ({ kind }) =>
      `the engine could not reach the registry: check its network, proxy and certificates (\`${kind} info\`)`,
  ],
  [
    /unauthori[sz]ed|denied|authentication required|no basic auth|forbidden/i,
    ({ kind, reference }) =>
      `check the name; if it is private: \`${kind} login\`, then \`${kind} pull ${reference}\`, then ask again (the engine is not given your credentials)`,
  ],
  [/manifest unknown|not found|no such/i, () => "check the name and the tag: the registry does not have it"],
];

/** The error for an engine's words about a failed pull. */
export function pullFailed(target: PullTarget, text: string, cause?: unknown): ImgweighError {
  const { kind, reference, platform } = target;
  const why = saying(text);
  const options = { details: { engine: kind, reference, status: statusOf(cause) }, cause };
  if (platform !== null && /no matching manifest|no image found in |does not match the specified platform/i.test(why)) {
    return new ImgweighError(
      "PLATFORM_MISMATCH",
      `${reference} does not exist for ${formatPlatform(platform)}: ${why}`,
      {
        ...options,
        hint: `see what there is: \`${kind} manifest inspect ${reference}\``,
      },
    );
  }
  const hint = PULL_HINTS.find(([words]) => words.test(why))?.[1](target);
  return new ImgweighError("PULL_FAILED", `${kind} could not pull ${reference}: ${why}`, {
    ...options,
    hint: hint ?? `try \`${kind} pull ${reference}\` for more of what the engine says`,
  });
}

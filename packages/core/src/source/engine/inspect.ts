import { isImgweighError } from "../../errors.ts";
import { asText, isObject } from "../../oci/json.ts";
import { type Platform, readPlatform } from "../../oci/platform.ts";
import { engineFailed, statusOf } from "./engine-failure.ts";
import { answerTo, parseObject } from "./request.ts";
import { callOn, type Session } from "./session.ts";

/** What the engine knows of an image without handing it over. */
export interface EngineImage {
  /** As the engine writes it, mostly `sha256:…`. */
  readonly id: string;
  readonly platform: Platform | null;
  readonly names: readonly string[];
  /** Of its layers; null where the engine does not say. */
  readonly diffIds: readonly string[] | null;
}

function texts(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : null;
}

/** A platform as the engine's queries take it. */
export function platformJson({ os, architecture, variant }: Platform): string {
  return JSON.stringify({ os, architecture, ...(variant !== null && { variant }) });
}

/** @see Engine.inspect */
export async function inspect(
  session: Session,
  reference: string,
  platform: Platform | null,
  signal: AbortSignal,
): Promise<EngineImage | null> {
  signal.throwIfAborted();
  const call = callOn(session, `inspect ${reference}`, signal, session.answerTimeoutMs);
  const query = platform === null ? {} : { platform: platformJson(platform) };
  try {
    const answer = await answerTo(call, { method: "GET", path: `/images/${reference}/json`, query });
    const image = parseObject(call, answer.toString("utf8"), "its answer");
    const id = asText(image["Id"]);
    if (id === null) throw engineFailed(call, "its answer has no image ID");
    const { Os: os, Architecture: architecture, Variant: variant, RepoTags: names, RootFS: rootfs } = image;
    return {
      id,
      platform: readPlatform({ os, architecture, variant }),
      names: texts(names) ?? [],
      diffIds: isObject(rootfs) ? texts(rootfs["Layers"]) : null,
    };
  } catch (error) {
    if (isImgweighError(error) && statusOf(error.cause) === 404) return null;
    throw error;
  }
}

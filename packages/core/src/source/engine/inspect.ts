import { isImgweighError } from "../../errors.ts";
import { asText, isObject, type JsonObject } from "../../oci/json.ts";
import { completePlatform, type Platform, readPlatform } from "../../oci/platform.ts";
import { engineFailed, statusOf } from "./engine-failure.ts";
import { answerTo, parseList, parseObject } from "./request.ts";
import { callOn, type Session } from "./session.ts";

/** What the engine knows of an image without handing it over. */
export interface EngineImage {
  /** As the engine writes it, mostly `sha256:…`. */
  readonly id: string;
  readonly platform: Platform | null;
  readonly names: readonly string[];
  /** Of its layers; null where the engine does not say. */
  readonly diffIds: readonly string[] | null;
  /** What its index lists for platforms; null where the engine keeps one platform of an image, or does not tell. */
  readonly manifests: readonly EngineManifest[] | null;
}

/** An image of one platform, as the engine's store knows it. */
export interface EngineManifest {
  readonly digest: string;
  readonly platform: Platform | null;
  /** Whether its contents are there; an index lists what was never pulled as well. */
  readonly available: boolean;
}

function texts(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : null;
}

/** A platform as the engine's queries take it. */
export function platformJson({ os, architecture, variant, osVersion }: Platform): string {
  return JSON.stringify({
    os,
    architecture,
    ...(variant !== null && { variant }),
    ...(osVersion !== undefined && { "os.version": osVersion }),
  });
}

function readManifest(value: unknown): EngineManifest[] {
  if (!isObject(value) || value["Kind"] !== "image") return [];
  const digest = asText(value["ID"]);
  const { Descriptor: descriptor, ImageData: data } = value;
  if (digest === null) return [];
  const said = isObject(descriptor) ? readPlatform(descriptor["platform"]) : null;
  const platform = completePlatform(said, isObject(data) ? readPlatform(data["Platform"]) : null);
  return [{ digest, platform, available: value["Available"] === true }];
}

function readImage(image: JsonObject, id: string): EngineImage {
  const { Os: os, Architecture: architecture, Variant: variant, OsVersion: version } = image;
  const { RepoTags: names, RootFS: rootfs, Manifests: manifests } = image;
  return {
    id,
    // Of an image of which the store holds nothing but the index it says the empty text.
    platform: readPlatform({ os, architecture, variant, "os.version": version }),
    names: texts(names) ?? [],
    diffIds: isObject(rootfs) ? texts(rootfs["Layers"]) : null,
    manifests: Array.isArray(manifests) ? manifests.flatMap(readManifest) : null,
  };
}

async function ask(
  session: Session,
  reference: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<EngineImage | null> {
  signal.throwIfAborted();
  const call = callOn(session, `inspect ${reference}`, signal, session.answerTimeoutMs);
  try {
    const answer = await answerTo(call, { method: "GET", path: `/images/${reference}/json`, query });
    const image = parseObject(call, answer.toString("utf8"), "its answer");
    const id = asText(image["Id"]);
    if (id === null) throw engineFailed(call, "its answer has no image ID");
    return readImage(image, id);
  } catch (error) {
    if (isImgweighError(error) && statusOf(error.cause) === 404) return null;
    throw error;
  }
}

/** @see Engine.inspect */
export function inspect(
  session: Session,
  reference: string,
  platform: Platform | null,
  signal: AbortSignal,
): Promise<EngineImage | null> {
  return ask(session, reference, platform === null ? {} : { platform: platformJson(platform) }, signal);
}

/** @see Engine.inspectPlatforms */
export async function inspectPlatforms(
  session: Session,
  reference: string,
  signal: AbortSignal,
): Promise<EngineImage | null> {
  const image = await ask(session, reference, { manifests: "1" }, signal);
  if (image !== null || !/^sha256:[0-9a-f]{64}$/.test(reference)) return image;
  return byManifest(session, reference, signal);
}

/** The image that a manifest belongs to: an engine finds images by the digest of their index alone. */
async function byManifest(session: Session, digest: string, signal: AbortSignal): Promise<EngineImage | null> {
  const call = callOn(session, "list images", signal, session.answerTimeoutMs);
  const answer = await answerTo(call, { method: "GET", path: "/images/json", query: { manifests: "1" } });
  for (const image of parseList(call, answer.toString("utf8"), "its list of images")) {
    const id = isObject(image) ? asText(image["Id"]) : null;
    if (id === null || !isObject(image)) continue;
    const { manifests, ...rest } = readImage(image, id);
    const meant = manifests?.filter((manifest) => manifest.digest === digest) ?? [];
    if (meant.length > 0) return { ...rest, platform: meant[0]?.platform ?? null, diffIds: null, manifests: meant };
  }
  return null;
}

import { ImgweighError, isImgweighError } from "../../errors.ts";
import { formatPlatform, hostPlatform, nearest, type Platform, satisfies } from "../../oci/platform.ts";
import { parseReference } from "../../oci/reference.ts";
import { streamArchive } from "../archive-stream.ts";
import type { ImageDescription, ImageSource, OpenSource, SourceContext } from "../source.ts";
import { counted } from "./counted.ts";
import { type EngineKind, type EngineSurroundings, findEndpoint } from "./endpoint.ts";
import { connectEngine, type Engine, type EngineOptions } from "./engine.ts";
import type { EngineImage, EngineManifest } from "./inspect.ts";

export interface EngineSourceOptions extends EngineOptions {
  /** Where to look for the engine's address; this process's own surroundings where absent. */
  readonly surroundings?: EngineSurroundings | undefined;
}

/** What an engine holds under a name, without anything being pulled. */
export type EngineAnswer =
  /** It can be opened as it is. */
  | { readonly has: "image" }
  /** The name is there, for other platforms than the one asked for. */
  | { readonly has: "other-platform"; readonly platforms: readonly Platform[] }
  | { readonly has: "nothing" }
  /** The engine cannot be asked: it is not there, hangs, or answers with an error. */
  | { readonly has: "no-answer"; readonly error: ImgweighError };

/** A name to look up, or what says which image it is. */
interface Wanted {
  readonly kind: EngineKind;
  readonly reference: string;
  readonly context: SourceContext;
}

async function reach(kind: EngineKind, signal: AbortSignal, options: EngineSourceOptions): Promise<Engine> {
  return connectEngine(await findEndpoint(kind, options.surroundings), signal, options);
}

/** An engine before API 1.48 that keeps several platforms under one name answers 404 where the one asked for is not among them. */
async function lookUp(
  engine: Engine,
  reference: string,
  { platform, signal }: Pick<SourceContext, "platform" | "signal">,
): Promise<EngineImage | null> {
  const image = await engine.inspectPlatforms(reference, signal);
  if (image === null || image.manifests !== null || platform === null) return image;
  return (await engine.inspect(reference, platform, signal)) ?? image;
}

/** What of an image is to be saved for a platform, or what is there instead. */
type Fit =
  | {
      readonly fits: true;
      /** What `save` is asked for; null saves all that there is. */
      readonly save: Platform | null;
      /** Of the manifest, where the engine knows it. */
      readonly digest: string | null;
    }
  | { readonly fits: false; readonly held: readonly Platform[] };

function fitOf({ platform: own, manifests }: EngineImage, wanted: Platform | null): Fit {
  if (manifests === null) {
    if (wanted === null || own === null || satisfies(own, wanted)) return { fits: true, save: wanted, digest: null };
    return { fits: false, held: [own] };
  }
  const available = manifests.filter((manifest) => manifest.available);
  const near = (platform: Platform): EngineManifest | undefined =>
    nearest(available, (one) => one.platform, platform)[0];
  // Without a platform it is the one that the engine would run, this machine's where it does not say, or all there is.
  const chosen =
    wanted !== null
      ? near(wanted)
      : ((own === null ? undefined : near(own)) ??
        near(hostPlatform()) ??
        (available.length === 1 ? available[0] : undefined));
  if (chosen !== undefined) return { fits: true, save: chosen.platform, digest: chosen.digest };
  return { fits: false, held: available.flatMap(({ platform }) => (platform === null ? [] : [platform])) };
}

/** All platforms at once: asked for none, an engine saves all, and fails where it holds none for itself. */
function everyFit(image: EngineImage): Fit {
  const available = image.manifests?.filter((manifest) => manifest.available) ?? [];
  const [only] = available;
  if (only !== undefined && available.length === 1) return { fits: true, save: only.platform, digest: only.digest };
  return { fits: true, save: null, digest: null };
}

/** Whether a reference can only be an ID: an ID names bytes that never change and that no registry can look up. */
export function namesImageId(reference: string): boolean {
  return /^(?:sha256:[0-9a-f]{1,64}|[0-9a-f]{64})$/.test(reference);
}

/** Whether there is nothing to pull. A short hexadecimal text may as well be a name; it is an ID only if the engine took it for one. */
function isImageId(reference: string, image: EngineImage | null): boolean {
  if (namesImageId(reference)) return true;
  return /^[0-9a-f]{1,63}$/.test(reference) && (image?.id.replace(/^sha256:/, "").startsWith(reference) ?? false);
}

function notFound({ kind, reference }: Wanted, isId: boolean): ImgweighError {
  const pullIt = `\`${kind} pull ${reference}\`, or let it be pulled: --pull missing`;
  return new ImgweighError("IMAGE_NOT_FOUND", `${kind} has no image ${reference}`, {
    hint: isId ? `see \`${kind} images\`; an ID cannot be pulled` : pullIt,
    details: { engine: kind, reference },
  });
}

function listOf(platforms: readonly Platform[]): string {
  return platforms.length === 0 ? "no platform at all" : platforms.map(formatPlatform).join(", ");
}

function mismatch(
  { kind, reference, context }: Wanted,
  held: readonly Platform[],
  why: string,
  hint: string,
): ImgweighError {
  const asked = formatPlatform(context.platform ?? hostPlatform());
  return new ImgweighError(
    "PLATFORM_MISMATCH",
    `${kind} has ${reference} for ${listOf(held)}, not for ${asked}${why}`,
    { hint, details: { engine: kind, reference, platform: asked, found: listOf(held) } },
  );
}

/** An image that the engine holds, and what of it is to be saved. */
interface Obtained {
  readonly image: EngineImage;
  readonly fit: Extract<Fit, { fits: true }>;
}

function fitFor(image: EngineImage, { context }: Wanted): Fit {
  return context.allPlatforms && context.platform === null ? everyFit(image) : fitOf(image, context.platform);
}

async function pullWanted(engine: Engine, wanted: Wanted): Promise<Obtained> {
  const { kind, reference, context } = wanted;
  await engine.pull(reference, context.platform, context.signal, context.onProgress);
  const image = await lookUp(engine, reference, context);
  if (image === null) {
    throw new ImgweighError("PULL_FAILED", `${kind} says it pulled ${reference}, but does not have it`, {
      hint: `try \`${kind} pull ${reference}\``,
      details: { engine: kind, reference },
    });
  }
  const fit = fitFor(image, wanted);
  if (!fit.fits) throw mismatch(wanted, fit.held, "", "the registry has it for that platform only: ask for that one");
  return { image, fit };
}

/** Why another platform is not pulled unasked: an engine that keeps one platform of a name would take the name from it. */
function wouldMove(wanted: Wanted, held: readonly Platform[]): ImgweighError {
  const { kind, reference, context } = wanted;
  const asked = formatPlatform(context.platform ?? hostPlatform());
  return mismatch(
    wanted,
    held,
    `, and pulling that would take the name away from the image that is there`,
    `read it from its registry: ${reference} --platform ${asked} (without ${kind}:); or pull it all the same: --pull always`,
  );
}

/** The image that the engine holds, pulled where the policy says so. */
async function obtain(engine: Engine, wanted: Wanted): Promise<Obtained> {
  const { kind, reference, context } = wanted;
  const image = await lookUp(engine, reference, context);
  const isId = isImageId(reference, image);
  const fit = image === null ? null : fitFor(image, wanted);
  if (image !== null && fit?.fits && (isId || context.pull !== "always")) return { image, fit };
  if (!isId && context.pull === "missing" && image !== null && image.manifests === null && fit?.fits === false)
    throw wouldMove(wanted, fit.held);
  if (!isId && context.pull !== "never") return pullWanted(engine, wanted);
  if (image === null || fit === null) throw notFound(wanted, isId);
  if (fit.fits) return { image, fit };
  const asked = formatPlatform(context.platform ?? hostPlatform());
  const pullIt = `\`${kind} pull --platform ${asked} ${reference}\`, or let it be pulled: --pull missing`;
  throw mismatch(wanted, fit.held, "", isId ? "name the image instead of its ID" : pullIt);
}

/** The same without pulling; null where it is not there any more. */
async function lookAgain(engine: Engine, wanted: Wanted): Promise<Obtained | null> {
  const image = await lookUp(engine, wanted.reference, wanted.context);
  const fit = image === null ? null : fitFor(image, wanted);
  return image !== null && fit?.fits ? { image, fit } : null;
}

/** A name to save by. Without a tag, engines save every tag that the repository has. */
function savedName(reference: string, image: EngineImage): string {
  // The digest of one manifest is no name for the engine; that of its index is.
  if (/^sha256:[0-9a-f]{64}$/.test(reference) && image.manifests?.length === 1 && image.id !== reference) {
    const [only] = image.manifests;
    if (only?.digest === reference) return image.id;
  }
  const { tag, digest } = parseReference(reference);
  return tag !== null || digest !== null || isImageId(reference, image) ? reference : `${reference}:latest`;
}

/**
 * What tells that `save` would write what it wrote before: which image it is, for which platform, and the engine, whose
 * versions write the same image differently.
 */
function stampOf({ program }: Engine, { image, fit }: Obtained, { kind, reference, context }: Wanted): string | null {
  const { id, diffIds } = image;
  if (diffIds === null && fit.digest === null) return null;
  // Saved by its ID, an image may bring all of its names.
  const names = isImageId(reference, image) ? image.names : [];
  const platform = fit.save ?? image.platform ?? context.platform;
  return JSON.stringify([kind, program, id, fit.digest, diffIds, reference, names, platform, context.image]);
}

/**
 * An image of a container engine, read as a stream of what the engine's `save` writes. The reference is a name or an
 * ID; a name without a tag means `latest`.
 *
 * @throws {ImgweighError} REFERENCE_INVALID at once; `open` throws ENGINE_UNREACHABLE, ENGINE_FAILED, IMAGE_NOT_FOUND,
 * PLATFORM_MISMATCH and PULL_FAILED.
 */
export function engineSource(kind: EngineKind, reference: string, options: EngineSourceOptions = {}): ImageSource {
  // It becomes part of the path of a request, so nothing but a reference may pass.
  parseReference(reference);
  async function open(context: SourceContext): Promise<OpenSource> {
    const engine = await reach(kind, context.signal, options);
    context.onProgress({ type: "source", source: `${kind}:${reference}`, note: null });
    const wanted = { kind, reference, context };
    const obtained = await obtain(engine, wanted);
    const { image, fit } = obtained;
    const saved = engine.save(savedName(reference, image), fit.save, context.signal);
    const bytes = counted(saved, (sum) => context.onProgress({ type: "read", bytes: sum, totalBytes: null }));
    const every = context.allPlatforms && context.platform === null;
    const platform = every ? null : (fit.save ?? context.platform);
    const where = `${kind}:${reference}`;
    const stream = streamArchive(bytes, { kind, reference, where, context: { ...context, platform } });
    let known: Obtained | null = obtained;
    // A store without manifests makes one up for each save: nobody can ask for it, here or elsewhere.
    const own = (description: ImageDescription): ImageDescription =>
      image.id === description.configDigest ? { ...description, manifestDigest: null } : description;
    return {
      ...stream,
      describe: async () => own(await stream.describe()),
      siblings: async () => ((await stream.siblings?.()) ?? []).map(own),
      stamp: async () => {
        const now = known ?? (await lookAgain(engine, wanted));
        // Asked again, it may have another image under that name.
        known = null;
        return now === null ? null : stampOf(engine, now, wanted);
      },
    };
  }
  return { open };
}

/**
 * Asks the engine for an image without pulling it: what a plain reference, which may be meant for a registry, needs to
 * know. An engine that cannot be asked is an answer, not an error.
 *
 * @throws {ImgweighError} REFERENCE_INVALID; on an abort the signal's reason.
 */
export async function askEngine(
  kind: EngineKind,
  reference: string,
  context: Pick<SourceContext, "platform" | "signal">,
  options: EngineSourceOptions = {},
): Promise<EngineAnswer> {
  parseReference(reference);
  try {
    const image = await lookUp(await reach(kind, context.signal, options), reference, context);
    if (image === null) return { has: "nothing" };
    const fit = fitOf(image, context.platform);
    return fit.fits ? { has: "image" } : { has: "other-platform", platforms: fit.held };
  } catch (error) {
    if (context.signal.aborted || !isImgweighError(error)) throw error;
    return { has: "no-answer", error };
  }
}

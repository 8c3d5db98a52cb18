import { ImgweighError, isImgweighError } from "../../errors.ts";
import { formatPlatform, type Platform, satisfies } from "../../oci/platform.ts";
import { parseReference } from "../../oci/reference.ts";
import { streamArchive } from "../archive-stream.ts";
import type { ImageSource, OpenSource, SourceContext } from "../source.ts";
import { type EngineKind, type EngineSurroundings, findEndpoint } from "./endpoint.ts";
import { connectEngine, type Engine, type EngineOptions } from "./engine.ts";
import type { EngineImage } from "./inspect.ts";

export interface EngineSourceOptions extends EngineOptions {
  /** Where to look for the engine's address; this process's own surroundings where absent. */
  readonly surroundings?: EngineSurroundings | undefined;
}

/** What an engine holds under a name, without anything being pulled. */
export type EngineAnswer =
  /** It can be opened as it is. */
  | { readonly has: "image" }
  /** The name is there, for another platform than the one asked for. */
  | { readonly has: "other-platform"; readonly platform: Platform }
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

// An engine that keeps several platforms under one name answers 404 where the one asked for is not among them, so it
// is asked a second time for what there is.
async function lookUp(
  engine: Engine,
  reference: string,
  { platform, signal }: Pick<SourceContext, "platform" | "signal">,
): Promise<EngineImage | null> {
  const image = await engine.inspect(reference, platform, signal);
  return image !== null || platform === null ? image : engine.inspect(reference, null, signal);
}

/** The platform that stands in the way; null where none does, or where it is not known. */
function otherPlatform(image: EngineImage, wanted: Platform | null): Platform | null {
  if (wanted === null || image.platform === null || satisfies(image.platform, wanted)) return null;
  return image.platform;
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

function mismatch({ kind, reference, context }: Wanted, found: Platform, hint: string): ImgweighError {
  const asked = context.platform === null ? "" : formatPlatform(context.platform);
  return new ImgweighError(
    "PLATFORM_MISMATCH",
    `${kind} has ${reference} for ${formatPlatform(found)}, not for ${asked}`,
    { hint, details: { engine: kind, reference, platform: asked, found: formatPlatform(found) } },
  );
}

async function pullWanted(engine: Engine, wanted: Wanted): Promise<EngineImage> {
  const { kind, reference, context } = wanted;
  await engine.pull(reference, context.platform, context.signal, context.onProgress);
  const image = await lookUp(engine, reference, context);
  if (image === null) {
    throw new ImgweighError("PULL_FAILED", `${kind} says it pulled ${reference}, but does not have it`, {
      hint: `try \`${kind} pull ${reference}\``,
      details: { engine: kind, reference },
    });
  }
  const other = otherPlatform(image, context.platform);
  if (other !== null) throw mismatch(wanted, other, "the registry has it for that platform only: ask for that one");
  return image;
}

/** The image that the engine holds, pulled where the policy says so. */
async function obtain(engine: Engine, wanted: Wanted): Promise<EngineImage> {
  const { kind, reference, context } = wanted;
  const image = await lookUp(engine, reference, context);
  const isId = isImageId(reference, image);
  const other = image === null ? null : otherPlatform(image, context.platform);
  if (image !== null && other === null && (isId || context.pull !== "always")) return image;
  if (!isId && context.pull !== "never") return pullWanted(engine, wanted);
  if (image === null) throw notFound(wanted, isId);
  if (other === null) return image;
  const pullIt = `\`${kind} pull --platform ${context.platform === null ? "" : formatPlatform(context.platform)} ${reference}\``;
  throw mismatch(
    wanted,
    other,
    isId ? "name the image instead of its ID" : `${pullIt}, or let it be pulled: --pull missing`,
  );
}

/** A name to save by. Without a tag, engines save every tag that the repository has. */
function savedName(reference: string, image: EngineImage): string {
  const { tag, digest } = parseReference(reference);
  return tag !== null || digest !== null || isImageId(reference, image) ? reference : `${reference}:latest`;
}

/**
 * What tells that `save` would write what it wrote before: which image it is, what it was asked by, and the engine,
 * whose versions write the same image differently.
 */
function stampOf({ program }: Engine, image: EngineImage | null, { kind, reference, context }: Wanted): string | null {
  if (image === null || image.diffIds === null) return null;
  const { id, diffIds } = image;
  // Saved by its ID, an image may bring all of its names.
  const names = isImageId(reference, image) ? image.names : [];
  return JSON.stringify([kind, program, id, diffIds, reference, names, context.platform, context.image]);
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
    let obtained: EngineImage | null = await obtain(engine, wanted);
    const bytes = engine.save(savedName(reference, obtained), context.platform, context.signal);
    const stream = streamArchive(bytes, { kind, reference, where: `${kind}:${reference}`, context });
    return {
      ...stream,
      stamp: async () => {
        const image = obtained ?? (await lookUp(engine, reference, context));
        // Asked again, it may have another image under that name.
        obtained = null;
        return stampOf(engine, image, wanted);
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
    const other = otherPlatform(image, context.platform);
    return other === null ? { has: "image" } : { has: "other-platform", platform: other };
  } catch (error) {
    if (context.signal.aborted || !isImgweighError(error)) throw error;
    return { has: "no-answer", error };
  }
}

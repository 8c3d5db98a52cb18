import type { ImgweighError } from "../errors.ts";
import type { EngineKind } from "./engine/endpoint.ts";
import { askEngine, engineSource, namesImageId } from "./engine/engine-source.ts";
import type { RegistrySettings } from "./registry/open-session.ts";
import { registrySource } from "./registry/registry-source.ts";
import type { ImageSource, OpenSource, SourceContext } from "./source.ts";

/** Where a reference without a prefix is looked for, in order, before the registry that it names. */
const ENGINES = ["docker", "podman"] as const satisfies readonly EngineKind[];

/** What the engines had to say. */
interface Answers {
  /** The first that can open the image as things are, or is to pull it. */
  readonly chosen: EngineKind | null;
  /** The first that answered. */
  readonly answering: EngineKind | null;
  /** Those that did not answer, as far as they were asked. */
  readonly silent: readonly { readonly kind: EngineKind; readonly error: ImgweighError }[];
}

/**
 * An image named without saying where: the first engine that has it, else the registry. An engine that does not answer
 * is passed over with a note; for all platforms it is the registry at once. With `--pull always` the first engine that answers fetches it anew; with `--pull never`
 * the network is not asked.
 */
export function plainReference(reference: string, registry: Partial<RegistrySettings> = {}): ImageSource {
  return { open: (context) => openFirst(reference, context, registry) };
}

async function askEngines(reference: string, context: SourceContext): Promise<Answers> {
  const silent: { kind: EngineKind; error: ImgweighError }[] = [];
  let answering: EngineKind | null = null;
  for (const kind of ENGINES) {
    const answer = await askEngine(kind, reference, context);
    if (answer.has === "no-answer") {
      silent.push({ kind, error: answer.error });
      continue;
    }
    answering ??= kind;
    if (answer.has === "image" || context.pull === "always") return { chosen: kind, answering, silent };
  }
  return { chosen: null, answering, silent };
}

/** @throws {ImgweighError} what the engine that was chosen throws, or the registry */
async function openFirst(
  reference: string,
  context: SourceContext,
  registry: Partial<RegistrySettings>,
): Promise<OpenSource> {
  // Engines have one platform of an image, as a rule; registries have all.
  if (context.allPlatforms && context.pull !== "never") return registrySource(reference, registry).open(context);
  const { chosen, answering, silent } = await askEngines(reference, context);
  const local = context.pull === "never" || namesImageId(reference);
  const [first] = silent;
  // Nobody else can be asked, so it is the engines that are at fault.
  if (answering === null && local && first !== undefined) throw first.error;
  for (const { kind, error } of silent) {
    context.onProgress({ type: "source", source: kind, note: `passed over: ${error.message}` });
  }
  const engine = chosen ?? (local ? answering : null);
  return (engine === null ? registrySource(reference, registry) : engineSource(engine, reference)).open(context);
}

import type { ImgweighError } from "../errors.ts";
import { askEngine, engineSource } from "./engine/engine-source.ts";
import type { ImageSource, OpenSource, SourceContext } from "./source.ts";

/** Where a reference without a prefix is looked for, in order. The registry's place is at the end. */
const ORDER = ["docker", "podman"] as const;

/**
 * An image named without saying where: the first engine that has it, else the first that can pull it. An engine that
 * does not answer is passed over with a note.
 */
export function plainReference(reference: string): ImageSource {
  return { open: (context) => openFirst(reference, context) };
}

/** @throws {ImgweighError} what the chosen engine throws; ENGINE_UNREACHABLE where none answers */
async function openFirst(reference: string, context: SourceContext): Promise<OpenSource> {
  const silent: { kind: string; error: ImgweighError }[] = [];
  let puller: (typeof ORDER)[number] | null = null;
  for (const kind of ORDER) {
    const answer = await askEngine(kind, reference, context);
    if (answer.has === "no-answer") {
      silent.push({ kind, error: answer.error });
      continue;
    }
    puller ??= kind;
    if (answer.has === "image" || context.pull === "always") {
      puller = kind;
      break;
    }
  }
  const [first] = silent;
  if (puller === null) throw (first as { error: ImgweighError }).error;
  // Engines after the chosen one were not needed, so their silence is nobody's concern.
  for (const { kind, error } of silent) {
    if (ORDER.indexOf(kind as (typeof ORDER)[number]) > ORDER.indexOf(puller)) continue;
    context.onProgress({ type: "source", source: kind, note: `passed over: ${error.message}` });
  }
  return engineSource(puller, reference).open(context);
}

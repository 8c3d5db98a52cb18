import { setImmediate } from "node:timers/promises";
import { asError, type LoadImageOptions, loadImage } from "./image/load-image.ts";
import { type Analysis, summarize } from "./ledger/analysis.ts";
import { weigh } from "./ledger/ledger.ts";
import { type ResolveOptions, resolveSource } from "./source/resolve-source.ts";
import type { ImageSource } from "./source/source.ts";

export interface AnalyzeOptions extends LoadImageOptions, ResolveOptions {}

/**
 * Weighs an image: everything from opening its source to the finished result.
 *
 * @param image a source, or what {@link resolveSource} makes one of: a reference, a path, `-`, or a prefix and either
 * @throws {ImgweighError} any code; on an abort `signal.reason` itself
 * @example
 * const analysis = await analyzeImage("docker-archive:./api.tar");
 * console.log(analysis.sizes.contentBytes, analysis.waste.bytes);
 */
export async function analyzeImage(image: string | ImageSource, options: AnalyzeOptions = {}): Promise<Analysis> {
  const loaded = await loadImage(typeof image === "string" ? resolveSource(image, options) : image, options);
  await breathe(options.signal);
  const ledger = weigh(loaded);
  await breathe(options.signal);
  const analysis = summarize(ledger);
  const [warning] = analysis.warnings;
  if (options.strict && warning !== undefined) throw asError(warning);
  return analysis;
}

/** The stages between are synchronous: others get their turn, and an abort is seen. */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

import { type Limits, limitsFrom } from "../archive/limits.ts";
import { parsePlatform } from "../oci/platform.ts";
import type { OnProgress } from "../progress.ts";
import type { ImageSource, OpenSource, PullPolicy, SourceContext } from "../source/source.ts";

/** What it takes to open a source. */
export interface OpenOptions {
  /** `os/architecture[/variant]`; the only one there is, else this machine's. */
  readonly platform?: string | undefined;
  /** Which image of a source that holds several: a name or a digest. */
  readonly image?: string | undefined;
  /** When an engine pulls; `missing` unless said. */
  readonly pull?: PullPolicy | undefined;
  readonly limits?: Partial<Limits> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Opens a source for as long as `work` takes. Whatever ends it, everything below is released: sockets, streams, files.
 *
 * @param allPlatforms opens the image that is meant for every platform that the source has, if it is not told which one
 * @throws whatever the source and the work throw; on an abort `signal.reason` itself
 */
export async function withSource<T>(
  source: ImageSource,
  options: OpenOptions,
  work: (opened: OpenSource, context: SourceContext) => Promise<T>,
  allPlatforms = false,
): Promise<T> {
  const scope = new AbortController();
  const outer = options.signal;
  const forward = (): void => scope.abort(outer?.reason);
  outer?.throwIfAborted();
  outer?.addEventListener("abort", forward, { once: true });
  const context: SourceContext = {
    limits: limitsFrom(options.limits),
    signal: scope.signal,
    onProgress: options.onProgress ?? (() => {}),
    platform: options.platform === undefined ? null : parsePlatform(options.platform),
    allPlatforms,
    image: options.image ?? null,
    pull: options.pull ?? "missing",
  };
  try {
    const result = await openFor(source, context, work);
    outer?.throwIfAborted();
    return result;
  } catch (error) {
    // An abort shows up below as all sorts of broken streams.
    if (outer?.aborted) throw outer.reason;
    throw error;
  } finally {
    outer?.removeEventListener("abort", forward);
    scope.abort(new Error("the source is closed"));
  }
}

async function openFor<T>(
  source: ImageSource,
  context: SourceContext,
  work: (opened: OpenSource, context: SourceContext) => Promise<T>,
): Promise<T> {
  const opened = await source.open(context);
  try {
    return await work(opened, context);
  } finally {
    await opened.close?.();
  }
}

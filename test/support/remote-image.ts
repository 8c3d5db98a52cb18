import { resolveSource } from "../../packages/core/src/source/resolve-source.ts";
import type { ByteRange, ImageSource, RandomAccessImage } from "../../packages/core/src/source/source.ts";

/** A layout on disk that passes for a registry: what is read of its blobs is written down. */
export class RemoteImage implements ImageSource {
  readonly reads: { readonly key: string; readonly range: ByteRange | null }[] = [];
  readonly path: string;
  bytes = 0;

  constructor(path: string) {
    this.path = path;
  }

  async open(context: Parameters<ImageSource["open"]>[0]): Promise<RandomAccessImage> {
    const opened = await resolveSource(this.path).open(context);
    if (opened.shape !== "random-access") throw new Error("not a layout");
    const counted = async function* (this: RemoteImage, ...[layer, range]: Parameters<RandomAccessImage["blob"]>) {
      this.reads.push({ key: layer.key, range: range ?? null });
      for await (const chunk of opened.blob(layer, range)) {
        this.bytes += chunk.length;
        yield chunk;
      }
    };
    const { stamp: _, ...rest } = opened;
    return { ...rest, local: false, blob: counted.bind(this) };
  }

  /** What was read since the last time. */
  take(): { readonly bytes: number; readonly reads: RemoteImage["reads"] } {
    const taken = { bytes: this.bytes, reads: this.reads.splice(0) };
    this.bytes = 0;
    return taken;
  }
}

import type { HistoryAlignment } from "../dockerfile/align-history.ts";
import type { BlobRecord, LayerIndex } from "../layer/layer-index.ts";
import type { DeclaredLayer, ImageDescription } from "../source/source.ts";
import type { Warning } from "../warning.ts";

/** A layer of an image, read. */
export interface ImageLayer {
  readonly declared: DeclaredLayer;
  readonly index: LayerIndex;
  readonly blob: BlobRecord;
  /** What a plain tar would come to as a gzip blob, about; null unless that was asked for. */
  readonly gzipBytes?: number | null;
  /**
   * `blob`: every byte was read and has the digests that the image declares. `toc`: the layer's table of contents was,
   * and every byte read has its digest there. `none`: it was not read, or nothing declares one.
   */
  readonly verified: "blob" | "toc" | "none";
}

/** An image with all of its layers read: what the synchronous stages work on. */
export interface Image {
  readonly description: ImageDescription;
  /** Bottom layer first. A layer that stands twice in the image stands here twice. */
  readonly layers: readonly ImageLayer[];
  readonly history: HistoryAlignment;
  readonly warnings: readonly Warning[];
}

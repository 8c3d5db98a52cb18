import { requireDigest } from "../archive/digest.ts";
import { type Limits, limitExceeded } from "../archive/limits.ts";
import type { LayerCache } from "../cache/layer-cache.ts";
import { ImgweighError } from "../errors.ts";
import type { CaptureRequest } from "../layer/capture.ts";
import type { ExtractorId } from "../layer/extractors.ts";
import type { LayerTask, ReadLayer } from "../layer/read-layer.ts";
import type { Digest, DigestAlgorithm } from "../oci/digest.ts";
import type { OnProgress } from "../progress.ts";
import type { DeclaredLayer, ImageDescription } from "../source/source.ts";
import type { ImageLayer } from "./image.ts";
import type { SharedLayers } from "./shared-layers.ts";

export interface ReadLayersOptions {
  readonly limits: Limits;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  readonly captures: readonly CaptureRequest[];
  readonly extractors: readonly ExtractorId[];
  /** Layers read at the same time, where the source allows it. */
  readonly concurrency: number;
  /**
   * true: every byte is read (`--verify`). false: contents of local files are skipped and nothing is verified
   * (`--no-verify`). Undefined: every byte that is read is verified, and tables of contents may stand for the rest.
   */
  readonly verify: boolean | undefined;
  /** Layers that are not compressed are measured as they would be; nothing is taken from a cache then. */
  readonly estimateBlob: boolean;
  /** Layers that were read before; null where nothing is looked up or kept. */
  readonly cache: LayerCache | null;
  /** Layers of other images of the same source, where there are such. */
  readonly shared?: SharedLayers;
}

export interface ReadImage {
  readonly description: ImageDescription;
  readonly layers: readonly ImageLayer[];
}

/** Keeps the total over all layers, however many are read at once. */
export class TotalBytes {
  readonly #options: ReadLayersOptions;
  #bytes = 0;

  constructor(options: ReadLayersOptions) {
    this.#options = options;
  }

  readonly add = (bytes: number): void => {
    this.#options.signal.throwIfAborted();
    this.#bytes += bytes;
    const { limits } = this.#options;
    if (this.#bytes > limits.maxTotalBytes) throw limitExceeded(limits, "maxTotalBytes", "the image");
  };
}

export function taskFor(
  { limits, captures, extractors, estimateBlob }: ReadLayersOptions,
  where: string,
  blobAlgorithm: DigestAlgorithm,
  diffIdAlgorithm: DigestAlgorithm,
  declaredDigest: Digest | null,
): LayerTask {
  return { limits, captures, extractors, blobAlgorithm, diffIdAlgorithm, declaredDigest, estimateBlob, where };
}

/** Holds a read layer against everything that the image declares of it. @throws {ImgweighError} DIGEST_MISMATCH, ARCHIVE_TRUNCATED */
export function verifyLayer(read: ReadLayer, declared: DeclaredLayer, number: number): ImageLayer {
  const { index, blob, gzipBytes = null } = read;
  const where = `layer ${number}`;
  if (declared.size !== null && blob.blobBytes !== declared.size) {
    throw new ImgweighError(
      "DIGEST_MISMATCH",
      `${where} has ${blob.blobBytes} bytes, but the image declares ${declared.size}`,
      {
        hint: "the image was damaged or changed after it was made; pull or save it again",
      },
    );
  }
  // Of a table of contents nobody knows the tar that it stands for.
  if (index.tarBytes === null) return { declared, index, blob, gzipBytes, verified: "toc" };
  if (index.diffId === null) return { declared, index, blob, gzipBytes, verified: "none" };
  if (declared.digest !== null && blob.digest !== null)
    requireDigest(blob.digest, declared.digest, `the blob of ${where}`);
  if (declared.diffId !== null) requireDigest(index.diffId, declared.diffId, `${where}, uncompressed,`);
  if (declared.diffId === null && !index.terminated) {
    throw new ImgweighError(
      "ARCHIVE_TRUNCATED",
      `${where} ends without end-of-archive blocks, and no digest says whether that is all of it`,
      {
        hint: "if the file is known to be whole, append 1024 zero bytes to it",
      },
    );
  }
  return { declared, index, blob, gzipBytes, verified: declared.diffId === null ? "none" : "blob" };
}

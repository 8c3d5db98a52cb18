import { type ByteStream, interruptible, readRange } from "../archive/byte-stream.ts";
import { NO_RUN_CONFIG } from "../oci/run-config.ts";
import { counting, type OpenedFile, openFile, partOf, stampOf } from "./opened-file.ts";
import type { DeclaredLayer, ImageDescription, ImageSource, OpenSource, SourceContext } from "./source.ts";

const LAYER: DeclaredLayer = {
  key: "rootfs",
  digest: null,
  size: null,
  mediaType: null,
  diffId: null,
  annotations: new Map(),
};

/** A root file system as an image of one layer: nothing declares a digest, a history or a platform. */
const ROOTFS: ImageDescription = {
  kind: "tar",
  reference: null,
  manifestDigest: null,
  configDigest: null,
  platform: null,
  config: { platform: null, diffIds: [], history: [], labels: new Map(), run: NO_RUN_CONFIG },
  annotations: new Map(),
  layers: [LAYER],
  warnings: [],
};

/** A root file system tar (`docker export`) in a file; plain, gzip or zstd. */
export function rootfsFile(path: string): ImageSource {
  return { open: async (context) => openRootfsFile(await openFile(path), context) };
}

export function openRootfsFile(file: OpenedFile, context: SourceContext): OpenSource {
  const { signal } = context;
  return {
    shape: "random-access",
    description: ROOTFS,
    local: true,
    blobBytes: () => file.bytes,
    async *blob(_layer, range = { offset: 0, length: file.bytes }) {
      for await (const chunk of readRange(file.handle, range.offset, range.length, file.path)) {
        signal.throwIfAborted();
        yield chunk;
      }
    },
    openBlob: async () => partOf(file, { offset: 0, length: file.bytes }),
    stamp: () => stampOf(file),
    close: () => file.handle.close(),
  };
}

/** A root file system tar that streams past (`docker export x | imgweigh analyze tar:-`). */
export function rootfsStream(input: ByteStream): ImageSource {
  return {
    open: async (context) => ({
      shape: "stream",
      async *blobs() {
        const body = counting(interruptible(input, context.signal), (bytes) =>
          context.onProgress({ type: "read", bytes, totalBytes: null }),
        );
        yield { key: LAYER.key, size: null, algorithm: "sha256", body };
      },
      describe: async () => ROOTFS,
    }),
  };
}

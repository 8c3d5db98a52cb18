import type { ByteStream } from "../archive/byte-stream.ts";
import type { ArchiveContents } from "./archive-contents.ts";
import { type ArchiveKind, readArchiveImages } from "./archive-images.ts";
import { chooseImages } from "./choose-image.ts";
import type {
  ByteRange,
  DeclaredLayer,
  ImageDescription,
  OpenBlob,
  RandomAccessImage,
  SourceContext,
} from "./source.ts";

/** How the blobs of local contents are reached. */
export interface LocalBlobs {
  blobBytes(layer: DeclaredLayer): number;
  read(layer: DeclaredLayer, range: ByteRange): ByteStream;
  open(layer: DeclaredLayer): Promise<OpenBlob>;
  stamp(layer: DeclaredLayer): Promise<string | null>;
  close(): Promise<void>;
}

/** The image that is meant, of an archive or layout directory on disk. @throws {ImgweighError} as `chooseImage` */
export async function openContents(
  contents: ArchiveContents,
  expected: ArchiveKind | null,
  context: SourceContext,
  blobs: LocalBlobs,
): Promise<RandomAccessImage> {
  const { kind, groups, warnings } = await readArchiveImages(contents, expected);
  const choice = { kind, where: contents.where, context, warnings };
  const [description, ...siblings] = await chooseImages(groups, choice);
  return { ...localImage(description, context, blobs), siblings };
}

export function localImage(
  description: ImageDescription,
  { signal }: SourceContext,
  blobs: LocalBlobs,
): RandomAccessImage {
  return {
    shape: "random-access",
    description,
    local: true,
    blobBytes: (layer) => blobs.blobBytes(layer),
    async *blob(layer, range = { offset: 0, length: blobs.blobBytes(layer) }) {
      for await (const chunk of blobs.read(layer, range)) {
        signal.throwIfAborted();
        yield chunk;
      }
    },
    openBlob: (layer) => blobs.open(layer),
    stamp: (layer) => blobs.stamp(layer),
    close: () => blobs.close(),
  };
}

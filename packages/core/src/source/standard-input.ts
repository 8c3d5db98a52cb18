import type { ByteStream } from "../archive/byte-stream.ts";
import { interruptible, peek } from "../archive/byte-stream.ts";
import { decompressed } from "../archive/decompress.ts";
import { SNIFF_BYTES, sniff } from "../archive/sniff.ts";
import { ImgweighError } from "../errors.ts";
import { requireTar, streamArchive } from "./archive-stream.ts";
import { counting } from "./opened-file.ts";
import type { ImageSource } from "./source.ts";

/** A saved image on standard input, read once; plain, or as a whole compressed with gzip or zstd. */
export function standardInput(input: ByteStream, expected: "docker-archive" | "oci-archive" | null): ImageSource {
  return {
    open: async (context) => {
      const where = "standard input";
      const counted = counting(interruptible(input, context.signal), (bytes) =>
        context.onProgress({ type: "read", bytes, totalBytes: null }),
      );
      const { head, stream, close } = await peek(counted, SNIFF_BYTES);
      const content = sniff(head);
      if (content !== "none" && content !== "gzip" && content !== "zstd") {
        await close();
        if (content === "xz" || content === "bzip2") {
          throw new ImgweighError("UNSUPPORTED_COMPRESSION", `${where} is compressed with ${content}`, {
            hint: `inflate it first: ${content} -dc FILE | imgweigh analyze -`,
          });
        }
        throw new ImgweighError(
          "NOT_AN_IMAGE",
          content === "empty" ? `${where} is empty` : `${where} is not a tar archive`,
          {
            hint: "pipe a saved image in: docker save IMAGE | imgweigh analyze -",
          },
        );
      }
      const inflated = decompressed(stream, content, context.limits, where);
      return streamArchive(content === "none" ? inflated : requireTar(inflated, where), {
        kind: null,
        expected,
        reference: null,
        where,
        context,
      });
    },
  };
}

import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { analyzeBytes } from "../support/analyze-files.ts";
import { buildImage, dockerArchiveFiles, type Files, ociFiles, packFiles } from "../support/image-builder.ts";
import { file, tarBytes } from "../support/tar-bytes.ts";

/* Bytes that are an image to one reader and a root file system to another would hide one of the two. */

const image = buildImage({ layers: [{ entries: [file("a", 1234)] }] });

function withEntriesBefore(files: Files): Buffer {
  return Buffer.concat([tarBytes([file("bin/x", 4206), file("etc/y", 1)], { endBlocks: 0 }), packFiles(files)]);
}

describe.each([
  ["of docker save", dockerArchiveFiles([image])],
  ["of an OCI layout", ociFiles([image])],
])("an archive %s whose first entries look like a root file system", (_, files) => {
  test("is the image, from a file, a compressed file and a pipe", async () => {
    const bytes = withEntriesBefore(files);
    for (const transport of ["file", "file.gz", "stdin", "stdin.gz"] as const) {
      const { sizes, source } = await analyzeBytes(bytes, transport);
      expect(sizes.contentBytes, transport).toBe(1234);
      expect(source.kind, transport).not.toBe("tar");
    }
  });
});

test("a root file system with a manifest.json of its own is one", async () => {
  const entries = [file("bin/x", 10), file("manifest.json", '[{"src":"icon.png"}]'), file("index.json", "{}")];
  const bytes = tarBytes(entries);
  for (const packed of [bytes, gzipSync(bytes)]) {
    const { sizes, source } = await analyzeBytes(packed);
    expect([sizes.contentBytes, source.kind]).toEqual([32, "tar"]);
  }
});

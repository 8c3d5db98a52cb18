import { gzipSync } from "node:zlib";
import { afterAll, beforeAll } from "vitest";
import type { AnalyzeOptions, ImageSource } from "../../packages/core/src/index.ts";
import { engineSource } from "../../packages/core/src/source/engine/engine-source.ts";
import { inChunks, temporaryDirectory, temporaryFile } from "../support/analyze-files.ts";
import { type FakeEngine, startFakeEngine } from "../support/fake-engine.ts";
import { type FakeRegistry, startFakeRegistry } from "../support/fake-registry.ts";
import { buildImage, COMPRESSED_DIALECTS, DOCKER_DIALECTS } from "../support/image-builder.ts";
import { zstdFrame, zstdFrames } from "../support/zstd-bytes.ts";
import { REFERENCE_LAYERS } from "./reference-image.ts";

/** The image that every source below gives. */
export const image = buildImage({ layers: REFERENCE_LAYERS, names: ["app:1"] });

export interface Source {
  readonly name: string;
  readonly kind: string;
  /** Whether it holds the blobs as a registry would. */
  readonly compressed: boolean;
  open(): [string | ImageSource, AnalyzeOptions?];
}

/** Runs as long as the tests of the file that imports this. */
export let engine: FakeEngine;
beforeAll(async () => {
  engine = await startFakeEngine({
    images: Object.fromEntries(
      DOCKER_DIALECTS.map((dialect, i) => {
        const id = `sha256:${String(i).repeat(64)}`;
        const diffIds = image.layers.map(({ diffId }) => diffId);
        return [`${dialect}:1`, { save: image.asDockerArchive(dialect), id, diffIds }];
      }),
    ),
  });
});
afterAll(() => engine.close());

/** Holds the image by its manifest and in an index. */
export let registry: FakeRegistry;
beforeAll(async () => {
  registry = await startFakeRegistry();
  registry.push("acme/app", "1", image);
  registry.pushIndex("acme/app", "index", [image]);
});
afterAll(() => registry.close());

function fromEngine(reference: string): ImageSource {
  const env = { DOCKER_HOST: engine.host, CONTAINER_HOST: engine.host };
  return engineSource("docker", reference, {
    surroundings: { env, home: "/nobody", os: "linux", exists: async () => false },
  });
}

function archiveSources(name: string, kind: string, compressed: boolean, pack: () => Buffer): Source[] {
  return [
    { name: `${name} file`, kind, compressed, open: () => [temporaryFile("image.tar", pack())] },
    { name: `${kind}: ${name} file`, kind, compressed, open: () => [`${kind}:${temporaryFile("image", pack())}`] },
    { name: `${name} file, gzip`, kind, compressed, open: () => [temporaryFile("image.tar.gz", gzipSync(pack()))] },
    {
      name: `${name} file, zstd`,
      kind,
      compressed,
      open: () => [temporaryFile("image.tar.zst", zstdFrames(pack(), 3))],
    },
    { name: `${name} stdin`, kind, compressed, open: () => ["-", { stdin: inChunks(pack()) }] },
    { name: `${kind}:- ${name}`, kind, compressed, open: () => [`${kind}:-`, { stdin: inChunks(pack(), 511) }] },
    { name: `${name} stdin, gzip`, kind, compressed, open: () => ["-", { stdin: inChunks(gzipSync(pack()), 999) }] },
    { name: `${name} stdin, zstd`, kind, compressed, open: () => ["-", { stdin: inChunks(zstdFrame(pack()), 77) }] },
  ];
}

/** Every way to read an image. */
export const SOURCES: Source[] = [
  ...DOCKER_DIALECTS.flatMap((dialect) =>
    archiveSources(dialect, "docker-archive", COMPRESSED_DIALECTS.includes(dialect), () =>
      image.asDockerArchive(dialect),
    ),
  ),
  ...DOCKER_DIALECTS.map((dialect) => ({
    name: `engine that saves like ${dialect}`,
    kind: "docker",
    compressed: COMPRESSED_DIALECTS.includes(dialect),
    open: (): [ImageSource] => [fromEngine(`${dialect}:1`)],
  })),
  ...archiveSources("OCI", "oci-archive", true, () => image.asOciArchive()),
  ...["1", "index"].map((tag) => ({
    name: `registry: tag ${tag}`,
    kind: "registry",
    compressed: true,
    open: (): [string] => [`registry:${registry.host}/acme/app:${tag}`],
  })),
  {
    name: "OCI layout directory",
    kind: "oci-layout",
    compressed: true,
    open: () => [image.writeOciLayout(temporaryDirectory())],
  },
  {
    name: "oci-layout: directory",
    kind: "oci-layout",
    compressed: true,
    open: () => [`oci-layout:${image.writeOciLayout(temporaryDirectory())}`],
  },
  {
    name: "skopeo's dir",
    kind: "dir",
    compressed: true,
    open: () => [image.writeSkopeoDirectory(temporaryDirectory())],
  },
  {
    name: "dir:",
    kind: "dir",
    compressed: true,
    open: () => [`dir:${image.writeSkopeoDirectory(temporaryDirectory())}`],
  },
];

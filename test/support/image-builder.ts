import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { dir, file, symlink, type TarEnd, type TarEntry, tarBytes } from "./tar-bytes.ts";
import { zstdFrame, zstdFrames, zstdSkippable } from "./zstd-bytes.ts";

/** How a layer's blob is compressed, where the format stores it compressed at all. */
export type Compression = "none" | "gzip" | "gzip-members" | "zstd" | "zstd-frames" | "zstd-skippable";

export interface LayerSpec {
  /** Entries, bottom first; raw bytes may stand between them. */
  readonly entries?: readonly (TarEntry | Uint8Array)[];
  /** How the tar ends. */
  readonly end?: TarEnd;
  /** The uncompressed layer itself, instead of entries; it need not be a tar. */
  readonly tar?: Uint8Array;
  /** The history entry of the layer. */
  readonly createdBy?: string;
  readonly comment?: string;
  /** `gzip` where absent. Formats that store plain tars ignore it. */
  readonly compression?: Compression;
  /** The blob itself, instead of the compressed tar. */
  readonly blob?: Uint8Array;
  readonly mediaType?: string;
  /** What the config declares instead of the truth. */
  readonly diffId?: string;
  /** What the manifest declares instead of the truth. */
  readonly digest?: string;
  readonly size?: number;
  /** Of the layer's descriptor. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface HistorySpec {
  readonly created_by?: string;
  readonly comment?: string;
  readonly author?: string;
  readonly empty_layer?: boolean;
}

export interface PlatformSpec {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly "os.version"?: string;
}

export interface ImageSpec {
  readonly layers: readonly LayerSpec[];
  /** Whole names with tags. */
  readonly names?: readonly string[];
  /** `linux/amd64` where absent. */
  readonly platform?: PlatformSpec;
  /** Instead of one entry a layer; null leaves it out of the config. */
  readonly history?: readonly HistorySpec[] | null;
  /** Merged over the config. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Merged over the OCI manifest. */
  readonly manifest?: Readonly<Record<string, unknown>>;
}

/** A file of an archive or layout: bytes, or a symlink's target. */
export type Content = Uint8Array | { readonly link: string };

/** Files in the order in which they are written. Tests may change it before it is packed. */
export type Files = Map<string, Content>;

export interface BuiltLayer {
  readonly spec: LayerSpec;
  readonly tar: Buffer;
  readonly diffId: string;
  readonly blob: Buffer;
  readonly digest: string;
  readonly mediaType: string;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: PlatformSpec;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
}

export const MEDIA_TYPE = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

/**
 * The writers of archives that `docker load` takes:
 * `classic` Docker before 25 (and 20.10), `docker25` Docker ≥ 25 with graph drivers, `containerd` Docker with the
 * containerd store, `kaniko` (crane, ko and jib alike), `skopeo`, `podman`.
 */
export const DOCKER_DIALECTS = ["classic", "docker25", "containerd", "kaniko", "skopeo", "podman"] as const;
export type DockerDialect = (typeof DOCKER_DIALECTS)[number];

/** Which dialects store layers compressed. */
export const COMPRESSED_DIALECTS: readonly DockerDialect[] = ["containerd", "kaniko"];

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${sha256(bytes)}`;
}

function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(":") + 1);
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export function compress(bytes: Uint8Array, compression: Compression): Buffer {
  const half = Math.ceil(bytes.length / 2);
  switch (compression) {
    case "none":
      return Buffer.from(bytes);
    case "gzip":
      return gzipSync(bytes);
    case "gzip-members":
      return Buffer.concat([gzipSync(bytes.subarray(0, half)), gzipSync(bytes.subarray(half))]);
    case "zstd":
      return zstdFrame(bytes);
    case "zstd-frames":
      return zstdFrames(bytes, 3);
    case "zstd-skippable":
      return Buffer.concat([
        zstdSkippable(Buffer.from("before")),
        zstdFrame(bytes.subarray(0, half)),
        zstdSkippable(Buffer.alloc(0), 3),
        zstdFrame(bytes.subarray(half)),
        zstdSkippable(Buffer.alloc(300_000, "table"), 15),
      ]);
  }
}

function mediaTypeOf(compression: Compression): string {
  if (compression === "none") return MEDIA_TYPE.layer;
  return `${MEDIA_TYPE.layer}+${compression.startsWith("gzip") ? "gzip" : "zstd"}`;
}

function buildLayer(spec: LayerSpec): BuiltLayer {
  const tar = Buffer.from(spec.tar ?? tarBytes(spec.entries ?? [], spec.end));
  const compression = spec.compression ?? "gzip";
  const blob = Buffer.from(spec.blob ?? compress(tar, compression));
  return {
    spec,
    tar,
    diffId: spec.diffId ?? digestOf(tar),
    blob,
    digest: spec.digest ?? digestOf(blob),
    mediaType: spec.mediaType ?? mediaTypeOf(compression),
  };
}

/** Everything about an image that does not depend on the format it is written in. */
export class BuiltImage {
  readonly spec: ImageSpec;
  readonly names: readonly string[];
  readonly platform: PlatformSpec;
  readonly layers: readonly BuiltLayer[];
  readonly config: Buffer;
  readonly configDigest: string;

  constructor(spec: ImageSpec) {
    this.spec = spec;
    this.names = spec.names ?? [];
    this.platform = spec.platform ?? { os: "linux", architecture: "amd64" };
    this.layers = spec.layers.map(buildLayer);
    const history =
      spec.history ??
      spec.layers.map(({ createdBy, comment }) => ({
        ...(createdBy === undefined ? {} : { created_by: createdBy }),
        ...(comment === undefined ? {} : { comment }),
      }));
    this.config = json({
      ...this.platform,
      config: { Cmd: ["/app"] },
      rootfs: { type: "layers", diff_ids: this.layers.map(({ diffId }) => diffId) },
      ...(spec.history === null ? {} : { history }),
      ...spec.config,
    });
    this.configDigest = digestOf(this.config);
  }

  /** The OCI manifest; `plain` names uncompressed layers, as Docker ≥ 25 without the containerd store does. */
  manifest(plain = false): Buffer {
    return json({
      schemaVersion: 2,
      mediaType: MEDIA_TYPE.manifest,
      config: { mediaType: MEDIA_TYPE.config, digest: this.configDigest, size: this.config.length },
      layers: this.layers.map((layer) =>
        plain
          ? { mediaType: MEDIA_TYPE.layer, digest: digestOf(layer.tar), size: layer.tar.length }
          : {
              mediaType: layer.mediaType,
              digest: layer.digest,
              size: layer.spec.size ?? layer.blob.length,
              annotations: layer.spec.annotations,
            },
      ),
      ...this.spec.manifest,
    });
  }

  descriptor(plain = false): Descriptor {
    const manifest = this.manifest(plain);
    return {
      mediaType: MEDIA_TYPE.manifest,
      digest: digestOf(manifest),
      size: manifest.length,
      platform: this.platform,
    };
  }

  get manifestDigest(): string {
    return this.descriptor().digest;
  }

  asDockerArchive(dialect: DockerDialect = "classic"): Buffer {
    return packFiles(dockerArchiveFiles([this], dialect));
  }

  asOciArchive(): Buffer {
    return packFiles(ociFiles([this]));
  }

  /** A root file system, as `docker export` writes it: what of the image is live has to be one layer. */
  asRootfsTar(): Buffer {
    const [only, ...others] = this.layers;
    if (only === undefined || others.length > 0) throw new Error("a root file system is one layer");
    return only.tar;
  }

  writeOciLayout(directory: string): string {
    return writeFiles(ociFiles([this]), directory);
  }

  /** What skopeo writes with `dir:`. */
  writeSkopeoDirectory(directory: string): string {
    return writeFiles(skopeoDirectoryFiles(this), directory);
  }
}

/**
 * An image out of layers given as lists of entries.
 *
 * @example
 * const image = buildImage({ layers: [{ entries: [file("a", "hello")], createdBy: "COPY a / # buildkit" }] });
 * await writeFile(path, image.asDockerArchive());
 */
export function buildImage(spec: ImageSpec): BuiltImage {
  return new BuiltImage(spec);
}

/** The files of a `docker load` archive, in the order in which the writer puts them. */
export function dockerArchiveFiles(images: readonly BuiltImage[], dialect: DockerDialect = "classic"): Files {
  switch (dialect) {
    case "classic":
      return classicFiles(images);
    case "docker25":
      return docker25Files(images);
    case "containerd":
      return containerdFiles(images);
    case "kaniko":
      return kanikoFiles(images);
    case "skopeo":
    case "podman":
      return skopeoArchiveFiles(images, dialect);
  }
}

function tagsOf(image: BuiltImage): readonly string[] | null {
  return image.names.length === 0 ? null : image.names;
}

/** `repositories`: by name and tag, the last v1 ID. Saved by ID there is none. */
function repositories(images: readonly BuiltImage[], idOf: (image: BuiltImage) => string): Files {
  const names: Record<string, Record<string, string>> = {};
  for (const image of images) {
    for (const name of image.names) {
      const colon = name.lastIndexOf(":");
      const repository = name.slice(0, colon);
      names[repository] = { ...names[repository], [name.slice(colon + 1)]: idOf(image) };
    }
  }
  return Object.keys(names).length === 0 ? new Map() : new Map([["repositories", json(names)]]);
}

/** v1 IDs are neither diffIDs nor digests: they hash the chain and the config. */
function v1Id(image: BuiltImage, layer: number): string {
  const chain = image.layers.slice(0, layer + 1).map(({ diffId }) => diffId);
  return sha256(Buffer.from(`v1 ${chain.join(" ")} ${layer === image.layers.length - 1 ? image.configDigest : ""}`));
}

/** moby 20.10 image/tarexport/save.go: directories in lexical order, a layer that is there already as a symlink. */
function classicFiles(images: readonly BuiltImage[]): Files {
  const folders = new Map<string, Content>();
  const byDiffId = new Map<string, string>();
  for (const image of images) {
    image.layers.forEach((layer, i) => {
      const id = v1Id(image, i);
      if (folders.has(id)) return;
      const first = byDiffId.get(layer.diffId);
      folders.set(id, first === undefined ? layer.tar : { link: `../${first}/layer.tar` });
      if (first === undefined) byDiffId.set(layer.diffId, id);
    });
  }
  const files: Files = new Map();
  for (const image of images) files.set(`${hexOf(image.configDigest)}.json`, image.config);
  for (const [id, content] of folders) {
    files.set(`${id}/`, Buffer.alloc(0));
    files.set(`${id}/VERSION`, Buffer.from("1.0"));
    files.set(`${id}/json`, json({ id, created: "2024-01-01T00:00:00Z", container_config: {} }));
    files.set(`${id}/layer.tar`, content);
  }
  const sorted: Files = new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
  const manifest = images.map((image) => ({
    Config: `${hexOf(image.configDigest)}.json`,
    RepoTags: tagsOf(image),
    Layers: image.layers.map((_, i) => `${v1Id(image, i)}/layer.tar`),
  }));
  sorted.set("manifest.json", json(manifest));
  return new Map([...sorted, ...repositories(images, (image) => v1Id(image, image.layers.length - 1))]);
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function withDirectories(files: Files): Files {
  return new Map<string, Content>([["blobs/", Buffer.alloc(0)], ["blobs/sha256/", Buffer.alloc(0)], ...files]);
}

/** Names as Docker and containerd annotate them: the whole name, and its tag alone. */
function nameAnnotations(name: string): Readonly<Record<string, string>> {
  return {
    "io.containerd.image.name": name.includes("/") ? name : `docker.io/library/${name}`,
    "org.opencontainers.image.ref.name": name.slice(name.lastIndexOf(":") + 1),
  };
}

function named(image: BuiltImage, plain: boolean): Descriptor[] {
  const { platform: _, ...descriptor } = image.descriptor(plain);
  if (image.names.length === 0) return [descriptor];
  return image.names.map((name) => ({ ...descriptor, annotations: nameAnnotations(name) }));
}

export function indexOf(manifests: readonly Descriptor[]): Buffer {
  return json({ schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests });
}

const LAYOUT = json({ imageLayoutVersion: "1.0.0" });

/** moby ≥ 25 daemon/internal/image/tarexport/save.go: both formats at once, and a v1 config for each layer. */
function docker25Files(images: readonly BuiltImage[]): Files {
  const blobs: Files = new Map();
  for (const image of images) {
    image.layers.forEach((layer, i) => {
      blobs.set(blobPath(digestOf(layer.tar)), layer.tar);
      const legacy = json({ id: v1Id(image, i), os: "linux", container_config: { Cmd: null } });
      blobs.set(blobPath(digestOf(legacy)), legacy);
    });
    blobs.set(blobPath(image.configDigest), image.config);
    blobs.set(blobPath(image.descriptor(true).digest), image.manifest(true));
  }
  const files = withDirectories(new Map([...blobs].sort(([a], [b]) => (a < b ? -1 : 1))));
  files.set("index.json", indexOf(images.flatMap((image) => named(image, true))));
  files.set(
    "manifest.json",
    json(
      images.map((image) => ({
        Config: blobPath(image.configDigest),
        RepoTags: tagsOf(image),
        Layers: image.layers.map((layer) => blobPath(digestOf(layer.tar))),
        LayerSources: Object.fromEntries(
          image.layers.map((layer) => [
            layer.diffId,
            { mediaType: MEDIA_TYPE.layer, size: layer.tar.length, digest: digestOf(layer.tar) },
          ]),
        ),
      })),
    ),
  );
  files.set("oci-layout", LAYOUT);
  return new Map([...files, ...repositories(images, (image) => hexOf(image.configDigest))]);
}

/** The other platforms and the attestation of an index, of which the store holds nothing. */
const ABSENT: readonly Descriptor[] = [
  {
    mediaType: MEDIA_TYPE.manifest,
    digest: digestOf(Buffer.from("another platform")),
    size: 1000,
    platform: { os: "linux", architecture: "s390x" },
  },
  {
    mediaType: MEDIA_TYPE.manifest,
    digest: digestOf(Buffer.from("an attestation")),
    size: 800,
    platform: { os: "unknown", architecture: "unknown" },
    annotations: { "vnd.docker.reference.type": "attestation-manifest" },
  },
];

/** containerd core/images/archive/exporter.go: compressed blobs, a nested index, blobs of other platforms missing. */
function containerdFiles(images: readonly BuiltImage[]): Files {
  const blobs: Files = new Map();
  const manifests: Descriptor[] = [];
  for (const image of images) {
    addOciBlobs(blobs, image);
    const nested = indexOf([image.descriptor(), ...ABSENT]);
    const descriptor = { mediaType: MEDIA_TYPE.index, digest: digestOf(nested), size: nested.length };
    blobs.set(blobPath(descriptor.digest), nested);
    if (image.names.length === 0) manifests.push(descriptor);
    for (const name of image.names) manifests.push({ ...descriptor, annotations: nameAnnotations(name) });
  }
  const files = withDirectories(new Map([...blobs].sort(([a], [b]) => (a < b ? -1 : 1))));
  files.set("index.json", indexOf(manifests));
  files.set(
    "manifest.json",
    json(
      images.map((image) => ({
        Config: blobPath(image.configDigest),
        RepoTags: tagsOf(image),
        Layers: image.layers.map((layer) => blobPath(layer.digest)),
      })),
    ),
  );
  files.set("oci-layout", LAYOUT);
  return files;
}

/** go-containerregistry pkg/v1/tarball: the config is called by its digest, colon and all; layers stay gzipped. */
function kanikoFiles(images: readonly BuiltImage[]): Files {
  const files: Files = new Map();
  for (const image of images) {
    files.set(image.configDigest, image.config);
    for (const layer of image.layers) files.set(`${hexOf(layer.digest)}.tar.gz`, layer.blob);
  }
  const manifest = images.map((image) => ({
    Config: image.configDigest,
    RepoTags: tagsOf(image),
    Layers: image.layers.map((layer) => `${hexOf(layer.digest)}.tar.gz`),
  }));
  return files.set("manifest.json", json(manifest));
}

/** containers/image docker/internal/tarfile/writer.go: layers in the root, a symlink to each from its legacy folder. */
function skopeoArchiveFiles(images: readonly BuiltImage[], dialect: "skopeo" | "podman"): Files {
  const files: Files = new Map();
  const name = (layer: BuiltLayer): string => `${hexOf(digestOf(layer.tar))}.tar`;
  for (const image of images) {
    for (const layer of image.layers) files.set(name(layer), layer.tar);
    files.set(`${hexOf(image.configDigest)}.json`, image.config);
    image.layers.forEach((layer, i) => {
      const id = v1Id(image, i);
      if (dialect === "podman") files.set(`${id}/`, Buffer.alloc(0));
      files.set(`${id}/VERSION`, Buffer.from("1.0"));
      files.set(`${id}/layer.tar`, { link: `../${name(layer)}` });
      files.set(`${id}/json`, json({ id }));
    });
  }
  const last = (image: BuiltImage): string => v1Id(image, image.layers.length - 1);
  for (const [path, content] of repositories(images, last)) files.set(path, content);
  const manifest = images.map((image) => ({
    Config: `${hexOf(image.configDigest)}.json`,
    RepoTags: image.names,
    Layers: image.layers.map(name),
  }));
  return files.set("manifest.json", json(manifest));
}

export function addOciBlobs(files: Files, image: BuiltImage): void {
  for (const layer of image.layers) files.set(blobPath(layer.digest), layer.blob);
  files.set(blobPath(image.configDigest), image.config);
  files.set(blobPath(image.manifestDigest), image.manifest());
}

/** The files of an OCI image layout; images without a name and of different platforms are one image. */
export function ociFiles(images: readonly BuiltImage[], descriptors?: readonly Descriptor[]): Files {
  const files = withDirectories(new Map());
  for (const image of images) addOciBlobs(files, image);
  const manifests =
    descriptors ??
    images.flatMap((image) =>
      image.names.length === 0
        ? [image.descriptor()]
        : image.names.map((name) => ({
            ...image.descriptor(),
            annotations: { "org.opencontainers.image.ref.name": name },
          })),
    );
  files.set("oci-layout", LAYOUT);
  return files.set("index.json", indexOf(manifests));
}

/** One nested index in `index.json`, holding every image given: one name, several platforms. */
export function nestedIndexFiles(
  images: readonly BuiltImage[],
  name?: string,
  more: readonly Descriptor[] = [],
): Files {
  const nested = indexOf([...images.map((image) => image.descriptor()), ...more]);
  const descriptor: Descriptor = {
    mediaType: MEDIA_TYPE.index,
    digest: digestOf(nested),
    size: nested.length,
    ...(name === undefined ? {} : { annotations: { "org.opencontainers.image.ref.name": name } }),
  };
  return ociFiles(images, [descriptor]).set(blobPath(descriptor.digest), nested);
}

export function skopeoDirectoryFiles(image: BuiltImage): Files {
  const files: Files = new Map([["version", Buffer.from("Directory Transport Version: 1.1\n")]]);
  for (const layer of image.layers) files.set(hexOf(layer.digest), layer.blob);
  files.set(hexOf(image.configDigest), image.config);
  return files.set("manifest.json", image.manifest());
}

/** The files as a tar, in their order. */
export function packFiles(files: Files, end: TarEnd = {}): Buffer {
  const entries = [...files].map(([name, content]) => {
    if ("link" in content) return symlink(name, content.link);
    return name.endsWith("/") ? dir(name.slice(0, -1)) : file(name, content);
  });
  return tarBytes(entries, end);
}

/** The files in a directory on disk. */
export function writeFiles(files: Files, directory: string): string {
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of files) {
    const path = join(directory, name);
    // A name that walks out is for archives to carry: on disk it would be somebody else's file.
    if (!path.startsWith(join(directory, "/"))) continue;
    mkdirSync(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if ("link" in content) symlinkSync(content.link, path);
    else if (!name.endsWith("/")) writeFileSync(path, content);
  }
  return directory;
}

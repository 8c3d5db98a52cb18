import { createHash } from "node:crypto";

const CREATED = "2026-01-01T00:00:00Z";

export const sha256 = (bytes) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const json = (value) => Buffer.from(JSON.stringify(value));

/** The config of an image whose layers were made by these steps. */
export function configOf(diffIds, steps) {
  return json({
    architecture: "amd64",
    os: "linux",
    config: { Cmd: ["/bin/true"] },
    created: CREATED,
    history: diffIds.map((_, i) => ({ created: CREATED, created_by: steps?.[i] ?? `COPY layer-${i} / # buildkit` })),
    rootfs: { type: "layers", diff_ids: diffIds },
  });
}

/** The small files of a docker-archive: name and bytes. */
export function dockerFiles({ name, diffIds, steps }) {
  const config = configOf(diffIds, steps);
  const Config = `${sha256(config).slice("sha256:".length)}.json`;
  const Layers = diffIds.map((_, i) => `layer-${i}/layer.tar`);
  return [
    [Config, config],
    ["manifest.json", json([{ Config, RepoTags: [name], Layers }])],
  ];
}

export const blobName = (digest) => `blobs/sha256/${digest.slice("sha256:".length)}`;

/** The small files of an OCI layout: name and bytes. */
export function ociFiles({ name, diffIds, steps, blobs, compression }) {
  const files = [];
  const put = (bytes, mediaType) => {
    const descriptor = { mediaType, digest: sha256(bytes), size: bytes.length };
    files.push([blobName(descriptor.digest), bytes]);
    return descriptor;
  };
  const config = put(configOf(diffIds, steps), "application/vnd.oci.image.config.v1+json");
  const mediaType = `application/vnd.oci.image.layer.v1.tar${compression === "none" ? "" : `+${compression}`}`;
  const layers = blobs.map((blob) => ({ mediaType, ...blob }));
  const manifestType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = put(json({ schemaVersion: 2, mediaType: manifestType, config, layers }), manifestType);
  const annotations = { "org.opencontainers.image.ref.name": name };
  files.push(["oci-layout", json({ imageLayoutVersion: "1.0.0" })]);
  files.push(["index.json", json({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] })]);
  return files;
}

import { digestOf } from "../archive/digest.ts";
import { ImgweighError } from "../errors.ts";
import { type ImageConfig, readConfig } from "../oci/config.ts";
import type { Digest } from "../oci/digest.ts";
import { asList, asObject, asText, parseJson } from "../oci/json.ts";
import { type ArchiveContents, boundManifests, missing, readJsonFile, readSmallFile } from "./archive-contents.ts";
import { type ImageCandidate, requireDiffIds } from "./image-candidate.ts";
import type { DeclaredLayer } from "./source.ts";

interface DockerConfig {
  readonly config: ImageConfig;
  readonly digest: Digest;
}

/** One config may be named thousands of times; it is read once. */
type KnownConfigs = Map<string, DockerConfig>;

async function readDockerConfig(contents: ArchiveContents, name: string, known: KnownConfigs): Promise<DockerConfig> {
  const located = await contents.locate(name);
  const found = located === null ? undefined : known.get(located);
  if (found !== undefined) return found;
  const bytes = await readSmallFile(contents, name);
  if (located === null || bytes === null) throw missing(`the config ${name}`, contents.where);
  // Nothing declares its digest: its name often is one, but tools rewrite configs in place, and engines load them all the same.
  const read = {
    config: readConfig(parseJson(bytes, name), `the config ${name} of ${contents.where}`),
    digest: digestOf(bytes),
  };
  known.set(located, read);
  return read;
}

async function declareLayer(contents: ArchiveContents, name: string, diffId: Digest): Promise<DeclaredLayer> {
  const located = await contents.locate(name);
  if (located === null) throw missing(`the layer ${name}`, contents.where);
  // A plain docker-archive declares no blob digest: the name of a layer file is a v1 ID, a diffID, or anything else.
  return { key: located, digest: null, size: null, mediaType: null, diffId, annotations: new Map() };
}

async function readEntry(
  contents: ArchiveContents,
  value: unknown,
  index: number,
  known: KnownConfigs,
): Promise<ImageCandidate> {
  const where = `image ${index} of manifest.json of ${contents.where}`;
  const entry = asObject(value, where);
  const configName = asText(entry["Config"]);
  if (configName === null) throw new ImgweighError("ARCHIVE_MALFORMED", `${where} names no config`);
  const { config, digest } = await readDockerConfig(contents, configName, known);
  const layerNames = asList(entry["Layers"], `the layers of ${where}`).map((name) => {
    if (typeof name === "string") return name;
    throw new ImgweighError("ARCHIVE_MALFORMED", `${where} has a layer without a name`);
  });
  requireDiffIds(config, layerNames.length, where);
  const layers: DeclaredLayer[] = [];
  for (const [i, name] of layerNames.entries())
    layers.push(await declareLayer(contents, name, config.diffIds[i] as Digest));
  const names = asList(entry["RepoTags"], `the RepoTags of ${where}`).filter((name) => typeof name === "string");
  return {
    names,
    group: digest,
    manifestDigest: null,
    configDigest: digest,
    platform: config.platform,
    config,
    annotations: new Map(),
    layers,
  };
}

/**
 * The images of a `docker save` archive by its `manifest.json` (moby image/tarexport/save.go). null where there is none.
 *
 * @throws {ImgweighError} ARCHIVE_MALFORMED, LAYER_MISSING, DIGEST_MISMATCH, LIMIT_EXCEEDED, NOT_AN_IMAGE
 */
export async function readDockerManifest(contents: ArchiveContents): Promise<readonly ImageCandidate[] | null> {
  if ((await contents.locate("manifest.json")) === null) return null;
  const list = await readJsonFile(contents, "manifest.json");
  if (!Array.isArray(list)) {
    throw new ImgweighError("ARCHIVE_MALFORMED", `manifest.json of ${contents.where} is not a list of images`, {
      hint: "a directory that skopeo wrote with dir: is opened as dir:PATH",
    });
  }
  boundManifests(list.length, contents);
  const images: ImageCandidate[] = [];
  const known: KnownConfigs = new Map();
  for (const [index, entry] of list.entries()) images.push(await readEntry(contents, entry, index, known));
  return mergeEqual(images);
}

/** One image saved under two tags stands there twice. */
function mergeEqual(images: readonly ImageCandidate[]): readonly ImageCandidate[] {
  const byConfig = new Map<Digest, { image: ImageCandidate; names: string[] }>();
  for (const image of images) {
    const known = byConfig.get(image.configDigest);
    if (known === undefined) byConfig.set(image.configDigest, { image, names: [...image.names] });
    else for (const name of image.names) known.names.push(name);
  }
  return Array.from(byConfig.values(), ({ image, names }) => ({ ...image, names }));
}

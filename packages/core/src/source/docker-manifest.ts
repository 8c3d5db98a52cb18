import { digestOf } from "../archive/digest.ts";
import { ImgweighError } from "../errors.ts";
import { type ImageConfig, readConfig } from "../oci/config.ts";
import type { Digest } from "../oci/digest.ts";
import { asList, asObject, asText, field, parseJson } from "../oci/json.ts";
import {
  type ArchiveContents,
  algorithmInName,
  boundManifests,
  missing,
  readJsonFile,
  readSmallFile,
} from "./archive-contents.ts";
import { findOut, type ImageCandidate, type ListedImage, requireDiffIds } from "./listed-image.ts";
import type { DeclaredLayer } from "./source.ts";

/** An image that `manifest.json` lists. */
export interface DockerImage {
  readonly listed: ListedImage;
  readonly names: readonly string[];
}

interface DockerConfig {
  readonly config: ImageConfig;
  readonly digest: Digest;
}

/** One config may be named thousands of times; it is read once. */
type KnownConfigs = Map<string, Promise<DockerConfig>>;

async function readDockerConfig(contents: ArchiveContents, name: string, known: KnownConfigs): Promise<DockerConfig> {
  const located = await contents.locate(name);
  if (located === null) throw missing(`the config ${name}`, contents.where);
  const read = async (): Promise<DockerConfig> => {
    const bytes = await readSmallFile(contents, name);
    if (bytes === null) throw missing(`the config ${name}`, contents.where);
    // Nothing declares its digest: its name often is one, but tools rewrite configs in place, and engines load them all the same.
    return {
      config: readConfig(parseJson(bytes, name), `the config ${name} of ${contents.where}`),
      digest: digestOf(bytes, algorithmInName(located)),
    };
  };
  let config = known.get(located);
  if (config === undefined) {
    config = read();
    known.set(located, config);
  }
  return config;
}

async function declareLayer(contents: ArchiveContents, name: string, diffId: Digest): Promise<DeclaredLayer> {
  const located = await contents.locate(name);
  if (located === null) throw missing(`the layer ${name}`, contents.where);
  // A plain docker-archive declares no blob digest: the name of a layer file is a v1 ID, a diffID, or anything else.
  return { key: located, digest: null, size: null, mediaType: null, diffId, annotations: new Map() };
}

/** What an entry names, before any of it is looked at. */
interface Entry {
  readonly where: string;
  readonly config: string;
  readonly layers: readonly string[];
  readonly names: readonly string[];
}

function texts(value: unknown, where: string): readonly string[] {
  return asList(value, where).map((text) => {
    if (typeof text === "string") return text;
    throw new ImgweighError("ARCHIVE_MALFORMED", `${where} have one without a name`);
  });
}

/** Engines take its keys in any case, as Go's JSON reader does. */
function readEntry(value: unknown, where: string): Entry {
  const entry = asObject(value, where);
  const config = asText(field(entry, "Config"));
  if (config === null) throw new ImgweighError("ARCHIVE_MALFORMED", `${where} names no config`);
  const names = asList(field(entry, "RepoTags"), `the RepoTags of ${where}`);
  return {
    where,
    config,
    layers: texts(field(entry, "Layers"), `the layers of ${where}`),
    names: names.filter((name) => typeof name === "string"),
  };
}

async function readImage(contents: ArchiveContents, entry: Entry, known: KnownConfigs): Promise<ImageCandidate> {
  const { config, digest } = await readDockerConfig(contents, entry.config, known);
  requireDiffIds(config, entry.layers.length, entry.where);
  const layers: DeclaredLayer[] = [];
  for (const [i, name] of entry.layers.entries())
    layers.push(await declareLayer(contents, name, config.diffIds[i] as Digest));
  return {
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
 * @throws {ImgweighError} ARCHIVE_MALFORMED, LIMIT_EXCEEDED
 */
export async function readDockerManifest(contents: ArchiveContents): Promise<readonly DockerImage[] | null> {
  if ((await contents.locate("manifest.json")) === null) return null;
  const list = await readJsonFile(contents, "manifest.json");
  if (!Array.isArray(list)) {
    throw new ImgweighError("ARCHIVE_MALFORMED", `manifest.json of ${contents.where} is not a list of images`, {
      hint: "a directory that skopeo wrote with dir: is opened as dir:PATH",
    });
  }
  boundManifests(list.length, contents);
  const known: KnownConfigs = new Map();
  // One image saved under two tags stands there twice.
  const byContent = new Map<string, { listed: ListedImage; names: string[] }>();
  for (const [index, value] of list.entries()) {
    const entry = readEntry(value, `image ${index} of manifest.json of ${contents.where}`);
    const key = JSON.stringify([entry.config, entry.layers]);
    const same = byContent.get(key);
    if (same === undefined) {
      const listed = listedAt(index, () => readImage(contents, entry, known));
      byContent.set(key, { listed, names: [...entry.names] });
    } else same.names.push(...entry.names);
  }
  return [...byContent.values()];
}

function listedAt(index: number, read: () => Promise<ImageCandidate>): ListedImage {
  let found: ReturnType<ListedImage["look"]> | null = null;
  return {
    digest: null,
    place: `@${index}`,
    platform: null,
    look() {
      found ??= findOut(async () => ({ is: "image", image: await read() }));
      return found;
    },
  };
}

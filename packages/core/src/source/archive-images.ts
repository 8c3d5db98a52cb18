import { ImgweighError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { Warning } from "../warning.ts";
import type { ArchiveContents } from "./archive-contents.ts";
import { type DockerImage, readDockerManifest } from "./docker-manifest.ts";
import { GroupsByName } from "./image-groups.ts";
import type { ImageCandidate, ImageGroup, ListedImage } from "./listed-image.ts";
import { readOciIndex } from "./oci-index.ts";
import type { DeclaredLayer } from "./source.ts";

export type ArchiveKind = "docker-archive" | "oci-archive" | "oci-layout";

/** The images of an archive, and which format it turned out to be. */
export interface ArchiveImages {
  readonly kind: ArchiveKind;
  readonly groups: readonly ImageGroup[];
  readonly warnings: readonly Warning[];
}

/**
 * The images of an archive or layout directory. Docker ≥ 25 writes both formats into one archive: the index is complete,
 * the manifest knows the tags, and they are read as one.
 *
 * @param expected the format a prefix asked for; null takes what is there
 * @throws {ImgweighError} NOT_AN_IMAGE, and what reading either format throws
 */
export async function readArchiveImages(
  contents: ArchiveContents,
  expected: ArchiveKind | null,
): Promise<ArchiveImages> {
  const docker = await readDockerManifest(contents);
  const oci = await readOciIndex(contents);
  if (expected === "docker-archive" && docker === null) throw notThat(contents, "docker-archive", "manifest.json");
  if (expected !== null && expected !== "docker-archive" && oci === null)
    throw notThat(contents, expected, "index.json");
  if (docker === null && oci === null) throw await noManifest(contents);
  const groups = oci ?? new GroupsByName();
  const warnings: Warning[] = [];
  if (docker !== null) await new Merger(groups, contents.where, warnings).add(docker, oci !== null);
  return { groups: groups.finish(), warnings, kind: expected ?? (docker === null ? "oci-archive" : "docker-archive") };
}

interface Twin {
  readonly listed: ListedImage;
  readonly digest: Digest;
  readonly image: ImageCandidate;
}

function keysOf(layers: readonly DeclaredLayer[]): readonly string[] {
  return layers.map(({ key }) => key);
}

function areEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}

/** Puts what manifest.json lists to what index.json lists. */
class Merger {
  readonly #groups: GroupsByName;
  readonly #where: string;
  readonly #warnings: Warning[];
  readonly #unusable: Digest[] = [];

  constructor(groups: GroupsByName, where: string, warnings: Warning[]) {
    this.#groups = groups;
    this.#where = where;
    this.#warnings = warnings;
  }

  async add(docker: readonly DockerImage[], besideIndex: boolean): Promise<void> {
    const byConfig = await this.#byConfig();
    let unlisted = 0;
    for (const { listed, names } of docker) {
      const found = await listed.look();
      const twins = found.is === "image" ? (byConfig.get(found.image.configDigest) ?? []) : [];
      const twin = found.is === "image" ? this.#twinOf(found.image, twins, names) : null;
      if (twin !== null) this.#groups.rename(twin.listed, twin.digest, names);
      // Damage that only the index can tell is not passed over by way of the list that declares no digests.
      else if (!this.#unusable.some((digest) => this.#groups.share(digest, names))) {
        // An image without a name has no place in the index of a classic store.
        if (names.length > 0) unlisted++;
        this.#groups.add(listed, names);
      }
    }
    if (besideIndex && unlisted > 0 && byConfig.size > 0)
      this.#warn(`manifest.json of ${this.#where} has ${unlisted} image(s) that index.json does not have`);
  }

  async #byConfig(): Promise<ReadonlyMap<Digest, readonly Twin[]>> {
    const byConfig = new Map<Digest, Twin[]>();
    for (const listed of this.#groups.images) {
      const found = await listed.look();
      if (listed.digest === null) continue;
      if (found.is === "unusable") this.#unusable.push(listed.digest);
      if (found.is !== "image") continue;
      const { image } = found;
      const twins = byConfig.get(image.configDigest) ?? [];
      twins.push({ listed, digest: listed.digest, image });
      byConfig.set(image.configDigest, twins);
    }
    return byConfig;
  }

  /** The same image as the index lists it: of the same config and the same layers. */
  #twinOf(image: ImageCandidate, twins: readonly Twin[], names: readonly string[]): Twin | null {
    const keys = keysOf(image.layers);
    const same = twins.find((twin) => areEqual(keysOf(twin.image.layers), keys));
    if (same !== undefined) return same;
    const sorted = [...keys].sort();
    const reordered = twins.find((twin) => areEqual([...keysOf(twin.image.layers)].sort(), sorted));
    if (reordered !== undefined) {
      this.#reorder(reordered, image);
      return reordered;
    }
    const own = twins.filter(({ digest }) => this.#groups.share(digest, names));
    if (own.length > 0) {
      const message = `${this.#where}: manifest.json and index.json give one image different layers`;
      const error = new ImgweighError("ARCHIVE_MALFORMED", message);
      for (const { digest } of own) this.#groups.settle(digest, { is: "unusable", error });
    }
    return own[0] ?? null;
  }

  /**
   * Docker 25.0.0 wrote the layers of its OCI manifests in no order (moby#47150). Engines read manifest.json, so that one
   * holds, unless the digests of plain layers say that the other is right.
   */
  #reorder({ digest, image }: Twin, docker: ImageCandidate): void {
    this.#warn(`${this.#where}: manifest.json and index.json give the layers of one image in different orders`);
    if (image.layers.every((layer) => layer.digest === layer.diffId)) return;
    const byKey = new Map(image.layers.map((layer) => [layer.key, layer]));
    const layers = docker.layers.map((layer) => ({ ...(byKey.get(layer.key) ?? layer), diffId: layer.diffId }));
    this.#groups.settle(digest, { is: "image", image: { ...image, layers } });
  }

  #warn(message: string): void {
    this.#warnings.push({ code: "conflicting-manifests", message, layer: null, path: null });
  }
}

function notThat(contents: ArchiveContents, kind: ArchiveKind, file: string): ImgweighError {
  return new ImgweighError("NOT_AN_IMAGE", `${contents.where} is no ${kind}: it has no ${file}`, {
    hint: "leave the prefix away to have the format recognised",
  });
}

async function noManifest(contents: ArchiveContents): Promise<ImgweighError> {
  // Docker before 1.10 (2016) wrote a chain of v1 layers and no manifest.
  const ancient = (await contents.locate("repositories")) !== null;
  return new ImgweighError(
    "NOT_AN_IMAGE",
    `${contents.where} has neither manifest.json nor index.json, so it is no saved image`,
    {
      hint: ancient
        ? "it was saved by Docker before 1.10: load it into an engine and save it again"
        : "for the root file system of a container (docker export) write tar:FILE, or tar:- for stdin",
    },
  );
}

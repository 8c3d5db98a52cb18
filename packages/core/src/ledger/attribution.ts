import { type BaseImage, detectBase } from "../base/detect-base.ts";
import { detectLibc, findBrokenPrograms, type Libc } from "../base/libc.ts";
import { type OsRelease, RELEASE_FILES, readOsRelease } from "../base/os-release.ts";
import { homesIn } from "../category/homes.ts";
import type { Image } from "../image/image.ts";
import { type ImagePath, textOfPath } from "../image-path.ts";
import type { Digest } from "../oci/digest.ts";
import { Evidence } from "../package-db/evidence.ts";
import type { PackageDb } from "../package-db/package-db.ts";
import { PackageHistory } from "../package-db/package-history.ts";
import { NONE } from "../tree/path-tree.ts";
import { follow } from "../tree/resolve.ts";
import { type Squash, squash } from "../tree/squash.ts";
import type { LayerState } from "../tree/squash-observer.ts";
import { WARNING_CODES, type Warning } from "../warning.ts";
import { attributeInstances } from "./attribute-instances.ts";
import { systemLayers } from "./system-layers.ts";

/** Who owns each instance, and what kind of thing it is. */
export interface Attribution {
  readonly packages: PackageHistory;
  /** What the numbers in `owners` mean: `apk/musl`, {@link UNOWNED}, {@link PACKAGE_STATE}. */
  readonly ownerKeys: readonly string[];
  /** By instance. */
  readonly owners: Uint32Array;
  /** By instance: number of the category in `CATEGORIES`. */
  readonly categories: Uint8Array;
  /** By instance: bytes of an ELF file that are debug symbols. Only those that have any. */
  readonly debugBytes: ReadonlyMap<number, number>;
  readonly base: BaseImage;
  readonly libc: Libc;
  readonly warnings: readonly Warning[];
}

export interface AttributionOptions {
  readonly databases: readonly PackageDb[];
  /** The base image that the user named. */
  readonly givenBase: { readonly name: string; readonly diffIds: readonly Digest[] } | null;
}

/** Squashes an image and attributes it on the way: ownership is read from the databases as they stand after each layer. */
export function attribute(image: Image, options: AttributionOptions): { squash: Squash; attribution: Attribution } {
  const indexes = image.layers.map(({ index }) => index);
  const packages = new PackageHistory(indexes, options.databases);
  const release = new Evidence(indexes, [RELEASE_FILES]);
  let osRelease: OsRelease | null = null;
  const squashed = squash(indexes, {
    layerApplied(layer: number, state: LayerState) {
      packages.layerApplied(layer, state);
      release.update(layer, state);
      if (layer === indexes.length - 1) osRelease = readOsRelease(release.viewFor(RELEASE_FILES, state));
    },
  });
  const exists = (path: ImagePath): boolean => follow(squashed.tree, path) !== NONE;
  const isDistroless = exists("var/lib/dpkg/status.d") && !exists("bin/sh");
  const base = detectBase({
    diffIds: image.layers.map(({ index, declared }) => index.diffId ?? declared.diffId),
    history: image.description.config.history,
    alignment: image.history,
    labels: new Map([...image.description.config.labels, ...image.description.annotations]),
    osRelease,
    hasPackages: packages.records.size > 0,
    isDistroless,
    systemLayers: isDistroless ? systemLayers(indexes, squashed, packages) : 0,
    given: options.givenBase,
  });
  const homes = homesIn(image.description.config.run.env);
  return {
    squash: squashed,
    attribution: {
      packages,
      ...attributeInstances(indexes, squashed, packages, { baseLayers: base.layers, homes }),
      debugBytes: debugBytes(image, squashed),
      base,
      libc: detectLibc(packages.binaries, exists),
      warnings: [...troubleWarnings(packages), ...interpreterWarnings(packages, exists)],
    },
  };
}

function debugBytes(image: Image, { starts }: Squash): Map<number, number> {
  const bytes = new Map<number, number>();
  image.layers.forEach(({ index }, layer) => {
    for (const { entry, facts } of index.binaries) {
      // A section table may lie; a file cannot have more debug symbols than bytes.
      const debug = Math.min(facts.debugBytes, index.entries.sizes[entry] as number);
      if (debug > 0) bytes.set((starts[layer] as number) + entry, debug);
    }
  });
  return bytes;
}

function troubleWarnings({ troubles }: PackageHistory): Warning[] {
  return troubles.map(({ path, message, layer }) => ({
    code: "package-database",
    message: `layer ${layer}: ${message}`,
    layer,
    path: textOfPath(path).path,
  }));
}

function interpreterWarnings({ binaries }: PackageHistory, exists: (path: ImagePath) => boolean): Warning[] {
  return findBrokenPrograms(binaries, exists).map(({ path, interpreter }) => ({
    code: "missing-interpreter",
    message: `${WARNING_CODES["missing-interpreter"]}: ${interpreter}`,
    layer: null,
    path: textOfPath(path).path,
  }));
}

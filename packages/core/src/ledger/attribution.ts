import { type BaseImage, detectBase } from "../base/detect-base.ts";
import { detectLibc, findBrokenPrograms, type Libc } from "../base/libc.ts";
import { type OsRelease, RELEASE_FILES, readOsRelease } from "../base/os-release.ts";
import { homesIn } from "../category/homes.ts";
import type { Image } from "../image/image.ts";
import { type ImagePath, textOfPath } from "../image-path.ts";
import type { LayerIndex } from "../layer/layer-index.ts";
import type { Digest } from "../oci/digest.ts";
import { Evidence } from "../package-db/evidence.ts";
import type { PackageDb } from "../package-db/package-db.ts";
import { PackageHistory } from "../package-db/package-history.ts";
import { NONE } from "../tree/path-tree.ts";
import { follow } from "../tree/resolve.ts";
import { type Squash, Squasher } from "../tree/squash.ts";
import type { LayerState } from "../tree/squash-observer.ts";
import { WARNING_CODES, type Warning } from "../warning.ts";
import { attributeInstances } from "./attribute-instances.ts";
import { placeInodes } from "./best-paths.ts";
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

/** What owners and the base are told by. */
export interface AttributionOptions {
  readonly databases: readonly PackageDb[];
  /** The base image that the user named. */
  readonly givenBase: { readonly name: string; readonly diffIds: readonly Digest[] } | null;
}

/**
 * Takes layers as they are ready, the bottom one first: squashes them and follows the package databases on the way, as
 * ownership is read from these as they stand after each layer.
 */
export class AttributionFold {
  readonly #options: AttributionOptions;
  readonly #packages: PackageHistory;
  readonly #release = new Evidence([RELEASE_FILES]);
  readonly #squasher: Squasher;
  readonly #indexes: LayerIndex[] = [];
  #osRelease: OsRelease | null = null;

  /** @param expected how many entries all layers will have, where that is known */
  constructor(options: AttributionOptions, expected: number) {
    this.#options = options;
    this.#packages = new PackageHistory(options.databases);
    const layerApplied = (layer: number, state: LayerState): void => {
      this.#packages.layerApplied(layer, state);
      this.#release.update(layer, state);
      this.#osRelease = readOsRelease(this.#release.viewFor(RELEASE_FILES, state));
    };
    this.#squasher = new Squasher({ layerApplied }, expected);
  }

  /** The next layer. */
  add(index: LayerIndex): void {
    this.#indexes.push(index);
    this.#squasher.apply(index);
  }

  /** @param image the image of the layers that were added */
  finish(image: Image): { squash: Squash; attribution: Attribution } {
    const packages = this.#packages;
    const homes = homesIn(image.description.config.run.env);
    const squashed = placeInodes(this.#squasher.finish(), packages, homes);
    const exists = (path: ImagePath): boolean => follow(squashed.tree, path) !== NONE;
    const isDistroless = exists("var/lib/dpkg/status.d") && !exists("bin/sh");
    const base = detectBase({
      diffIds: image.layers.map(({ index, declared }) => index.diffId ?? declared.diffId),
      history: image.description.config.history,
      alignment: image.history,
      labels: new Map([...image.description.config.labels, ...image.description.annotations]),
      osRelease: this.#osRelease,
      hasPackages: packages.records.size > 0,
      isDistroless,
      systemLayers: isDistroless ? systemLayers(this.#indexes, squashed, packages) : 0,
      given: this.#options.givenBase,
    });
    return {
      squash: squashed,
      attribution: {
        packages,
        ...attributeInstances(this.#indexes, squashed, packages, { baseLayers: base.layers, homes }),
        debugBytes: debugBytes(image, squashed),
        base,
        libc: detectLibc(packages.binaries, exists),
        warnings: [...troubleWarnings(packages), ...interpreterWarnings(packages, exists)],
      },
    };
  }
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

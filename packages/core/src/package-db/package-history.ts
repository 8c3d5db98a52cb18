import type { ImagePath } from "../image-path.ts";
import type { LayerState } from "../tree/squash-observer.ts";
import { Evidence } from "./evidence.ts";
import { ListedPaths } from "./listed-paths.ts";
import { OwnerIndex } from "./owner-index.ts";
import {
  type FileView,
  type FoundPackage,
  hasNoState,
  type PackageDb,
  type PackageReading,
  type PackageTrouble,
  packageKey,
} from "./package-db.ts";

/** A package over the life of the image. */
export interface PackageRecord {
  readonly key: string;
  /** As the last layer that has it says. */
  readonly found: FoundPackage;
  /** It is in the final image. */
  readonly installed: boolean;
  /** The layer in which the record with its last version first appeared. */
  readonly layer: number;
}

/** What is wrong with a database, and in which layer. */
export interface TroubleIn extends PackageTrouble {
  readonly layer: number;
}

/**
 * What all package databases say after each layer. Ownership of a stored file is read from the databases as they stand
 * after its own layer: what a package owned when it was installed does not change because it is removed later.
 */
export class PackageHistory {
  readonly #databases: readonly PackageDb[];
  /** Those that have files of their own: every file that nobody owns is held against them. */
  readonly #stateful: readonly PackageDb[];
  readonly #evidence: Evidence;
  readonly #readings = new Map<PackageDb, PackageReading>();
  readonly #owners: OwnerIndex[] = [];
  readonly #lists = new Map<
    PackageDb["level"],
    { readonly readings: readonly PackageReading[]; readonly paths: ListedPaths }
  >();
  readonly #records = new Map<string, PackageRecord>();
  readonly #views = new Map<PackageDb, FileView>();
  readonly troubles: TroubleIn[] = [];

  constructor(databases: readonly PackageDb[]) {
    this.#databases = databases;
    this.#stateful = databases.filter(({ isState }) => isState !== hasNoState);
    this.#evidence = new Evidence(databases);
  }

  /** To be called with each layer in turn, as the squash applies it. */
  layerApplied(layer: number, state: LayerState): void {
    this.#evidence.update(layer, state);
    let changed = false;
    for (const database of this.#databases) {
      if (!this.#evidence.changedFor(database)) continue;
      changed = true;
      const view = this.#evidence.viewFor(database, state);
      const reading = database.read(view);
      this.#views.set(database, view);
      this.#readings.set(database, reading);
      for (const trouble of reading.troubles) this.troubles.push({ ...trouble, layer });
    }
    const before = this.#owners.at(-1);
    if (before !== undefined && !changed) {
      this.#owners.push(before);
      return;
    }
    this.#owners.push(new OwnerIndex(this.#listed("os", state), this.#listed("language", state)));
    this.#record(layer);
  }

  /** Who owns what, as the databases stand after a layer. */
  ownersAfter(layer: number): OwnerIndex {
    return this.#owners[layer] as OwnerIndex;
  }

  isState(path: ImagePath): boolean {
    return this.#stateful.some((database) => database.isState(path));
  }

  /** The databases of which files of their own may lie in a directory: mostly none, and then no file in it need be asked for. */
  databasesWithStateIn(directory: ImagePath): readonly PackageDb[] {
    return this.#stateful.filter((database) => database.mayHoldState?.(directory) ?? true);
  }

  /** Every package that any layer had, by key. */
  get records(): ReadonlyMap<string, PackageRecord> {
    return this.#records;
  }

  /** The databases and what they see in the final image. */
  get finalViews(): ReadonlyMap<PackageDb, FileView> {
    return this.#views;
  }

  /** ELF binaries of the final image, in order of path. */
  get binaries(): ReturnType<Evidence["binaries"]> {
    return this.#evidence.binaries();
  }

  *#packages(level: PackageDb["level"]): Generator<FoundPackage, void, undefined> {
    for (const [database, { packages }] of this.#readings) if (database.level === level) yield* packages;
  }

  /** What the packages of a level list; as after an earlier layer where neither they nor the directories' links changed. */
  #listed(level: PackageDb["level"], { tree }: LayerState): ListedPaths {
    const readings = [...this.#readings].filter(([database]) => database.level === level).map(([, reading]) => reading);
    const known = this.#lists.get(level);
    const isSame = known?.readings.length === readings.length && known.readings.every((one, i) => one === readings[i]);
    if (known !== undefined && isSame && known.paths.holdsIn(tree)) return known.paths;
    const paths = new ListedPaths(tree, [...this.#packages(level)], known?.paths);
    this.#lists.set(level, { readings, paths });
    return paths;
  }

  #record(layer: number): void {
    const now = new Set<string>();
    for (const level of ["os", "language"] as const) {
      for (const found of this.#packages(level)) {
        const key = packageKey(found);
        if (now.has(key)) continue;
        now.add(key);
        const known = this.#records.get(key);
        const same = known?.installed === true && known.found.version === found.version;
        this.#records.set(key, { key, found, installed: true, layer: same ? known.layer : layer });
      }
    }
    for (const [key, record] of this.#records) {
      if (record.installed && !now.has(key)) this.#records.set(key, { ...record, installed: false });
    }
  }
}

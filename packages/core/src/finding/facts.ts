import type { Build, BuildStep } from "../build/build.ts";
import { CATEGORIES, type Category } from "../category/catalogue.ts";
import type { ImagePath } from "../image-path.ts";
import { containerScripts } from "../judge/container-scripts.ts";
import { Judge } from "../judge/judge.ts";
import { entryPath, KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type RuntimeNeeds, runtimeNeeds } from "../runtime/runtime-needs.ts";
import { FATE, type Fate } from "../tree/fate.ts";
import { layerOfInstance } from "../tree/instance.ts";
import { NONE } from "../tree/path-tree.ts";
import { follow } from "../tree/resolve.ts";
import type { StoredFile } from "./stored-file.ts";

/** What rules look at. Made once for an image; what is costly is computed when first asked for. */
export class Facts {
  readonly ledger: Ledger;
  readonly build: Build;
  #byOwner: ReadonlyMap<string, readonly number[]> | null = null;
  #stored: StoredInstances | null = null;
  #needs: RuntimeNeeds | null = null;
  #started: ReadonlySet<number> | null = null;
  readonly #results = new Map<(facts: Facts) => unknown, unknown>();
  /** Who says whether an edit keeps what was built. @internal */
  readonly judge: Judge;

  constructor(ledger: Ledger, build: Build) {
    this.ledger = ledger;
    this.build = build;
    this.judge = new Judge(ledger, build, () => containerScripts(this.needs));
  }

  /** What some work on the facts comes to, done when it is first asked for; it is known again by the function itself. */
  once<Result>(work: (facts: Facts) => Result): Result {
    if (!this.#results.has(work)) this.#results.set(work, work(this));
    return this.#results.get(work) as Result;
  }

  /** A row of the ledger. */
  file(instance: number): StoredFile {
    const { image, squash, attribution } = this.ledger;
    const layer = layerOfInstance(squash.starts, instance);
    const { entries } = (image.layers[layer] as (typeof image.layers)[number]).index;
    const entry = instance - (squash.starts[layer] as number);
    const node = squash.nodes[instance] as number;
    return {
      instance,
      layer,
      path: node === NONE ? entryPath(entries, entry) : squash.tree.pathOf(node),
      bytes: entries.sizes[entry] as number,
      fate: squash.fates[instance] as Fate,
      removedIn: squash.removedIn[instance] as number,
      owner: attribution.ownerKeys[attribution.owners[instance] as number] as string,
      category: CATEGORIES[attribution.categories[instance] as number] as Category,
      inBase: layer < attribution.base.layers,
    };
  }

  /** The file that stands at a path of the final image, symlinks followed; null where none does. */
  fileAt(path: ImagePath): StoredFile | null {
    const { tree } = this.ledger.squash;
    const node = follow(tree, path);
    const inode = node === NONE ? NONE : (tree.inodes[node] as number);
    return inode === NONE ? null : this.file(inode);
  }

  /** Whether anything stands at a path of the final image, symlinks followed. */
  exists(path: ImagePath): boolean {
    return follow(this.ledger.squash.tree, path) !== NONE;
  }

  /** Every stored file of a package, in any layer and whatever became of it. */
  ownedBy(key: string): readonly StoredFile[] {
    this.#byOwner ??= this.#indexOwners();
    return (this.#byOwner.get(key) ?? []).map((instance) => this.file(instance));
  }

  /** What the files of the final image need at run time. */
  get needs(): RuntimeNeeds {
    this.#needs ??= runtimeNeeds(this.ledger);
    return this.#needs;
  }

  /** What the container's commands start and read by name, and all that this needs in turn: instances. */
  get neededByCommands(): ReadonlySet<number> {
    if (this.#started === null) {
      const files = this.needs.commands.flatMap(({ program, mentions }) => [program, ...mentions]);
      const located = files.flatMap(({ file }) => (file === null ? [] : [file.instance]));
      const { instances, complete } = this.needs.needsOf(located);
      // What could not be followed may need any of them.
      this.#started = complete ? instances : new Set([...instances, ...this.needs.files.binaries.keys()]);
    }
    return this.#started;
  }

  /** The step of the build that made a layer; null where the history does not say. */
  stepOf(layer: number): BuildStep | null {
    return this.build.steps.find((step) => step.layer === layer) ?? null;
  }

  /** Numbers of all regular files that layers store, in order: counted once, however many rules go through them. */
  get instances(): Uint32Array {
    this.#stored ??= regularFiles(this.ledger);
    return this.#stored.all;
  }

  /** Those of them that the final image does not show. */
  get deadInstances(): readonly number[] {
    this.#stored ??= regularFiles(this.ledger);
    return this.#stored.dead;
  }

  #indexOwners(): ReadonlyMap<string, readonly number[]> {
    const { ownerKeys, owners } = this.ledger.attribution;
    const byOwner = ownerKeys.map((): number[] => []);
    for (const instance of this.instances) byOwner[owners[instance] as number]?.push(instance);
    return new Map(ownerKeys.map((key, i) => [key, byOwner[i] ?? []]));
  }
}

interface StoredInstances {
  readonly all: Uint32Array;
  readonly dead: readonly number[];
}

function regularFiles({ image, squash: { starts, fates } }: Ledger): StoredInstances {
  const found = new Uint32Array(starts.at(-1) ?? 0);
  const dead: number[] = [];
  let count = 0;
  for (const [layer, { index }] of image.layers.entries()) {
    const { kinds, count: end } = index.entries;
    const start = starts[layer] as number;
    for (let i = 0; i < end; i++) {
      if (kinds[i] !== KIND.regular) continue;
      found[count++] = start + i;
      if (fates[start + i] !== FATE.live) dead.push(start + i);
    }
  }
  return { all: found.subarray(0, count), dead };
}

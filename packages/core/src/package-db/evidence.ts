import type { ImagePath } from "../image-path.ts";
import type { ElfFacts } from "../layer/elf-facts.ts";
import type { JarFacts } from "../layer/jar-facts.ts";
import type { CapturedFile, LayerIndex } from "../layer/layer-index.ts";
import { FATE } from "../tree/fate.ts";
import { NONE } from "../tree/path-tree.ts";
import { follow } from "../tree/resolve.ts";
import type { LayerState } from "../tree/squash-observer.ts";
import type { FileView, PackageDb, ViewedFile } from "./package-db.ts";

interface Held<T> {
  readonly path: ImagePath;
  readonly node: number;
  readonly value: T;
}

/** Things captured from files, as long as the files live. */
class LiveEvidence<T> {
  readonly #held = new Map<number, Held<T>>();
  /** Something came or went with the layer that was applied last. */
  changed = false;

  /** Drops what the layer removed, and takes up what it brought. */
  update(brought: readonly { readonly entry: number; readonly value: T }[], layer: number, state: LayerState): void {
    this.changed = false;
    for (const instance of this.#held.keys()) {
      if (state.fates[instance] === FATE.live) continue;
      this.#held.delete(instance);
      this.changed = true;
    }
    const start = state.starts[layer] as number;
    for (const { entry, value } of brought) {
      const instance = start + entry;
      const node = state.nodes[instance] as number;
      if (state.fates[instance] !== FATE.live || node === NONE) continue;
      this.#held.set(instance, { path: state.tree.pathOf(node), node, value });
      this.changed = true;
    }
  }

  /** In order of path. */
  list(): Held<T>[] {
    return [...this.#held.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  }
}

/** What somebody wants to look at: a package database, or anything else that asks for captures. */
export type EvidenceRequest = Pick<PackageDb, "captures" | "binaries" | "archives">;

/** What package databases may look at, layer by layer: captured files and ELF facts, as they stand. */
export class Evidence {
  readonly #indexes: readonly LayerIndex[];
  readonly #files = new Map<EvidenceRequest, LiveEvidence<CapturedFile>>();
  readonly #binaries = new LiveEvidence<ElfFacts>();
  readonly #archives = new LiveEvidence<JarFacts>();

  constructor(indexes: readonly LayerIndex[], requests: readonly EvidenceRequest[]) {
    this.#indexes = indexes;
    for (const database of requests) this.#files.set(database, new LiveEvidence());
  }

  /** A layer has been applied. */
  update(layer: number, state: LayerState): void {
    const { captures, binaries, archives } = this.#indexes[layer] as LayerIndex;
    for (const [database, files] of this.#files) {
      const ids = new Set(database.captures.map(({ id }) => id));
      const own = captures.filter(({ request }) => ids.has(request));
      files.update(
        own.map((file) => ({ entry: file.entry, value: file })),
        layer,
        state,
      );
    }
    this.#binaries.update(
      binaries.map(({ entry, facts }) => ({ entry, value: facts })),
      layer,
      state,
    );
    this.#archives.update(
      archives.map(({ entry, facts }) => ({ entry, value: facts })),
      layer,
      state,
    );
  }

  /** Whether a database has anything else to look at than after the layer before. */
  changedFor(database: EvidenceRequest): boolean {
    return (
      (this.#files.get(database)?.changed ?? false) ||
      (database.binaries && this.#binaries.changed) ||
      (database.archives && this.#archives.changed)
    );
  }

  /** What a database sees while the squash stands as `state`. */
  viewFor(database: EvidenceRequest, { tree }: LayerState): FileView {
    const held = this.#files.get(database)?.list() ?? [];
    const files: ViewedFile[] = [];
    const byNode = new Map<number, ViewedFile>();
    for (const { path, node, value } of held) {
      // Two requests of one database may have kept the same file: the longer copy tells more.
      const known = byNode.get(node);
      if (known !== undefined && known.content.length >= value.content.length) continue;
      const file = { path, content: value.content, truncated: value.truncated };
      if (known !== undefined) files.splice(files.indexOf(known), 1);
      files.push(file);
      byNode.set(node, file);
    }
    return {
      files,
      get: (path) => byNode.get(follow(tree, path)),
      binaries: database.binaries ? this.#binaries.list().map(({ path, value }) => ({ path, facts: value })) : [],
      archives: database.archives ? this.#archives.list().map(({ path, value }) => ({ path, facts: value })) : [],
      exists: (path) => follow(tree, path) !== NONE,
    };
  }

  /** The ELF binaries that are there now, in order of path. */
  binaries(): readonly { readonly path: ImagePath; readonly facts: ElfFacts }[] {
    return this.#binaries.list().map(({ path, value }) => ({ path, facts: value }));
  }
}

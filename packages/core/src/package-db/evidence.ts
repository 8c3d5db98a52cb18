import type { ImagePath } from "../image-path.ts";
import { CaptureNames } from "../layer/capture-names.ts";
import type { ElfFacts } from "../layer/elf-facts.ts";
import { isArchiveName } from "../layer/extractors.ts";
import type { JarFacts } from "../layer/jar-facts.ts";
import { type CapturedFile, entryPath } from "../layer/layer-index.ts";
import { FATE } from "../tree/fate.ts";
import { firstLinkFrom } from "../tree/link-columns.ts";
import { NONE } from "../tree/path-tree.ts";
import { follow } from "../tree/resolve.ts";
import type { LayerState } from "../tree/squash-observer.ts";
import type { FileView, PackageDb, ViewedFile } from "./package-db.ts";

interface Held<T> {
  readonly value: T;
  /** Paths that lead to the file and that it was asked for by, as long as they do: by node. */
  readonly places: Map<number, ImagePath>;
}

interface Placed<T> {
  readonly path: ImagePath;
  readonly node: number;
  readonly value: T;
}

interface Brought<T> {
  readonly entry: number;
  readonly value: T;
}

/** Things captured from files, under every path that leads to them, as long as the files live. */
class LiveEvidence<T> {
  readonly #held = new Map<number, Held<T>>();
  /** Whether a path as it is written in a layer is one that the thing is wanted for. */
  readonly #isAsked: (path: ImagePath, value: T) => boolean;
  /** Something came or went with the layer that was applied last. */
  changed = false;

  constructor(isAsked: (path: ImagePath, value: T) => boolean) {
    this.#isAsked = isAsked;
  }

  /** Drops what the layer removed, and takes up what it brought, and what it links to. */
  update(brought: readonly Brought<T>[], layer: number, state: LayerState): void {
    this.changed = false;
    this.#drop(state);
    const start = state.starts[layer] as number;
    for (const { entry, value } of brought) {
      if (state.fates[start + entry] !== FATE.live) continue;
      this.#held.set(start + entry, { value, places: new Map() });
      this.#place(start + entry, start + entry, state, start);
    }
    if (this.#held.size === 0) return;
    const { count, instances, inodes } = state.links;
    for (let at = firstLinkFrom(state.links, start); at < count; at++)
      this.#place(inodes[at] as number, instances[at] as number, state, start);
  }

  /** Once for each path, in order of paths. */
  list(): Placed<T>[] {
    const placed: Placed<T>[] = [];
    for (const { value, places } of this.#held.values())
      for (const [node, path] of places) placed.push({ path, node, value });
    return placed.sort(byPath);
  }

  /** Once for each file, under the first of its paths. */
  listFiles(): Placed<T>[] {
    const placed: Placed<T>[] = [];
    for (const { value, places } of this.#held.values()) {
      const [first] = places;
      if (first !== undefined) placed.push({ node: first[0], path: first[1], value });
    }
    return placed.sort(byPath);
  }

  #drop({ fates, tree }: LayerState): void {
    for (const [instance, { places }] of this.#held) {
      if (fates[instance] !== FATE.live) {
        this.#held.delete(instance);
        this.changed ||= places.size > 0;
        continue;
      }
      for (const node of places.keys()) {
        if (tree.inodes[node] === instance) continue;
        places.delete(node);
        this.changed = true;
      }
    }
  }

  /** An entry of the layer put a path there that leads to a file. */
  #place(inode: number, instance: number, { nodes, tree, index }: LayerState, start: number): void {
    const held = this.#held.get(inode);
    const node = nodes[instance] as number;
    if (held === undefined || node === NONE || tree.inodes[node] !== inode) return;
    if (!this.#isAsked(entryPath(index.entries, instance - start), held.value)) return;
    held.places.set(node, tree.pathOf(node));
    this.changed = true;
  }
}

function byPath(a: { readonly path: ImagePath }, b: { readonly path: ImagePath }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/** What somebody wants to look at: a package database, or anything else that asks for captures. */
export type EvidenceRequest = Pick<PackageDb, "captures" | "binaries" | "archives">;

/** A request by first bytes asks for a file whatever its path; the others for the paths that they name. */
function filesOf(captures: EvidenceRequest["captures"]): LiveEvidence<CapturedFile> {
  const byMagic = new Set(captures.filter(({ magic }) => magic.length > 0).map(({ id }) => id));
  const names = new CaptureNames(captures);
  return new LiveEvidence((path, { request }) => byMagic.has(request) || names.matching(path).length > 0);
}

/** What package databases may look at, layer by layer: captured files and ELF facts, as they stand. */
export class Evidence {
  readonly #files = new Map<EvidenceRequest, LiveEvidence<CapturedFile>>();
  readonly #binaries = new LiveEvidence<ElfFacts>(() => true);
  readonly #archives = new LiveEvidence<JarFacts>(isArchiveName);

  constructor(requests: readonly EvidenceRequest[]) {
    for (const database of requests) this.#files.set(database, filesOf(database.captures));
  }

  /** A layer has been applied. */
  update(layer: number, state: LayerState): void {
    const { captures, binaries, archives } = state.index;
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

  /** The ELF binaries that are there now, each once, in order of path. */
  binaries(): readonly { readonly path: ImagePath; readonly facts: ElfFacts }[] {
    return this.#binaries.listFiles().map(({ path, value }) => ({ path, facts: value }));
  }
}

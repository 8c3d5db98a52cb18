import { CATEGORIES, type Category } from "../category/catalogue.ts";
import { type ImagePath, type PathText, textOfPath } from "../image-path.ts";
import { type EntryKind, KIND } from "../layer/layer-index.ts";
import { FATE_NAMES, type FateName } from "../tree/fate.ts";
import { NONE } from "../tree/path-tree.ts";
import type { Entry } from "./entry.ts";
import type { TreeTable } from "./tree-table.ts";

/** A path that a layer of the image had, and what is stored at it and below it. Nothing is worked out before it is asked for. */
export class TreePlace {
  /** Tells it from the other places of its tree. */
  readonly number: number;
  readonly #table: TreeTable;

  /** As `ImageTree` makes them. */
  constructor(table: TreeTable, number: number) {
    this.#table = table;
    this.number = number;
  }

  /** The last component of its path, a byte string; empty for the root. */
  get name(): string {
    return this.#table.places.name(this.number);
  }

  /** As a byte string; {@link textOfPath} makes text of it. */
  get path(): ImagePath {
    return this.#table.places.pathOf(this.number);
  }

  get parent(): TreePlace | null {
    const parent = this.#table.places.parents[this.number] as number;
    return parent === NONE ? null : new TreePlace(this.#table, parent);
  }

  /** Whether anything stands there in the final image. */
  get exists(): boolean {
    return this.#node === 0 || this.#table.places.tree.kinds[this.#node] !== NONE;
  }

  /** What stands there; of what is gone, what the last entry there was. A hard link to a file is `regular`, as the file is. */
  get kind(): EntryKind {
    const kind = this.#table.places.tree.kinds[this.#node] as number;
    if (kind !== NONE) return kind as EntryKind;
    const { entry } = this;
    if (entry === null) return KIND.directory;
    return entry.kind === KIND.hardLink && entry.inode !== NONE ? KIND.regular : entry.kind;
  }

  /** The entry that put there what stands there, or stood there last; null for the root and for directories that no entry names. */
  get entry(): Entry | null {
    const instance = this.#table.places.tree.setBy[this.#node] as number;
    return instance === NONE ? null : this.#table.ledger.entry(instance);
  }

  /** The file that a regular file's or a hard link's path leads to: its bytes count once, at the file's own `path`; null for anything else. */
  get file(): Entry | null {
    const { entry } = this;
    if (entry === null || entry.kind === KIND.regular) return entry;
    const inode = entry.kind === KIND.hardLink ? entry.inode : NONE;
    return inode === NONE ? null : this.#table.ledger.entry(inode);
  }

  /** The layer that took what stood there last; null while something does. */
  get endedIn(): number | null {
    const instance = this.#table.places.tree.endedBy[this.#node] as number;
    return instance === NONE ? null : this.#table.ledger.layerOf(instance);
  }

  /** What became of the file there; null where there is none, and where it is overwritten or metadata-only and contents were not read to tell which. */
  get fate(): FateName | null {
    const { file } = this;
    return file === null ? null : (FATE_NAMES[file.fate] ?? null);
  }

  /** Regular files that layers store at and below it, whatever became of them. */
  get files(): number {
    return this.#table.sums.files[this.number] as number;
  }

  get liveFiles(): number {
    return this.#table.sums.liveFiles[this.number] as number;
  }

  /** Content bytes stored at and below it. An inode counts once, at the path that its file is reported under. */
  get contentBytes(): number {
    return this.#table.sums.contentBytes[this.number] as number;
  }

  get liveBytes(): number {
    return this.#table.sums.liveBytes[this.number] as number;
  }

  get wastedBytes(): number {
    return this.contentBytes - this.liveBytes;
  }

  /** What the entries at and below it cost in compressed layers; null where a layer has no known blob size. */
  get blobBytes(): number | null {
    const { sums, ledger } = this.#table;
    return ledger.blobBytes === null ? null : (sums.blobBytes[this.number] as number);
  }

  /** The owner of all files at and below it; null where they have several, or there are none. */
  get owner(): string | null {
    const owner = this.#table.sums.owners[this.number] as number;
    return this.#table.ledger.attribution.ownerKeys[owner] ?? null;
  }

  /** The category of all files at and below it; null where they have several, or there are none. */
  get category(): Category | null {
    return CATEGORIES[this.#table.sums.categories[this.number] as number] ?? null;
  }

  /** Everything that ever lay directly in it, by name. */
  children(): TreePlace[] {
    return Array.from(this.#table.places.childrenOf(this.number), (place) => new TreePlace(this.#table, place));
  }

  /** What layers store at this very path, in order: copies of a file, whiteouts, a directory again and again. */
  entries(): Entry[] {
    return Array.from(this.#table.instances.at(this.number), (instance) => this.#table.ledger.entry(instance));
  }

  /** Layers that store anything at or below it, in order. Goes through all that lies below. */
  layers(): number[] {
    const { places, instances, ledger } = this.#table;
    const found = new Set<number>();
    const pending = [this.number];
    for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
      for (const instance of instances.at(place)) found.add(ledger.layerOf(instance));
      for (const child of places.childrenOf(place)) pending.push(child);
    }
    return [...found].sort((a, b) => a - b);
  }

  /** Its path for people and JSON. */
  text(): PathText {
    return textOfPath(this.path);
  }

  get #node(): number {
    return this.#table.places.nodes[this.number] as number;
  }
}

import type { Category } from "../category/catalogue.ts";
import type { PathText } from "../image-path.ts";
import { type EntryKind, KIND } from "../layer/layer-index.ts";
import { ImageTree } from "./image-tree.ts";
import type { LayerChanges, PathChange } from "./layer-changes.ts";
import type { Ledger } from "./ledger.ts";
import type { TreePlace } from "./tree-place.ts";

/** What stands at a path of a listing. */
export type ListingKind = "file" | "directory" | "symlink" | "other";

/** One path, with what is stored at and below it: in all layers, or in the one that was asked for. Bytes are content bytes unless the name says otherwise. */
export interface ListingRow extends PathText {
  readonly name: string;
  /** Components below the path that was asked for; 0 for itself. */
  readonly depth: number;
  readonly kind: ListingKind;
  /** Something stands there in the final image. */
  readonly exists: boolean;
  /** Regular files that are stored, whatever became of them. */
  readonly files: number;
  readonly contentBytes: number;
  readonly liveBytes: number;
  readonly wastedBytes: number;
  /** Compressed bytes of entries of every kind; null where a layer has no known blob size. */
  readonly blobBytes: number | null;
  /** Of all files at and below it; null where they differ. */
  readonly owner: string | null;
  readonly category: Category | null;
  /** Layers that store anything at or below it. */
  readonly layers: readonly number[];
  /** What the layer did there; null where none was asked for. */
  readonly change: PathChange;
  /** Content bytes whose last path the layer took; null where none was asked for. */
  readonly removedBytes: number | null;
}

/** A directory with all that lies in it, by its bytes. */
export interface Listing {
  readonly schemaVersion: 1;
  /** The layer whose changes are listed; null for the whole image. */
  readonly layer: number | null;
  /** The path that was asked for, with its sums. */
  readonly total: ListingRow;
  /** What lies below it, each directory followed by its own rows. */
  readonly rows: readonly ListingRow[];
}

/** What a listing may be ordered by. */
export const LISTING_ORDERS = ["size", "wasted", "blob", "name"] as const;

/** What of a directory is listed, and in which order. */
export interface ListOptions {
  /** A path inside the container; the root where absent. */
  readonly path?: string | undefined;
  /** Changes of this layer alone, 0-based. */
  readonly layer?: number | undefined;
  /** How many levels of directories; 1 where absent. */
  readonly depth?: number | undefined;
  /** What is gone, too; of a layer, what it left alone. */
  readonly all?: boolean | undefined;
  /** `size` where absent: live bytes, or content bytes where what is gone is listed. */
  readonly sort?: (typeof LISTING_ORDERS)[number] | undefined;
}

/**
 * Lists a directory with all that lies below each name. A path that is no directory is listed itself.
 *
 * @throws {ImgweighError} PATH_NOT_FOUND where no layer ever had the path
 * @throws {RangeError} where the image has no such layer
 */
export function listPath(ledger: Ledger, options: ListOptions = {}): Listing {
  const tree = new ImageTree(ledger);
  const top = tree.at(options.path ?? "/");
  const changes = options.layer === undefined ? null : tree.changesIn(options.layer);
  const lister = new Lister(ledger, changes, options);
  const rows = lister.below(top, 1);
  return {
    schemaVersion: 1,
    layer: options.layer ?? null,
    total: lister.row(top, 0),
    rows: rows.length === 0 && top.kind !== KIND.directory ? [lister.row(top, 0)] : rows,
  };
}

class Lister {
  readonly #ledger: Ledger;
  readonly #changes: LayerChanges | null;
  readonly #options: ListOptions;

  constructor(ledger: Ledger, changes: LayerChanges | null, options: ListOptions) {
    this.#ledger = ledger;
    this.#changes = changes;
    this.#options = options;
  }

  /** Not by recursion: a hostile tree may be deeper than any path. */
  below(top: TreePlace, depth: number): ListingRow[] {
    const most = this.#options.depth ?? 1;
    const rows: ListingRow[] = [];
    const pending = this.#children(top, depth).reverse();
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      rows.push(next.row);
      if (next.row.depth < most)
        for (const child of this.#children(next.place, next.row.depth + 1).reverse()) pending.push(child);
    }
    return rows;
  }

  row(place: TreePlace, depth: number): ListingRow {
    const changes = this.#changes;
    const { number } = place;
    const content = changes === null ? place.contentBytes : (changes.sums.contentBytes[number] as number);
    const live = changes === null ? place.liveBytes : (changes.sums.liveBytes[number] as number);
    return {
      ...place.text(),
      name: place.name === "" ? "/" : Buffer.from(place.name, "latin1").toString("utf8"),
      depth,
      kind: kindOf(place.kind),
      exists: place.exists,
      files: changes === null ? place.files : (changes.sums.files[number] as number),
      contentBytes: content,
      liveBytes: live,
      wastedBytes: content - live,
      blobBytes: this.#blobBytes(place),
      owner: place.owner,
      category: place.category,
      layers: place.layers(),
      change: changes === null ? null : changes.at(number),
      removedBytes: changes === null ? null : (changes.removedBytes[number] as number),
    };
  }

  #blobBytes(place: TreePlace): number | null {
    if (this.#changes === null) return place.blobBytes;
    const isKnown = this.#ledger.rowsOf(this.#changes.layer).blobBytes !== null;
    return isKnown ? (this.#changes.sums.blobBytes[place.number] as number) : null;
  }

  #children(place: TreePlace, depth: number): { place: TreePlace; row: ListingRow }[] {
    return place
      .children()
      .filter((child) => this.#isListed(child))
      .map((child) => ({ place: child, row: this.row(child, depth) }))
      .sort((a, b) => this.#order(a.row, b.row));
  }

  #isListed(place: TreePlace): boolean {
    const all = this.#options.all ?? false;
    if (this.#changes === null) return all || place.exists;
    const change = this.#changes.at(place.number);
    if (change === null) return all && (this.#changes.sums.files[place.number] as number) > 0;
    return all || change !== "unchanged";
  }

  #order(a: ListingRow, b: ListingRow): number {
    const { sort = "size", all = false } = this.#options;
    const counts = all || this.#changes !== null ? "contentBytes" : "liveBytes";
    const column = sort === "wasted" ? "wastedBytes" : sort === "blob" ? "blobBytes" : counts;
    const difference = sort === "name" ? 0 : (b[column] ?? 0) - (a[column] ?? 0);
    return difference || (a.path < b.path ? -1 : 1);
  }
}

function kindOf(kind: EntryKind): ListingKind {
  if (kind === KIND.regular) return "file";
  if (kind === KIND.directory) return "directory";
  return kind === KIND.symlink ? "symlink" : "other";
}

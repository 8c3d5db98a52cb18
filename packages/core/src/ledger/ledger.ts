import type { Image, ImageLayer } from "../image/image.ts";
import { KIND } from "../layer/layer-index.ts";
import { PACKAGE_DATABASES } from "../package-db/databases.ts";
import type { PackageDb } from "../package-db/package-db.ts";
import type { Fate } from "../tree/fate.ts";
import { layerOfInstance } from "../tree/instance.ts";
import type { Squash } from "../tree/squash.ts";
import { type Attribution, AttributionFold, type AttributionOptions } from "./attribution.ts";
import { directoryColumn } from "./directory-column.ts";
import { Entry } from "./entry.ts";
import type { Column } from "./key-numbers.ts";
import type { LayerLinks } from "./layer-links.ts";
import { LayerRows } from "./layer-rows.ts";
import { findRepetitions, type Repetitions } from "./repetitions.ts";

/** Content bytes of one layer, or of all, by fate. */
export interface FateBytes {
  readonly live: number;
  readonly overwritten: number;
  readonly metadataOnly: number;
  readonly deleted: number;
  readonly opaqueHidden: number;
  readonly duplicateEntry: number;
  /** Overwritten or metadata-only, which of the two is not known (`--no-verify`). */
  readonly rewritten: number;
}

/** What a layer weighs. */
export interface LayerWeight {
  readonly contentBytes: number;
  /** null where a table of contents stood for the tar. */
  readonly tarBytes: number | null;
  /** null where the layer reached us as a plain tar. */
  readonly blobBytes: number | null;
  /** Blob bytes of no entry: tar ends, tables of contents, trailers. */
  readonly overheadBytes: number | null;
  readonly fates: FateBytes;
}

/** What an image weighs: its layers, and what they add up to. */
export interface Weights {
  readonly layers: readonly LayerWeight[];
  readonly fates: FateBytes;
  readonly contentBytes: number;
  /** null where a table of contents stood for the tar. */
  readonly tarBytes: number | null;
  readonly blobBytes: number | null;
}

/**
 * Every stored byte of an image with its fate: the one table that all reports group. Its rows are the entries of all
 * layers, numbered through in order (*instances*): one of them is an {@link Entry}, those of a layer {@link LayerRows}.
 */
export class Ledger implements Weights {
  readonly image: Image;
  readonly squash: Squash;
  /** Who owns each entry, and what kind of thing it is. */
  readonly attribution: Attribution;
  readonly layers: readonly LayerWeight[];
  readonly fates: FateBytes;
  readonly contentBytes: number;
  readonly tarBytes: number | null;
  readonly blobBytes: number | null;
  /** The rows of each layer in columns, bottom first. */
  readonly rows: readonly LayerRows[];
  #directories: Column | null = null;
  #repetitions: Repetitions | null = null;

  /** As {@link weigh} makes it. */
  constructor(image: Image, squashed: Squash, attribution: Attribution, weights: Weights) {
    this.image = image;
    this.squash = squashed;
    this.attribution = attribution;
    this.layers = weights.layers;
    this.fates = weights.fates;
    this.contentBytes = weights.contentBytes;
    this.tarBytes = weights.tarBytes;
    this.blobBytes = weights.blobBytes;
    this.rows = image.layers.map(({ index, blob }, layer) => {
      const isKnown = weights.layers[layer]?.blobBytes !== null;
      const blobBytes = isKnown ? (blob.shares?.entryBytes ?? null) : null;
      return new LayerRows(layer, index, squashed, attribution, blobBytes);
    });
  }

  /** How many entries all layers have. */
  get count(): number {
    return this.squash.starts.at(-1) ?? 0;
  }

  /** The layer that stores an instance. */
  layerOf(instance: number): number {
    return layerOfInstance(this.squash.starts, instance);
  }

  /** Who owns an instance: `apk/musl`, `[unowned]`, `[package-state]`. */
  ownerOf(instance: number): string {
    const { ownerKeys, owners } = this.attribution;
    return ownerKeys[owners[instance] as number] as string;
  }

  /** The rows of a layer. @throws {RangeError} where the image has no such layer */
  rowsOf(layer: number): LayerRows {
    const rows = this.rows[layer];
    if (rows === undefined) throw new RangeError(`the image has no layer ${layer}`);
    return rows;
  }

  /** One row. @throws {RangeError} where no entry has that number */
  entry(instance: number): Entry {
    const rows = this.rowsOf(this.layerOf(instance));
    const index = instance - rows.first;
    if (!(index >= 0 && index < rows.count)) throw new RangeError(`no entry is instance ${instance}`);
    return new Entry(rows, index);
  }

  /** The rows of a layer, one by one in tar order. */
  *entries(layer: number): Generator<Entry, void, undefined> {
    const rows = this.rowsOf(layer);
    for (let index = 0; index < rows.count; index++) yield new Entry(rows, index);
  }

  /** The directory that each entry lies in, as text; read when it is first asked for. */
  get directories(): Column {
    this.#directories ??= directoryColumn(this.rows, this.squash.tree, this.count);
    return this.#directories;
  }

  /** What has the same content; found when it is first asked for. */
  get repetitions(): Repetitions {
    this.#repetitions ??= findRepetitions(this.rows, this.count);
    return this.#repetitions;
  }

  /** The hard links of a layer. */
  links(layer: number): LayerLinks {
    return this.rowsOf(layer).links;
  }
}

const FATE_KEYS = [
  "live",
  "overwritten",
  "metadataOnly",
  "deleted",
  "opaqueHidden",
  "duplicateEntry",
  "rewritten",
] as const;

type MutableFateBytes = { -readonly [key in keyof FateBytes]: number };

function noBytes(): MutableFateBytes {
  return { live: 0, overwritten: 0, metadataOnly: 0, deleted: 0, opaqueHidden: 0, duplicateEntry: 0, rewritten: 0 };
}

export function sumOf(fates: FateBytes): number {
  return FATE_KEYS.reduce((sum, key) => sum + fates[key], 0);
}

/** Sums a column over layers; null as soon as one layer does not know. */
export function sumKnown(values: Iterable<number | null>): number | null {
  let sum = 0;
  for (const value of values) {
    if (value === null) return null;
    sum += value;
  }
  return sum;
}

/** What is known beside the image itself. */
export interface WeighOptions {
  /** Package databases to look for; all that are known where absent. */
  readonly databases?: readonly PackageDb[] | undefined;
  /** The base image, if it is known: what it is called, and the diffIDs of its layers. */
  readonly base?: AttributionOptions["givenBase"] | undefined;
}

/**
 * Weighs an image layer by layer: takes them as they are ready, the bottom one first, so that the next can be read
 * meanwhile. Synchronous and pure.
 */
export class LedgerFold {
  readonly #fold: AttributionFold;

  /** @param expected how many entries all layers will have, where that is known: columns need not grow then */
  constructor(options: WeighOptions = {}, expected = 0) {
    const { databases = PACKAGE_DATABASES, base = null } = options;
    this.#fold = new AttributionFold({ databases, givenBase: base }, expected);
  }

  /** Puts a layer on top of those before, and sees what the package databases say then. */
  add(layer: Pick<ImageLayer, "index">): void {
    this.#fold.add(layer.index);
  }

  /**
   * The ledger of the image whose layers were added.
   *
   * @throws {Error} where the bytes do not add up: a defect of this library, never of the image
   */
  finish(image: Image): Ledger {
    const { squash: squashed, attribution } = this.#fold.finish(image);
    return new Ledger(image, squashed, attribution, weighLayers(image, squashed));
  }
}

/**
 * Puts the layers of an image on top of each other, weighs them, and finds an owner and a category for every byte:
 * {@link LedgerFold} over all of them. Synchronous and pure.
 *
 * @throws {Error} where the bytes do not add up: a defect of this library, never of the image
 */
export function weigh(image: Image, options: WeighOptions = {}): Ledger {
  const entries = image.layers.reduce((sum, { index }) => sum + index.entries.count, 0);
  const fold = new LedgerFold(options, entries);
  for (const layer of image.layers) fold.add(layer);
  return fold.finish(image);
}

/** What the layers weigh, held against the law of conservation. */
export function weighLayers(image: Image, squashed: Squash): Weights {
  const layers = image.layers.map((layer, i) => weighLayer(image, layer, i, squashed));
  const fates = noBytes();
  for (const layer of layers) for (const key of FATE_KEYS) fates[key] += layer.fates[key];
  requireConservation(image, layers);
  return {
    layers,
    fates,
    contentBytes: layers.reduce((sum, layer) => sum + layer.contentBytes, 0),
    tarBytes: sumKnown(layers.map(({ tarBytes }) => tarBytes)),
    blobBytes: sumKnown(layers.map(({ blobBytes }) => blobBytes)),
  };
}

function weighLayer(image: Image, { index, blob }: ImageLayer, layer: number, { starts, fates }: Squash): LayerWeight {
  const { kinds, sizes, count } = index.entries;
  const bytes = noBytes();
  const start = starts[layer] as number;
  for (let i = 0; i < count; i++) {
    if (kinds[i] !== KIND.regular) continue;
    const key = FATE_KEYS[fates[start + i] as Fate] as (typeof FATE_KEYS)[number];
    bytes[key] += sizes[i] as number;
  }
  // Nobody pulls a root file system tar, however it is compressed.
  const shares = image.description.kind === "tar" ? null : blob.shares;
  return {
    contentBytes: index.contentBytes,
    tarBytes: index.tarBytes,
    blobBytes: shares === null ? null : blob.blobBytes,
    overheadBytes: shares === null ? null : shares.overheadBytes,
    fates: bytes,
  };
}

/** The law: every byte of content has exactly one fate, every byte of a blob exactly one entry or is overhead. */
function requireConservation(image: Image, layers: readonly LayerWeight[]): void {
  layers.forEach((layer, i) => {
    if (sumOf(layer.fates) !== layer.contentBytes)
      throw new Error(`layer ${i}: fates do not add up to its content bytes`);
    const shares = image.layers[i]?.blob.shares;
    if (layer.blobBytes === null || !shares) return;
    const shared = shares.entryBytes.reduce((sum, bytes) => sum + bytes, shares.overheadBytes);
    if (shared !== layer.blobBytes) throw new Error(`layer ${i}: shares do not add up to its blob bytes`);
  });
}

import type { BaseImage } from "../base/detect-base.ts";
import type { Libc } from "../base/libc.ts";
import type { Confidence } from "../dockerfile/align-history.ts";
import type { ImageLayer } from "../image/image.ts";
import type { SourceKind } from "../source/source.ts";
import type { Warning } from "../warning.ts";
import { type LiveFile, listLargest, listWasted, type WastedFile } from "./file-lists.ts";
import {
  type GroupRow,
  groupByBase,
  groupByCategory,
  groupByDirectory,
  groupByInstruction,
  groupByLayer,
  groupByPackage,
  listUnowned,
} from "./group.ts";
import { type FateBytes, type LayerWeight, type Ledger, sumOf } from "./ledger.ts";
import { listCutter, type Omitted } from "./list-cutter.ts";
import { listPackages, type PackageRow } from "./package-rows.ts";

/** The version of {@link LedgerSummary} and of what is made of it, as the schema has it. */
export const SCHEMA_VERSION = 1;

/**
 * Whether what was weighed is what the image declares: `blob`, every byte was read and has its digest; `toc`, tables of
 * contents were, and stand for some of them; `none`, not.
 */
export type Verified = ImageLayer["verified"];

/** Content bytes that are not part of the final root file system. */
export interface WasteBytes {
  /** null where contents were not read (`--no-verify`) and the two cannot be told apart; `bytes` has their sum all the same. */
  readonly overwrittenBytes: number | null;
  readonly metadataOnlyBytes: number | null;
  readonly deletedBytes: number;
  readonly opaqueHiddenBytes: number;
  readonly duplicateEntryBytes: number;
}

/** A layer of an analysis: what made it, and what became of its content bytes. */
export interface LayerAnalysis extends WasteBytes {
  /** 0-based, bottom first. */
  readonly index: number;
  readonly diffId: string | null;
  /** Digest of the blob; null where the source has none. */
  readonly digest: string | null;
  readonly mediaType: string | null;
  /** The Dockerfile instruction, as the history tells it. */
  readonly instruction: string | null;
  /** How sure it is that the instruction made the layer. */
  readonly confidence: Confidence;
  readonly verified: Verified;
  readonly entries: number;
  readonly contentBytes: number;
  /** null where a table of contents stood for the tar. */
  readonly tarBytes: number | null;
  readonly blobBytes: number | null;
  readonly liveBytes: number;
}

/** What a ledger says, as plain JSON data in deterministic order. Bytes are content bytes unless the name says otherwise. */
export interface LedgerSummary {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  readonly image: {
    readonly reference: string | null;
    /** Digest of the manifest. */
    readonly digest: string | null;
    readonly configDigest: string | null;
    readonly platform: { readonly os: string; readonly architecture: string; readonly variant: string | null } | null;
  };
  readonly source: { readonly kind: SourceKind; readonly verified: Verified };
  readonly sizes: {
    readonly contentBytes: number;
    readonly tarBytes: number | null;
    readonly blobBytes: number | null;
    readonly rootfsBytes: number;
  };
  /** rootfsBytes ÷ contentBytes; 1 where there is no content. */
  readonly efficiency: number;
  readonly waste: WasteBytes & { readonly bytes: number };
  readonly layers: readonly LayerAnalysis[];
  readonly wasted: readonly WastedFile[];
  readonly largestFiles: readonly LiveFile[];
  readonly groups: {
    readonly layer: readonly GroupRow[];
    readonly instruction: readonly GroupRow[];
    readonly package: readonly GroupRow[];
    readonly category: readonly GroupRow[];
    readonly directory: readonly GroupRow[];
    readonly base: readonly GroupRow[];
  };
  /** What no package owns, by directory: breaks the row `[unowned]` of `groups.package` down. */
  readonly unowned: readonly GroupRow[];
  readonly packages: readonly PackageRow[];
  readonly base: BaseImage;
  readonly libc: Libc;
  readonly warnings: readonly Warning[];
  readonly omitted: Readonly<Record<string, Omitted>>;
}

function wasteBytes(fates: FateBytes): WasteBytes {
  const known = fates.rewritten === 0;
  return {
    overwrittenBytes: known ? fates.overwritten : null,
    metadataOnlyBytes: known ? fates.metadataOnly : null,
    deletedBytes: fates.deleted,
    opaqueHiddenBytes: fates.opaqueHidden,
    duplicateEntryBytes: fates.duplicateEntry,
  };
}

function describeLayer(ledger: Ledger, weight: LayerWeight, index: number): LayerAnalysis {
  const layer = ledger.image.layers[index] as Ledger["image"]["layers"][number];
  const origin = ledger.image.history.layers[index];
  return {
    index,
    diffId: layer.index.diffId ?? layer.declared.diffId,
    digest: layer.declared.digest ?? (weight.blobBytes === null ? null : layer.blob.digest),
    mediaType: layer.declared.mediaType,
    instruction: origin?.instruction?.text ?? null,
    confidence: origin?.confidence ?? "none",
    verified: layer.verified,
    entries: layer.index.entries.count,
    contentBytes: weight.contentBytes,
    tarBytes: weight.tarBytes,
    blobBytes: weight.blobBytes,
    liveBytes: weight.fates.live,
    ...wasteBytes(weight.fates),
  };
}

/** An image is verified as its least verified layer is. */
function leastVerified(layers: readonly ImageLayer[]): Verified {
  if (layers.some(({ verified }) => verified === "none")) return "none";
  return layers.some(({ verified }) => verified === "toc") ? "toc" : "blob";
}

/** The ledger as a result: everything but what there is to do about it. */
export function summarizeLedger(ledger: Ledger): LedgerSummary {
  const { description, layers, warnings } = ledger.image;
  const { contentBytes, tarBytes, blobBytes, fates } = ledger;
  const largest = listLargest(ledger);
  return {
    schemaVersion: SCHEMA_VERSION,
    image: {
      reference: description.reference,
      digest: description.manifestDigest,
      configDigest: description.configDigest,
      platform: description.platform,
    },
    source: { kind: description.kind, verified: leastVerified(layers) },
    sizes: { contentBytes, tarBytes, blobBytes, rootfsBytes: fates.live },
    efficiency: contentBytes === 0 ? 1 : fates.live / contentBytes,
    waste: { bytes: sumOf(fates) - fates.live, ...wasteBytes(fates) },
    layers: ledger.layers.map((weight, i) => describeLayer(ledger, weight, i)),
    wasted: listWasted(ledger),
    largestFiles: largest.files,
    groups: {
      layer: groupByLayer(ledger),
      instruction: groupByInstruction(ledger),
      package: groupByPackage(ledger),
      category: groupByCategory(ledger),
      directory: groupByDirectory(ledger),
      base: groupByBase(ledger),
    },
    unowned: listUnowned(ledger),
    packages: listPackages(ledger),
    base: ledger.attribution.base,
    libc: ledger.attribution.libc,
    warnings: [...warnings, ...ledger.squash.warnings, ...ledger.attribution.warnings],
    omitted: largest.omitted.count > 0 ? { largestFiles: largest.omitted } : {},
  };
}

/** The same with every list cut to `limit` rows (layers, categories and the base never are), saying in `omitted` what was left out. */
export function limitSummary<Summary extends LedgerSummary>(analysis: Summary, limit: number): Summary {
  const { cut, omitted } = listCutter(limit, analysis.omitted);
  const group = (name: string, rows: readonly GroupRow[]) =>
    cut(`groups.${name}`, rows, ({ contentBytes }) => contentBytes);
  return {
    ...analysis,
    wasted: cut("wasted", analysis.wasted, ({ bytes }) => bytes),
    largestFiles: cut("largestFiles", analysis.largestFiles, ({ bytes }) => bytes),
    groups: {
      layer: analysis.groups.layer,
      instruction: group("instruction", analysis.groups.instruction),
      package: group("package", analysis.groups.package),
      category: analysis.groups.category,
      directory: group("directory", analysis.groups.directory),
      base: analysis.groups.base,
    },
    unowned: cut("unowned", analysis.unowned, ({ contentBytes }) => contentBytes),
    packages: cut("packages", analysis.packages, ({ liveBytes, wastedBytes }) => liveBytes + wastedBytes),
    omitted,
  };
}

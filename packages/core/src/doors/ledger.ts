/** `@imgweigh/core/ledger`: what a ledger can be asked, row by row, path by path and in groups. See `docs/library.md`. */
export { type Category, categoryTitle } from "../category/catalogue.ts";
export { takeSnapshot } from "../diff/take-snapshot.ts";
export type { FindWasteOptions } from "../finding/find-waste.ts";
export type { ImageLayer } from "../image/image.ts";
export type { ElfFacts, GoBuildInfo } from "../layer/elf-facts.ts";
export { EXTRACTORS, type ExtractorId } from "../layer/extractors.ts";
export { KIND_NAMES, type KindName } from "../layer/kind-names.ts";
export {
  type BlobRecord,
  type BlobShares,
  type CapturedFile,
  type EntryColumns,
  type EntryKind,
  entryLink,
  entryPath,
  KIND,
  type LayerIndex,
  type LayerOddity,
} from "../layer/layer-index.ts";
export type { EstargzToc, TocLocation, ZstdChunkedToc } from "../layer/toc/toc-location.ts";
export type { Attribution, AttributionOptions } from "../ledger/attribution.ts";
export { type Branch, type BranchOptions, findBranches } from "../ledger/branches.ts";
export type { Entry } from "../ledger/entry.ts";
export { type EqualContent, findEqualContent } from "../ledger/equal-content.ts";
export type { PackageReason, PathReason } from "../ledger/explain.ts";
export {
  groupByBase,
  groupByCategory,
  groupByDirectory,
  groupByInstruction,
  groupByLayer,
  groupByPackage,
  groupEntries,
  type KeyOf,
  listUnowned,
} from "../ledger/group.ts";
export { ImageTree } from "../ledger/image-tree.ts";
export type { Column } from "../ledger/key-numbers.ts";
export type { LayerChanges, PathChange } from "../ledger/layer-changes.ts";
export type { LayerLinks } from "../ledger/layer-links.ts";
export type { LayerRows } from "../ledger/layer-rows.ts";
export { type FateBytes, type LayerWeight, LedgerFold, type WeighOptions, type Weights } from "../ledger/ledger.ts";
export {
  LISTING_ORDERS,
  type Listing,
  type ListingKind,
  type ListingRow,
  type ListOptions,
  listPath,
} from "../ledger/listing.ts";
export { PACKAGE_STATE, UNOWNED } from "../ledger/owner-keys.ts";
export { explainPackage, findPackages, type PackageLife, type RemovalEffect } from "../ledger/package-life.ts";
export { listPackages } from "../ledger/package-rows.ts";
export {
  explainPath,
  type LifeBytes,
  type LifeEvent,
  type PathKind,
  type PathLife,
  type PathState,
} from "../ledger/path-life.ts";
export type { PlaceInstances } from "../ledger/place-instances.ts";
export type { PlaceSums } from "../ledger/place-sums.ts";
export type { Places } from "../ledger/places.ts";
export type { Repetitions } from "../ledger/repetitions.ts";
export { listEntries, type StoredEntry } from "../ledger/stored-entries.ts";
export type { TreePlace } from "../ledger/tree-place.ts";
export type { TreeTable } from "../ledger/tree-table.ts";
export type { LayerCompression } from "../oci/media-type.ts";
export { FATE, FATE_NAMES, type Fate, type FateName } from "../tree/fate.ts";
export type { LinkColumns } from "../tree/link-columns.ts";
export type { PathTree } from "../tree/path-tree.ts";
export { type Squash, squash } from "../tree/squash.ts";
export type { LayerState, SquashObserver, TreeEvent } from "../tree/squash-observer.ts";

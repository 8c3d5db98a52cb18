import type { PackageChange } from "../package-db/package-db.ts";

/** An image that a final stage would be built on, as far as it is known without pulling it. */
export interface KnownBase {
  /** `gcr.io/distroless/static`, `debian:12-slim` … */
  readonly name: string;
  readonly contentBytes: number;
  /** Bytes that a pull transfers; null where not known. */
  readonly blobBytes: number | null;
  /** Where the numbers come from. */
  readonly source: string;
}

/**
 * A change of an image as data, to be weighed without a build. Files are named by their row in the ledger (*instance*),
 * layers by their index.
 */
export type ImageEdit =
  /** Layers become one, in the place of the last: what is still visible of them after it. */
  | { readonly kind: "join"; readonly layers: readonly number[] }
  /** Stored files that their layer stores no longer; their hard links go too. */
  | { readonly kind: "omit"; readonly instances: readonly number[] }
  /** A layer goes as a whole. */
  | { readonly kind: "drop-layer"; readonly layer: number }
  /** A stored file gets another size, in content bytes. */
  | { readonly kind: "resize"; readonly instance: number; readonly bytes: number }
  /**
   * From a layer on, a package manager no longer has some packages and has others: its database files, as that layer and
   * later ones store them, are rewritten. The packages' own files are named by an edit of their own.
   */
  | {
      readonly kind: "forget";
      /** {@link PackageDb.id} */
      readonly database: string;
      readonly layer: number;
      /** Plain names. */
      readonly packages: readonly string[];
      /** Names that are no longer asked for, though their packages may stay. */
      readonly unask?: readonly string[];
      /** Names of packages that stay and are asked for from now on. */
      readonly ask?: readonly string[];
      /** Virtual packages that come instead. */
      readonly add?: PackageChange["add"];
    }
  /** Only these stored files stay, in one layer on top of another base; null is scratch. */
  | { readonly kind: "extract"; readonly instances: readonly number[]; readonly base: KnownBase | null };

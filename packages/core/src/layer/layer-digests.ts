import { createHash } from "node:crypto";
import type { Digest, DigestAlgorithm } from "../oci/digest.ts";
import type { LayerCompression } from "../oci/media-type.ts";

/** The digests of a blob as stored and as uncompressed, taken while it streams past. */
export class LayerDigests {
  readonly #blobAlgorithm: DigestAlgorithm;
  readonly #diffIdAlgorithm: DigestAlgorithm;
  readonly #blob;
  #diff: ReturnType<typeof createHash> | null = null;
  readonly #otherAlgorithm: DigestAlgorithm | null;
  readonly #other;

  /** @param otherAlgorithm a second one for the diffID, where nobody knows yet which the image declares */
  constructor(
    blobAlgorithm: DigestAlgorithm,
    diffIdAlgorithm: DigestAlgorithm,
    otherAlgorithm: DigestAlgorithm | null = null,
  ) {
    this.#otherAlgorithm = otherAlgorithm;
    this.#other = otherAlgorithm === null ? null : createHash(otherAlgorithm);
    this.#blobAlgorithm = blobAlgorithm;
    this.#diffIdAlgorithm = diffIdAlgorithm;
    this.#blob = createHash(blobAlgorithm);
  }

  /** A plain tar's blob digest is its diffID: hashing it once is enough. */
  begin(compression: LayerCompression): void {
    const same = compression === "none" && this.#blobAlgorithm === this.#diffIdAlgorithm;
    this.#diff = same ? null : createHash(this.#diffIdAlgorithm);
  }

  stored(bytes: Uint8Array): void {
    this.#blob.update(bytes);
  }

  uncompressed(bytes: Uint8Array): void {
    this.#diff?.update(bytes);
    this.#other?.update(bytes);
  }

  /** The digest of all that was stored; nothing can be added after it. */
  finishBlob(): Digest {
    return `${this.#blobAlgorithm}:${this.#blob.digest("hex")}`;
  }

  finish(): { readonly blobDigest: Digest; readonly diffId: Digest; readonly otherDiffId: Digest | null } {
    const blobDigest = this.finishBlob();
    const other = this.#other === null ? null : this.#other.digest("hex");
    return {
      blobDigest,
      otherDiffId: other === null ? null : `${this.#otherAlgorithm as DigestAlgorithm}:${other}`,
      diffId: this.#diff === null ? blobDigest : `${this.#diffIdAlgorithm}:${this.#diff.digest("hex")}`,
    };
  }
}

import { createHash } from "node:crypto";
import { ImgweighError } from "../errors.ts";
import type { Digest, DigestAlgorithm } from "../oci/digest.ts";

/** The digest of bytes at hand. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

/** @throws {ImgweighError} DIGEST_MISMATCH */
export function requireDigest(actual: Digest, declared: Digest, where: string): void {
  if (actual === declared) return;
  throw new ImgweighError("DIGEST_MISMATCH", `${where} has the digest ${actual}, but the image declares ${declared}`, {
    hint: "the image was damaged or changed after it was made; pull or save it again",
    details: { declared, actual },
  });
}

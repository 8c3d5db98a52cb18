import { ImgweighError } from "../errors.ts";

/** `sha256:<64 hex>` or `sha512:<128 hex>`: the algorithms that the OCI image-spec registers (descriptor.md, "Registered algorithms"). */
export type Digest = `${DigestAlgorithm}:${string}`;
/** Hashes that digests are made by: OCI image-spec, descriptor, "Registered algorithms". */
export type DigestAlgorithm = "sha256" | "sha512";

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && DIGEST.test(text);
}

/** @throws {ImgweighError} ARCHIVE_MALFORMED where the text is no digest of a registered algorithm. */
export function parseDigest(text: unknown, where: string): Digest {
  if (isDigest(text)) return text;
  throw new ImgweighError(
    "ARCHIVE_MALFORMED",
    `${where} is not a sha256 or sha512 digest: ${JSON.stringify(text)?.slice(0, 100)}`,
  );
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** `sha256:0123456789ab…` → `0123456789ab`, as engines shorten it. */
export function shortDigest(digest: Digest): string {
  return hexOf(digest).slice(0, 12);
}

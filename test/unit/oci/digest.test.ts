import { describe, expect, it } from "vitest";
import { digestOf, requireDigest } from "../../../packages/core/src/archive/digest.ts";
import { algorithmOf, hexOf, isDigest, parseDigest, shortDigest } from "../../../packages/core/src/oci/digest.ts";

// sha256 and sha512 of nothing, as sha256sum and sha512sum print them.
const SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const SHA512 =
  "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";

describe("digests", () => {
  it("are made of bytes", () => {
    expect(digestOf(new Uint8Array())).toBe(`sha256:${SHA256}`);
    expect(digestOf(new Uint8Array(), "sha512")).toBe(`sha512:${SHA512}`);
  });

  it.each([`sha256:${SHA256}`, `sha512:${SHA512}`])("are read: %s", (text) => {
    const digest = parseDigest(text, "x");
    expect(digest).toBe(text);
    expect(`${algorithmOf(digest)}:${hexOf(digest)}`).toBe(text);
    expect(shortDigest(digest)).toBe(text.slice(7, 19));
  });

  it.each([
    "",
    SHA256,
    `sha256:${SHA256.toUpperCase()}`,
    `SHA256:${SHA256}`,
    `sha256:${SHA256.slice(1)}`,
    `sha256:${SHA256}0`,
    `sha512:${SHA256}`,
    `sha256:${SHA512}`,
    `sha256:../../${SHA256.slice(6)}`,
    `sha256:${SHA256}\n`,
    `md5:d41d8cd98f00b204e9800998ecf8427e`,
    undefined,
    null,
    7,
    {},
  ])("refuse %j", (value) => {
    expect(isDigest(value)).toBe(false);
    expect(() => parseDigest(value, "the digest of it")).toThrow(
      expect.objectContaining({ code: "ARCHIVE_MALFORMED", message: expect.stringContaining("the digest of it") }),
    );
  });

  it("that differ are an error which names both", () => {
    const [a, b] = [digestOf(Buffer.from("a")), digestOf(Buffer.from("b"))];
    expect(() => requireDigest(a, a, "x")).not.toThrow();
    expect(() => requireDigest(a, b, "layer 3")).toThrow(
      expect.objectContaining({ code: "DIGEST_MISMATCH", details: { declared: b, actual: a } }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasValidChecksum, TAR_BLOCK } from "../../packages/core/src/archive/tar-header.ts";
import { normalizePath } from "../../packages/core/src/image-path.ts";

/** A name taken apart and put together again, component by component. */
function cleaned(name: string): { path: string; escapes: boolean } {
  const parts: string[] = [];
  let escapes = false;
  for (const part of name.split("/")) {
    if (part === "..") {
      if (parts.length === 0) escapes = true;
      parts.pop();
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return { path: parts.join("/"), escapes };
}

describe("names of any form", () => {
  test("are normalised component by component", () => {
    const name = fc.array(fc.constantFrom("a", ".", "..", "...", "", "/", "./", ".b", "c."), { maxLength: 7 });
    fc.assert(
      fc.property(name, fc.constantFrom("", "/"), (parts, separator) => {
        const text = parts.join(separator);
        expect(normalizePath(text)).toEqual(cleaned(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("checksums", () => {
  const block = fc.uint8Array({ minLength: TAR_BLOCK, maxLength: TAR_BLOCK });
  const sums = ({ signed }: { signed: boolean }, bytes: Uint8Array): number =>
    bytes.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : signed && byte > 127 ? byte - 256 : byte), 0);

  test.each([{ signed: false }, { signed: true }])("are the sum of all bytes, %o, and nothing else", (kind) => {
    fc.assert(
      fc.property(block, fc.integer({ min: -3, max: 3 }), fc.nat(600), (bytes, off, at) => {
        const sum = sums(kind, bytes) + off;
        fc.pre(sum >= 0 && off !== 0 ? sum !== sums({ signed: !kind.signed }, bytes) : sum >= 0);
        bytes.set(Buffer.from(`${sum.toString(8).padStart(6, "0")}\0 `, "latin1"), 148);
        const around = new Uint8Array(TAR_BLOCK + at + 7).fill(7);
        around.set(bytes, at);
        expect(hasValidChecksum(around, at)).toBe(off === 0);
      }),
    );
  });
});

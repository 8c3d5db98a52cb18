import { open } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { lentReads, readPart, readWhole } from "../../../packages/core/src/archive/file-range.ts";
import { ImgweighError } from "../../../packages/core/src/index.ts";
import { errorData, errorFrom } from "../../../packages/core/src/layer/thread-messages.ts";
import { errorOf, temporaryFile } from "../../support/analyze-files.ts";
import { filler } from "../../support/tar-bytes.ts";

const BYTES = filler(1_300_000);

describe("a part of a file", () => {
  async function inFile<T>(work: (fd: number) => T | Promise<T>): Promise<T> {
    const handle = await open(temporaryFile("f", BYTES), "r");
    try {
      return await work(handle.fd);
    } finally {
      await handle.close();
    }
  }

  it.each([
    [0, 0],
    [0, 1],
    [3, 524_288],
    [7, 1_000_000],
    [0, 1_300_000],
  ])("from %d on, %d bytes long, is read whole", async (offset, length) => {
    const read = await inFile(async (fd) => {
      const parts: Buffer[] = [];
      for await (const chunk of readWhole({ fd, offset, length, where: "f" })) parts.push(Buffer.from(chunk));
      return Buffer.concat(parts);
    });
    expect(read.equals(BYTES.subarray(offset, offset + length))).toBe(true);
  });

  it("is not all there where the file ends before it", async () => {
    const reading = inFile(async (fd) => {
      for await (const _ of readWhole({ fd, offset: 1_000_000, length: 300_010, where: "f" }));
    });
    const error = await errorOf(reading);
    expect([error.code, error.message]).toEqual(["ARCHIVE_TRUNCATED", "f ends 10 bytes early"]);
  });

  it("is read at any place, and not beyond its end", async () => {
    await inFile((fd) => {
      const part = { fd, offset: 100, length: 1000, where: "f" };
      const lent = lentReads(part, 64);
      expect(readPart(part, 10, 5)).toEqual(BYTES.subarray(110, 115));
      expect(readPart(part, 990, 50)).toEqual(BYTES.subarray(1090, 1100));
      expect(lent(0, 100)).toEqual(BYTES.subarray(100, 164));
      expect(lent(995, 64)).toEqual(BYTES.subarray(1095, 1100));
      expect(lent(1000, 64)).toHaveLength(0);
    });
  });
});

describe("an error that crosses threads", () => {
  it("is what it was", () => {
    const system = Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });
    const ours = new ImgweighError("ARCHIVE_MALFORMED", "bad", { hint: "look", details: { at: 3 }, cause: system });
    const copy = errorFrom(structuredClone(errorData(ours)));
    expect(copy).toBeInstanceOf(ImgweighError);
    expect(copy).toEqual(ours);
    expect(copy.stack).toBe(ours.stack);
    expect(copy.cause).toEqual(system);
    expect(copy.cause).toMatchObject({ code: "EIO" });
  });

  it("without a hint, a cause or a class of ours stays without", () => {
    const plain = new ImgweighError("ARCHIVE_TRUNCATED", "short");
    expect(errorFrom(errorData(plain))).toEqual(plain);
    expect(errorFrom(errorData(plain)).cause).toBeUndefined();
    expect(errorFrom(errorData(new TypeError("no")))).toMatchObject({ name: "TypeError", message: "no" });
    expect(errorFrom(errorData("a text")).message).toBe("a text");
  });
});

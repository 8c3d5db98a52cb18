import { describe, expect, it } from "vitest";
import { type Limits, limitsFrom } from "../../../packages/core/src/archive/limits.ts";
import { tarEntries } from "../../../packages/core/src/archive/tar-entries.ts";
import { chunked, collect, Source } from "../../support/streams.ts";
import { dir, extension, file, filler, hardlink, symlink, tarBytes } from "../../support/tar-bytes.ts";

const LONG = `${"directory/".repeat(20)}café`;
const TAR = tarBytes([
  dir("d"),
  file("d/big", filler(300_000)),
  symlink("s", "d/big"),
  hardlink("h", "d/big"),
  file("empty"),
  file(LONG, "long", { long: "pax" }),
  file(`${LONG}2`, "gnu"),
  file("last", filler(70_000, 2)),
]);

function entries(source: Source, limits: Partial<Limits> = {}) {
  return tarEntries(source, limitsFrom(limits), "it");
}

describe("tarEntries", () => {
  it.each([1, 511, 4096, 1_000_000])("gives entries and contents, from chunks of %d", async (chunkBytes) => {
    const seen: unknown[] = [];
    for await (const { name, type, linkName, size, body } of entries(chunked(TAR, chunkBytes))) {
      seen.push([name, type, linkName, size]);
      const content = await collect(body);
      expect(content).toHaveLength(size);
      if (name === "d/big") expect(content.equals(filler(300_000))).toBe(true);
    }
    expect(seen).toEqual([
      ["d/", "other", null, 0],
      ["d/big", "file", null, 300_000],
      ["s", "link", "d/big", 0],
      ["h", "link", "d/big", 0],
      ["empty", "file", null, 0],
      [LONG, "file", null, 4],
      [`${LONG}2`, "file", null, 3],
      ["last", "file", null, 70_000],
    ]);
  });

  it("goes on behind bodies that are left, half read or unread", async () => {
    const names: string[] = [];
    for await (const { name, body } of entries(chunked(TAR, 1000))) {
      names.push(name);
      if (name === "d/big") for await (const _ of body) break;
    }
    expect(names).toHaveLength(8);
    expect(names.at(-1)).toBe("last");
  });

  it("releases the input when it is left, inside a body too", async () => {
    const source = new Source(TAR, 1000);
    for await (const { name } of entries(source)) if (name === "d/big") break;
    expect(source.released).toBe(true);
    expect(source.taken).toBeLessThan(TAR.length);
    const inside = new Source(TAR, 1000);
    const iterator = entries(inside);
    await iterator.next();
    const { value } = await iterator.next();
    if (value) await value.body[Symbol.asyncIterator]().next();
    await iterator.return();
    expect(inside.released).toBe(true);
  });

  it("throws what the input throws, between entries and inside a body, and never hangs", async () => {
    const failure = new Error("unplugged");
    for (const length of [0, 512, 1024, 100_000, 302_000, TAR.length]) {
      const source = new Source(TAR.subarray(0, length), 1000, failure);
      const reading = (async () => {
        for await (const { body } of entries(source)) await collect(body);
      })();
      await expect(reading, `after ${length} bytes`).rejects.toBe(failure);
      expect(source.released).toBe(true);
      const skipping = (async () => {
        for await (const _ of entries(new Source(TAR.subarray(0, length), 1000, failure)));
      })();
      await expect(skipping, `after ${length} bytes, unread`).rejects.toBe(failure);
    }
  });

  it("says truncated inside an entry", async () => {
    for (const length of [600, 1500, 100_000]) {
      const reading = (async () => {
        for await (const { body } of entries(chunked(TAR.subarray(0, length), 1000))) await collect(body);
      })();
      await expect(reading, `${length} bytes`).rejects.toMatchObject({ code: "ARCHIVE_TRUNCATED" });
    }
  });

  it("looks at nothing behind the end", async () => {
    for (const trailing of [filler(3000), tarBytes([file("behind", "1")])]) {
      for (const chunkBytes of [1, 1000, 1_000_000]) {
        const source = new Source(tarBytes([file("a", "1"), file("b", "2")], { trailing }), chunkBytes);
        const names: string[] = [];
        for await (const { name } of entries(source)) names.push(name);
        expect(names).toEqual(["a", "b"]);
        expect(source.released).toBe(true);
      }
    }
  });

  it("refuses what is no tar", async () => {
    const reading = (async () => {
      for await (const _ of entries(chunked(filler(2000), 100)));
    })();
    await expect(reading).rejects.toMatchObject({ code: "ARCHIVE_MALFORMED" });
  });

  it("keeps to limits: entries, path length, long headers", async () => {
    const all = async (tar: Uint8Array, limits: Partial<Limits>) => {
      for await (const _ of entries(chunked(tar, 1000), limits));
    };
    await expect(all(TAR, { maxEntries: 8 })).resolves.toBeUndefined();
    await expect(all(TAR, { maxEntries: 7 })).rejects.toMatchObject({ details: { limit: "maxEntries" } });
    await expect(all(TAR, { maxPathBytes: 100 })).rejects.toMatchObject({ details: { limit: "maxPathBytes" } });
    for (const flag of ["L", "K", "x", "g"]) {
      const bomb = extension(flag, "bomb", Buffer.alloc(3_000_000, "n"));
      await expect(all(tarBytes([bomb, file("x", "1")]), {}), flag).rejects.toMatchObject({
        details: { limit: "maxHeaderBytes" },
      });
    }
  });
});

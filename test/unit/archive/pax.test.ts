import { describe, expect, it } from "vitest";
import { parsePax, sparseForm } from "../../../packages/core/src/archive/pax.ts";
import { paxRecords } from "../../support/tar-bytes.ts";

type Records = Parameters<typeof paxRecords>[0];

function parse(records: Records) {
  return parsePax(paxRecords(records));
}

describe("records", () => {
  it("may hold anything behind the first equals sign, line feeds too", () => {
    expect(
      parse([
        ["path", "a=b\nc"],
        ["comment", "x\n12 path=no\n"],
      ]),
    ).toEqual({ path: "a=b\nc" });
  });

  it("later ones win, and empty ones take back earlier ones", () => {
    expect(
      parse([
        ["path", "a"],
        ["path", "b"],
      ]),
    ).toEqual({ path: "b" });
    expect(
      parse([
        ["path", "a"],
        ["size", "5"],
        ["uid", "1"],
        ["path", ""],
        ["size", ""],
        ["uid", ""],
      ]),
    ).toEqual({});
    expect(
      parse([
        ["path", ""],
        ["path", "b"],
      ]),
    ).toEqual({ path: "b" });
  });

  it("hold numbers; owners and times that are none are passed over, sizes are not", () => {
    expect(
      parse([
        ["uid", "4294967296"],
        ["gid", "x"],
        ["mtime", "-1.25"],
        ["size", "9007199254740991"],
      ]),
    ).toEqual({
      uid: 2 ** 32,
      mtime: -1,
      size: 2 ** 53 - 1,
    });
    for (const size of ["-1", "1.5", "0x10", " 1", "9007199254740992", "1e3"]) {
      expect(() => parse([["size", size]]), size).toThrow(expect.objectContaining({ code: "ARCHIVE_MALFORMED" }));
    }
  });

  it("with keys of Object.prototype do no harm", () => {
    expect(
      Object.keys(
        parse([
          ["__proto__", "x"],
          ["constructor", ""],
          ["toString", "y"],
        ]),
      ),
    ).toEqual([]);
  });

  it.each([
    ["no length", " path=a\n"],
    ["a length that is no number", "x path=a\n"],
    ["a length that is too small", "3 path=a\n"],
    ["a length of nothing", "0 path=a\n"],
    ["a length beyond the end", "99 path=a\n"],
    ["a length that cuts the next", "11 path=a\n10 path=b\n"],
    ["no equals sign", "9 path a\n\n"],
    ["no line feed", "9 path=ab"],
    ["a NUL in a path", "11 path=a\0\n"],
    ["a length of thirteen digits", "1000000000000 path=a\n"],
  ])("with %s are refused", (_, text) => {
    expect(() => parsePax(Buffer.from(text))).toThrow(expect.objectContaining({ code: "ARCHIVE_MALFORMED" }));
  });

  it("of nothing are none", () => {
    expect(parsePax(Buffer.alloc(0))).toEqual({});
  });
});

describe("sparse files", () => {
  it("have their map in the header or in the data, by version", () => {
    expect(sparseForm({ major: 1, minor: 0 })).toBe("data");
    expect(sparseForm({ major: 0, minor: 1, map: [0, 1] })).toBe("header");
    expect(sparseForm({ map: [0, 1] })).toBe("header");
    for (const other of [
      {},
      { realSize: 9 },
      { major: 1, minor: 1 },
      { major: 2, minor: 0 },
      { major: 0 },
      { minor: 0 },
    ]) {
      expect(sparseForm(other)).toBeNull();
    }
  });

  it("of the oldest form repeat two keys", () => {
    const records: Records = [
      ["GNU.sparse.size", "100"],
      ["GNU.sparse.numblocks", "2"],
      ["GNU.sparse.offset", "0"],
      ["GNU.sparse.numbytes", "5"],
      ["GNU.sparse.offset", "50"],
      ["GNU.sparse.numbytes", "6"],
    ];
    expect(parse(records).sparse).toEqual({ realSize: 100, map: [0, 5, 50, 6] });
    expect(parse([["GNU.sparse.map", "0,5,50,6"]]).sparse).toEqual({ map: [0, 5, 50, 6] });
  });
});

import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  baseName,
  bytesOfPath,
  isIn,
  keyOfPath,
  normalizePath,
  parentPath,
  pathFromBytes,
  pathFromText,
  textOfPath,
} from "../../packages/core/src/image-path.ts";

describe("normalizePath", () => {
  it.each([
    ["a/b", "a/b", false],
    ["./a//b/", "a/b", false],
    ["/etc/passwd", "etc/passwd", false],
    ["//x", "x", false],
    [".", "", false],
    ["./", "", false],
    ["", "", false],
    ["/", "", false],
    ["/etc/../x", "x", false],
    ["a/./b/../c", "a/c", false],
    ["..", "", true],
    ["../../etc/x", "etc/x", true],
    ["a/../../b", "b", true],
    ["...", "...", false],
    ["..a/.b", "..a/.b", false],
    ["a/b/..", "a", false],
  ])("makes %j %j", (name, path, escapes) => {
    expect(normalizePath(name)).toEqual({ path, escapes });
  });

  it("is what posix normalisation of the absolute path says", () => {
    const part = fc.constantFrom("a", "b", "..", ".", "", "x.y", "..z");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const name = parts.join("/");
        const expected = posix.normalize(`/${name}/`).replace(/^\/+|\/+$/g, "");
        expect(normalizePath(name).path).toBe(expected);
      }),
    );
  });
});

it("isIn says what parentPath says, for any two paths", () => {
  const path = fc.array(fc.constantFrom("a", "b", "ab"), { maxLength: 4 }).map((parts) => parts.join("/"));
  fc.assert(fc.property(path, path, (one, other) => isIn(one, other) === (parentPath(one) === other)));
});

describe("byte strings", () => {
  it("lose no byte", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(new Uint8Array(bytesOfPath(pathFromBytes(bytes)))).toEqual(bytes);
      }),
    );
  });

  it("read part of a buffer", () => {
    const bytes = Buffer.from("xxa/byy").subarray(1);
    expect(pathFromBytes(bytes, 1, 4)).toBe("a/b");
  });

  it("tell composed from decomposed characters", () => {
    expect(pathFromText("\u00e9")).not.toBe(pathFromText("e\u0301"));
    expect(pathFromText("/caf\u00e9")).toBe("caf\u00c3\u00a9");
  });
});

describe("textOfPath", () => {
  it.each([
    ["", { path: "/" }],
    ["etc/passwd", { path: "/etc/passwd" }],
    ["caf\u00c3\u00a9", { path: "/café" }],
    [
      "bad\u00ff\u00fename",
      { path: "/bad\ufffd\ufffdname", pathBase64: Buffer.from("/bad\xff\xfename", "latin1").toString("base64") },
    ],
    // An overlong slash and an encoded surrogate are not UTF-8.
    ["\u00c0\u00af", { path: "/\ufffd\ufffd", pathBase64: "L8Cv" }],
    ["\u00ed\u00a0\u0080", { path: "/\ufffd\ufffd\ufffd", pathBase64: "L+2ggA==" }],
    // A genuine U+FFFD is UTF-8 like any other.
    ["\u00ef\u00bf\u00bd", { path: "/\ufffd" }],
  ])("shows %j", (path, text) => {
    expect(textOfPath(path)).toEqual(text);
  });

  it("always holds the exact bytes, one way or the other", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), (bytes) => {
        const text = textOfPath(pathFromBytes(bytes));
        const back =
          text.pathBase64 === undefined ? Buffer.from(text.path, "utf8") : Buffer.from(text.pathBase64, "base64");
        expect(new Uint8Array(back.subarray(1))).toEqual(bytes);
      }),
    );
  });
});

it.each([
  ["a/b/c", "a/b", "c"],
  ["a", "", "a"],
  ["", "", ""],
])("splits %j into %j and %j", (path, parent, name) => {
  expect(parentPath(path)).toBe(parent);
  expect(baseName(path)).toBe(name);
});

describe("keyOfPath", () => {
  it("is another for every other path, also for names that look like keys", () => {
    const part = fc.constantFrom("a", "\u00ff", "]", "[base64 ", " [base64 L2E=]", " [base64 L/8=]", "=");
    const name = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(""));
    const keyOf = (path: string) => keyOfPath(textOfPath(path));
    fc.assert(
      fc.property(name, fc.boolean(), name, (one, asKey, other) => {
        // The other may be named as the first one's key, and that again.
        const second = asKey ? pathFromText(keyOf(one)) : other;
        fc.pre(one !== second);
        expect(keyOf(one)).not.toBe(keyOf(second));
      }),
    );
    expect(keyOf("a ]x] [base64 L2E=]")).toBe("/a ]x] [base64 L2E=] [base64 L2EgXXhdIFtiYXNlNjQgTDJFPV0=]");
    expect(keyOf("a [base64 b]c]")).toBe("/a [base64 b]c]");
  });
});

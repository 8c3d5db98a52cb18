import { describe, expect, test } from "vitest";
import { matches, parseDependency, parseProvided } from "../../../packages/core/src/package-db/apk/dependency.ts";
import { compareVersions, isVersion } from "../../../packages/core/src/package-db/apk/version.ts";

/** As `apk version -t A B` of 2.10.1 and 2.14.4 answers. */
const ORDERS: readonly (readonly [a: string, order: "<" | ">" | "=", b: string])[] = [
  ["1.2", "<", "1.2.1"],
  ["1", "<", "1a"],
  ["1a", ">", "1_p1"],
  ["1_rc1", "<", "1"],
  ["1_p1", ">", "1"],
  ["1.01", "<", "1.1"],
  ["1.010", ">", "1.01"],
  ["1.0", ">", "1.00"],
  ["3.010.0a_cvs", ">", "3.0.1"],
  ["1", "<", "1-r1"],
  ["1-r1", "<", "1.1"],
  ["1a", "<", "1.1"],
  ["1b", ">", "1a1"],
  ["1_git20200101", "<", "1_p"],
  ["1_rc", "<", "1_rc1"],
  ["1_alpha1_beta2", "<", "1_alpha1"],
  ["1.2.3-r0", "<", "1.2.3_p1-r0"],
  ["1.36.1-r29", ">", "1.36.1-r3"],
  ["20261122.054655", ">", "20261122.05"],
  ["1.2.3-r0", "=", "1.2.3-r0"],
  // Not versions, and yet ordered.
  ["1_foo", "<", "1"],
  ["1-r1a", ">", "1-r1"],
  ["1_p1.2", ">", "1_p1"],
  ["4_cvs2", ">", "4_cv"],
];

test.each(ORDERS)("%s %s %s", (a, order, b) => {
  const sign = { "<": -1, "=": 0, ">": 1 }[order];
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
  expect(Math.sign(compareVersions(b, a))).toBe(0 - sign || 0);
});

test("what is a version", () => {
  for (const version of ["1", "1.2.3a_rc1_p2-r4", "1.0", "20261122.054655", "1.2~abc-r0"]) {
    expect(isVersion(version), version).toBe(true);
  }
  for (const version of ["1_foo", "1-x", "1.2!", "1-r1a", "1.a.2"]) expect(isVersion(version), version).toBe(false);
  expect(isVersion("1.".repeat(1_000_000))).toBe(false);
});

describe("dependencies", () => {
  test("tokens", () => {
    expect(parseDependency("git@edge>=2.45")).toEqual({
      text: "git@edge>=2.45",
      name: "git",
      conflict: false,
      tag: "edge",
      operator: ">=",
      version: "2.45",
    });
    expect(parseDependency("!so:libx.so.1")).toMatchObject({ name: "so:libx.so.1", conflict: true, operator: null });
    expect(parseDependency("a=>1")).toMatchObject({ operator: ">=" });
    expect(parseDependency("git><Q1abc=")).toMatchObject({ operator: "<>", version: "Q1abc=" });
    for (const text of ["", "!", "a>", "a>x_foo", ">=1", "a".repeat(5000)]) expect(parseDependency(text)).toBeNull();
    expect(parseProvided("so:libc.musl-x86_64.so.1=1")).toEqual({ name: "so:libc.musl-x86_64.so.1", version: "1" });
    expect(parseProvided("/bin/sh")).toEqual({ name: "/bin/sh", version: null });
  });

  /** As `apk info -e TOKEN` of 2.14.4 answers where musl 1.2.5-r0 is installed. */
  test.each([
    ["musl~1.1", false],
    ["musl~1.2", true],
    ["musl~1.2.5", true],
    ["musl~1.2.5-r0", true],
    ["musl~=1.2", true],
    ["musl>~1.1", true],
    ["musl<~1.3", true],
    ["musl<~1.2", true],
    ["musl>~1.3", false],
    ["musl>=1.2.5-r0", true],
    ["musl<1.2.5-r0", false],
  ])("%s: %s", (text, expected) => {
    const dependency = parseDependency(text);
    expect(dependency !== null && matches(dependency, "1.2.5-r0", "Q1=")).toBe(expected);
  });

  test("virtual names answer only what names no version; a checksum is equal or not", () => {
    const plain = parseDependency("/bin/sh");
    const versioned = parseDependency("/bin/sh>1");
    const checksum = parseDependency("a><Q1x=");
    if (plain === null || versioned === null || checksum === null) throw new Error("no tokens");
    expect([matches(plain, null, ""), matches(versioned, null, "")]).toEqual([true, false]);
    expect([matches(checksum, "1", "Q1x="), matches(checksum, "1", "Q1y=")]).toEqual([true, false]);
  });
});

import { describe, expect, it } from "vitest";
import {
  formatPlatform,
  hostPlatform,
  parsePlatform,
  readPlatform,
  satisfies,
} from "../../../packages/core/src/oci/platform.ts";

describe("parsePlatform", () => {
  it.each([
    ["linux/amd64", "linux", "amd64", null],
    ["linux/arm64/v8", "linux", "arm64", "v8"],
    ["Linux/X86_64", "linux", "amd64", null],
    ["arm64", "linux", "arm64", null],
    ["aarch64", "linux", "arm64", null],
    ["windows/amd64", "windows", "amd64", null],
    ["linux/386", "linux", "386", null],
    ["linux/i686", "linux", "386", null],
    [" linux/s390x ", "linux", "s390x", null],
  ])("reads %j", (text, os, architecture, variant) => {
    expect(parsePlatform(text)).toEqual({ os, architecture, variant });
  });

  it.each(["", "/", "linux/", "linux//v8", "linux/amd64/v1/x", "linux amd64", "linux:amd64"])("refuses %j", (text) => {
    expect(() => parsePlatform(text)).toThrow(expect.objectContaining({ code: "REFERENCE_INVALID" }));
  });
});

it("reads a platform out of a descriptor, or none", () => {
  expect(readPlatform({ os: "linux", architecture: "arm", variant: "v7" })).toEqual({
    os: "linux",
    architecture: "arm",
    variant: "v7",
  });
  for (const value of [
    null,
    undefined,
    "linux",
    [],
    {},
    { os: "linux" },
    { os: 1, architecture: "arm" },
    { os: "", architecture: "arm" },
  ]) {
    expect(readPlatform(value)).toBeNull();
  }
});

it("writes a platform as it is read", () => {
  for (const text of ["linux/amd64", "linux/arm/v6"]) expect(formatPlatform(parsePlatform(text))).toBe(text);
  expect(parsePlatform(formatPlatform(hostPlatform()))).toEqual(hostPlatform());
  expect(hostPlatform().os).toBe("linux");
});

it.each([
  ["linux/amd64", "linux/amd64", true],
  ["linux/arm64/v8", "linux/arm64", true],
  ["linux/arm64", "linux/arm64/v8", true],
  ["linux/arm/v7", "linux/arm", true],
  ["linux/arm/v7", "linux/arm/v6", false],
  ["linux/arm", "linux/arm/v7", false],
  ["linux/arm64", "linux/amd64", false],
  ["windows/amd64", "linux/amd64", false],
])("an image for %s satisfies %s: %s", (offered, wanted, answer) => {
  expect(satisfies(parsePlatform(offered), parsePlatform(wanted))).toBe(answer);
});

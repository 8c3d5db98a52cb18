import { describe, expect, it } from "vitest";
import {
  formatPlatform,
  hostPlatform,
  nearest,
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

it("reads the version of Windows as containerd writes it and as a shell takes it", () => {
  const platform = { os: "windows", architecture: "amd64", variant: null, osVersion: "10.0.20348.2700" };
  expect(parsePlatform("windows(10.0.20348.2700)/amd64")).toEqual(platform);
  expect(parsePlatform("windows/amd64:10.0.20348.2700")).toEqual(platform);
  expect(formatPlatform(platform)).toBe("windows/amd64:10.0.20348.2700");
  expect(readPlatform({ os: "windows", architecture: "amd64", "os.version": "10.0.20348.2700" })).toEqual(platform);
  for (const text of ["windows(10)", "windows(10)/amd64:11", "windows()/amd64", "amd64:10"])
    expect(() => parsePlatform(text)).toThrow(expect.objectContaining({ code: "REFERENCE_INVALID" }));
});

it.each([
  ["linux/amd64", ["linux/amd64/v3", "linux/amd64", "linux/amd64/v2"], ["linux/amd64"]],
  ["linux/amd64", ["linux/amd64/v3", "linux/amd64/v2"], ["linux/amd64/v2"]],
  ["linux/arm", ["linux/arm/v5", "linux/arm/v8", "linux/arm/v6"], ["linux/arm/v6"]],
  ["linux/arm", ["linux/arm/v6", "linux/arm"], ["linux/arm"]],
  ["linux/arm/v7", ["linux/arm/v6", "linux/arm"], ["linux/arm"]],
  ["linux/arm64", ["linux/arm64/v9", "linux/arm64/v8"], ["linux/arm64/v8"]],
  ["linux/riscv64", ["linux/riscv64", "linux/riscv64/rva23u64"], ["linux/riscv64"]],
  ["windows/amd64", ["windows/amd64:10", "windows/amd64:11"], ["windows/amd64:10", "windows/amd64:11"]],
  ["linux/s390x", ["linux/amd64"], []],
])("for %s, of %j the nearest are %j", (wanted, offered, expected) => {
  const found = nearest(offered, parsePlatform, parsePlatform(wanted));
  expect(found).toEqual(expected);
  expect(nearest([...offered].reverse(), parsePlatform, parsePlatform(wanted))).toEqual([...expected].reverse());
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
    { os: "unknown", architecture: "unknown" },
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
  ["linux/arm", "linux/arm/v7", true],
  ["linux/arm", "linux/arm/v6", false],
  ["linux/amd64", "linux/amd64/v1", true],
  ["linux/amd64/v1", "linux/amd64", true],
  ["linux/amd64/v3", "linux/amd64", true],
  ["linux/amd64", "linux/amd64/v3", false],
  ["windows/amd64:10.0.20348.2700", "windows/amd64", true],
  ["windows/amd64:10.0.20348.2700", "windows/amd64:10.0.20348", true],
  ["windows/amd64:10.0.20348.2700", "windows/amd64:10.0.20348.2700", true],
  ["windows/amd64:10.0.20348.2700", "windows/amd64:10.0.2034", false],
  ["windows/amd64", "windows/amd64:10.0.20348", false],
  ["linux/arm64", "linux/amd64", false],
  ["windows/amd64", "linux/amd64", false],
])("an image for %s satisfies %s: %s", (offered, wanted, answer) => {
  expect(satisfies(parsePlatform(offered), parsePlatform(wanted))).toBe(answer);
});

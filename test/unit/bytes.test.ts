import { describe, expect, it } from "vitest";
import { formatBytes, formatCount, parseBytes } from "../../packages/core/src/bytes.ts";

describe("parseBytes", () => {
  it.each([
    ["0", 0],
    ["4096", 4096],
    [" 10 MB ", 10_000_000],
    ["10mb", 10_000_000],
    ["1 kB", 1000],
    ["1KB", 1000],
    ["1.5 GiB", 1_610_612_736],
    ["2KiB", 2048],
    ["1 TiB", 1_099_511_627_776],
    ["1TB", 1_000_000_000_000],
    ["7 B", 7],
    ["0.0004 kB", 0],
  ])("reads %j as %d", (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each([
    "",
    "MB",
    "1 K",
    "1M",
    "-1",
    "1,5 MB",
    "1e3",
    "1 MB x",
    ".5 MB",
    "1.",
    "0x10",
    "Infinity",
    "9007199254740992",
    "9999 TiB",
  ])("refuses %j", (text) => {
    expect(parseBytes(text)).toBeNull();
  });
});

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [1, "1 B"],
    [999, "999 B"],
    [1000, "1.00 kB"],
    [1004, "1.00 kB"],
    [1234, "1.23 kB"],
    [999_499, "999 kB"],
    [999_500, "1.00 MB"],
    [999_999, "1.00 MB"],
    [7_792_915, "7.79 MB"],
    [123_456_789, "123 MB"],
    [2_000_000_000, "2.00 GB"],
    [12_340, "12.3 kB"],
    [99_960, "100 kB"],
    [1_230_000_000_000, "1.23 TB"],
    [-1234, "-1.23 kB"],
    [-1, "-1 B"],
  ])("writes %d as %j", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it("can be read again, to three digits", () => {
    for (const bytes of [1, 999, 1000, 54_321, 999_999, 12_345_678, 98_765_432_100]) {
      expect(Math.abs((parseBytes(formatBytes(bytes)) ?? Number.NaN) / bytes - 1)).toBeLessThan(0.005);
    }
  });
});

describe("formatCount", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1000, "1,000"],
    [1_234_567, "1,234,567"],
    [-1234, "-1,234"],
  ])("writes %d as %j", (count, text) => {
    expect(formatCount(count)).toBe(text);
  });
});

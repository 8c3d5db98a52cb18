import { type BigIntStats, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fileStamp } from "../../../packages/core/src/source/file-stamp.ts";
import { temporaryFile } from "../../support/analyze-files.ts";

/** What a file system tells of a file that was changed so many milliseconds ago. */
function statsOf(changedAgoMs: number, fraction: bigint, more: Partial<BigIntStats> = {}): BigIntStats {
  const seconds = BigInt(Math.floor((Date.now() - changedAgoMs) / 1000));
  const ctimeNs =
    fraction === 0n ? seconds * 1_000_000_000n : BigInt(Date.now() - changedAgoMs) * 1_000_000n + fraction;
  return { ino: 7n, size: 100n, mtimeNs: 1n, ctimeNs, ...more } as BigIntStats;
}

describe("the stamp of a file", () => {
  test.each([
    ["just now", 0, 1n, false],
    ["a tenth of a second ago, nearly", 60, 1n, false],
    ["a second ago", 1000, 1n, true],
    ["a second ago, where times are whole seconds", 900, 0n, false],
    ["four seconds ago, where times are whole seconds", 4000, 0n, true],
    ["in the future, by another clock", -3_600_000, 1n, false],
  ] as const)("that was changed %s", (_, agoMs, fraction, relied) => {
    expect(fileStamp("/f", statsOf(agoMs, fraction)) !== null).toBe(relied);
  });

  test("changes with whatever is told of it", () => {
    const stats = statsOf(10_000, 1n);
    const others = [
      fileStamp("/g", stats),
      fileStamp("/f", { ...stats, ino: 8n } as BigIntStats),
      fileStamp("/f", { ...stats, size: 101n } as BigIntStats),
      fileStamp("/f", { ...stats, mtimeNs: 2n } as BigIntStats),
      fileStamp("/f", { ...stats, ctimeNs: stats.ctimeNs + 1n } as BigIntStats),
    ];
    expect(new Set([fileStamp("/f", stats), ...others]).size).toBe(6);
    expect(fileStamp("/f", { ...stats })).toBe(fileStamp("/f", stats));
  });

  test("is none of a real file that was just written", () => {
    const path = temporaryFile("f", Buffer.alloc(1));
    writeFileSync(path, "x");
    const stats = statSync(path, { bigint: true });
    // However long it took to get here, by the file's own time it is now.
    const age = Date.now() - Number(stats.ctimeNs / 1_000_000n);
    if (age < 50) expect(fileStamp(path, stats)).toBeNull();
    expect(age).toBeGreaterThan(-50);
  });
});

import type { BigIntStats } from "node:fs";

/*
 * A file system's clock ticks: a file that was changed twice within one tick looks the same after both. Where times are
 * whole seconds the tick may be two of them (FAT), else a few milliseconds.
 */
const FINE_TICK_MS = 100;
const COARSE_TICK_MS = 2_000;

/**
 * What tells, without reading it, that a file is the one that was read before: its path, inode, size and times. null
 * where it was changed so recently that another change might go unseen.
 */
export function fileStamp(path: string, { ino, size, mtimeNs, ctimeNs }: BigIntStats): string | null {
  const tick = ctimeNs % 1_000_000_000n === 0n ? COARSE_TICK_MS : FINE_TICK_MS;
  // Nobody can set the time of the last change, as they can that of the last modification.
  const age = Date.now() - Number(ctimeNs / 1_000_000n);
  return age < tick ? null : JSON.stringify([path, String(ino), String(size), String(mtimeNs), String(ctimeNs)]);
}

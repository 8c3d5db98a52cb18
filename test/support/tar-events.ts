import { createHash } from "node:crypto";
import { type Limits, limitsFrom } from "../../packages/core/src/archive/limits.ts";
import { TYPE } from "../../packages/core/src/archive/tar-header.ts";
import { type TarEntry, TarScanner, type TarVisitor } from "../../packages/core/src/archive/tar-scanner.ts";

export interface SeenEntry extends TarEntry {
  end: number;
  /** Logical contents. */
  contentBytes: number;
  sha256: string;
}

export interface Seen {
  readonly entries: SeenEntry[];
  readonly loneZeroBlocks: number[];
  readonly terminated: boolean;
  readonly offset: number;
}

interface Options {
  readonly chunkBytes?: number;
  readonly limits?: Partial<Limits>;
  /** Contents are skipped over where the scanner allows it. */
  readonly skip?: boolean;
}

/** Everything that the scanner tells about a tar. */
export function scan(tar: Uint8Array, { chunkBytes = tar.length || 1, limits = {}, skip = false }: Options = {}): Seen {
  const entries: SeenEntry[] = [];
  const loneZeroBlocks: number[] = [];
  let hash = createHash("sha256");
  let contentBytes = 0;
  const visitor: TarVisitor = {
    entry(entry) {
      entries.push({ ...entry, end: -1, contentBytes: 0, sha256: "" });
      hash = createHash("sha256");
      contentBytes = 0;
      return !skip && entry.type === TYPE.regular;
    },
    data(bytes) {
      hash.update(bytes);
      contentBytes += bytes.length;
    },
    entryEnd(offset) {
      const last = entries.at(-1);
      if (last === undefined || last.end >= 0) throw new Error("an end without an entry");
      Object.assign(last, { end: offset, contentBytes, sha256: hash.digest("hex") });
    },
    loneZeroBlock(offset) {
      loneZeroBlocks.push(offset);
    },
  };
  const scanner = new TarScanner(visitor, limitsFrom(limits), "it");
  while (scanner.offset < tar.length) {
    scanner.push(tar.subarray(scanner.offset, scanner.offset + chunkBytes));
    const skippable = Math.min(scanner.skippable, tar.length - scanner.offset);
    if (skip && skippable > 0) scanner.skip(skippable);
  }
  scanner.finish();
  return { entries, loneZeroBlocks, terminated: scanner.terminated, offset: scanner.offset };
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Image } from "../../../packages/core/src/image/image.ts";
import { limitSummary, summarizeLedger } from "../../../packages/core/src/ledger/analysis.ts";
import { findEqualContent } from "../../../packages/core/src/ledger/equal-content.ts";
import {
  FORMAT_OVERHEAD,
  groupByDirectory,
  groupByInstruction,
  groupByLayer,
  NO_INSTRUCTION,
} from "../../../packages/core/src/ledger/group.ts";
import { sumKnown, weigh } from "../../../packages/core/src/ledger/ledger.ts";
import { imageOf, imageOfBlobs } from "../../support/layers.ts";
import { dir, file, hardlink, opaque, tarBytes, whiteout } from "../../support/tar-bytes.ts";
import { sha256 } from "../../support/tar-events.ts";

/** Two layers in which each fate comes once, every time with another number of bytes. */
const LOWER = [
  file("live", "1"),
  file("over", "22"),
  file("meta", "4444"),
  file("del", "8".repeat(8)),
  file("d/opq", "6".repeat(16)),
];
const UPPER = [
  file("over", "x".repeat(100)),
  file("meta", "4444"),
  whiteout("del"),
  opaque("d"),
  file("dup", "d".repeat(32)),
  file("dup", ""),
];

/** The same image, its layers made by instructions. */
function withHistory(image: Image, ...texts: (string | null)[]): Image {
  const layers = texts.map((text, i) => ({
    historyIndex: text === null ? null : i + 10,
    instruction: text === null ? null : { text },
    confidence: "high",
  }));
  return { ...image, history: { layers, mismatch: null } as unknown as Image["history"] };
}

describe("summarize", () => {
  it("gives every byte its fate", async () => {
    const analysis = summarizeLedger(weigh(await imageOf(LOWER, UPPER)));
    expect(analysis.sizes).toMatchObject({ contentBytes: 167, rootfsBytes: 105, blobBytes: null });
    expect(analysis.waste).toEqual({
      bytes: 62,
      overwrittenBytes: 2,
      metadataOnlyBytes: 4,
      deletedBytes: 8,
      opaqueHiddenBytes: 16,
      duplicateEntryBytes: 32,
    });
    expect(analysis.efficiency).toBe(105 / 167);
    expect(
      analysis.layers.map(({ contentBytes, liveBytes, duplicateEntryBytes }) => [
        contentBytes,
        liveBytes,
        duplicateEntryBytes,
      ]),
    ).toEqual([
      [31, 1, 0],
      [136, 104, 32],
    ]);
    expect(analysis.wasted).toEqual([
      { path: "/dup", bytes: 32, fate: "duplicate-entry", addedIn: 1, removedIn: 1 },
      { path: "/d/opq", bytes: 16, fate: "opaque-hidden", addedIn: 0, removedIn: 1 },
      { path: "/del", bytes: 8, fate: "deleted", addedIn: 0, removedIn: 1 },
      { path: "/meta", bytes: 4, fate: "metadata-only", addedIn: 0, removedIn: 1 },
      { path: "/over", bytes: 2, fate: "overwritten", addedIn: 0, removedIn: 1 },
    ]);
    expect(analysis.largestFiles.map(({ path, bytes, layer }) => [path, bytes, layer])).toEqual([
      ["/over", 100, 1],
      ["/meta", 4, 1],
      ["/live", 1, 0],
    ]);
  });

  it("counts no bytes for whiteouts, directories and links, whatever their size fields say", async () => {
    const analysis = summarizeLedger(
      weigh(
        await imageOf([
          { ...dir("d"), size: 4096 },
          { name: "h", type: "link", link: "d", size: 77 },
          { ...whiteout("x"), content: "bytes" },
        ]),
      ),
    );
    expect(analysis.sizes.contentBytes).toBe(0);
    expect(analysis.efficiency).toBe(1);
  });

  it("counts a sparse file by its logical size", async () => {
    const sparse = { form: "gnu", size: 1_000_000, fragments: [[0, "x"]] } as const;
    expect(summarizeLedger(weigh(await imageOf([{ name: "s", sparse }]))).sizes.contentBytes).toBe(1_000_000);
  });

  it("lists equal sizes by path, and the same path by layer", async () => {
    const { wasted } = summarizeLedger(
      weigh(
        await imageOf(
          [file("b", "1"), file("a", "2")],
          [file("b", "3"), file("a", "4")],
          [whiteout("a"), whiteout("b")],
        ),
      ),
    );
    expect(wasted.map(({ path, addedIn }) => `${path} ${addedIn}`)).toEqual(["/a 0", "/a 1", "/b 0", "/b 1"]);
  });

  it("shows a hundred largest files, and counts the rest", async () => {
    const files = Array.from({ length: 130 }, (_, i) =>
      file(`f${String(i).padStart(3, "0")}`, "x".repeat(i < 60 ? 50 : 7)),
    );
    const expected = files.slice(0, 100).map(({ name }) => `/${name}`);
    const shuffled = files.map((_, i) => files[(i * 37) % files.length] as (typeof files)[0]);
    for (const order of [files, files.toReversed(), shuffled]) {
      const { largestFiles, omitted } = summarizeLedger(weigh(await imageOf(order)));
      expect(largestFiles.map(({ path }) => path)).toEqual(expected);
      expect(largestFiles.at(-1)).toMatchObject({ path: "/f099", bytes: 7 });
      expect(omitted).toEqual({ largestFiles: { count: 30, bytes: 210 } });
    }
  });

  it("takes an image without layers", async () => {
    const analysis = summarizeLedger(weigh(await imageOf()));
    expect(analysis).toMatchObject({
      sizes: { contentBytes: 0, blobBytes: 0, rootfsBytes: 0 },
      efficiency: 1,
      wasted: [],
      layers: [],
    });
  });

  it("does not know the blob bytes of an image of which one layer came as a plain tar", async () => {
    const [plain, packed] = [tarBytes(LOWER), gzipSync(tarBytes(UPPER))];
    const { sizes, layers, groups } = summarizeLedger(weigh(await imageOfBlobs(plain, packed)));
    expect(sizes.blobBytes).toBeNull();
    expect(layers.map(({ blobBytes }) => blobBytes)).toEqual([null, packed.length]);
    expect(groups.directory.every(({ blobBytes }) => blobBytes === null)).toBe(true);
  });
});

describe("limitLists", () => {
  it("cuts lists, never layers, and says what is left out", async () => {
    const whole = summarizeLedger(weigh(await imageOf(LOWER, UPPER)));
    const cut = limitSummary(whole, 2);
    expect(cut.wasted).toEqual(whole.wasted.slice(0, 2));
    expect(cut.layers).toHaveLength(2);
    expect(cut.omitted).toEqual({ wasted: { count: 3, bytes: 14 }, largestFiles: { count: 1, bytes: 1 } });
    expect(limitSummary(whole, 5)).toEqual(whole);
    expect(limitSummary(whole, 0).omitted["wasted"]).toEqual({ count: 5, bytes: 62 });
  });

  it("adds to what was left out before", async () => {
    const files = Array.from({ length: 103 }, (_, i) => file(`f${i}`, "xx"));
    const cut = limitSummary(summarizeLedger(weigh(await imageOf(files))), 90);
    expect(cut.omitted["largestFiles"]).toEqual({ count: 13, bytes: 26 });
  });
});

describe("groups", () => {
  it("by layer and by instruction", async () => {
    const image = withHistory(await imageOf(LOWER, UPPER, [], [file("n", "1")]), "COPY a /", "RUN b", null, null);
    const ledger = weigh(image);
    expect(
      groupByLayer(ledger).map(({ key, contentBytes, liveBytes, wastedBytes }) => [
        key,
        contentBytes,
        liveBytes,
        wastedBytes,
      ]),
    ).toEqual([
      ["0", 31, 1, 30],
      ["1", 136, 104, 32],
      ["2", 0, 0, 0],
      ["3", 1, 1, 0],
    ]);
    expect(groupByInstruction(ledger).map(({ key, contentBytes }) => [key, contentBytes])).toEqual([
      ["10 COPY a /", 31],
      ["11 RUN b", 136],
      [NO_INSTRUCTION, 1],
    ]);
  });

  it("by directory: what lies directly in it, by where it is written, dead or alive", async () => {
    const ledger = weigh(
      await imageOf(
        [
          dir("usr/lib"),
          { name: "lib", type: "symlink", link: "usr/lib" },
          file("lib/x", "1"),
          file("d/e/y", "22"),
          file("top", "333"),
        ],
        [whiteout("d"), file("usr/lib/x", "4444"), hardlink("other/top", "top")],
        [whiteout("top")],
      ),
    );
    expect(
      groupByDirectory(ledger).map(({ key, contentBytes, liveBytes, wastedBytes }) => [
        key,
        contentBytes,
        liveBytes,
        wastedBytes,
      ]),
    ).toEqual([
      ["/usr/lib", 5, 4, 1],
      ["/other", 3, 3, 0],
      ["/d/e", 2, 0, 2],
      ["/", 0, 0, 0],
      ["/usr", 0, 0, 0],
    ]);
  });

  it("keep directories apart that only look alike", async () => {
    const entries = [0xff, 0xfe].map((byte) => ({ name: Buffer.from([0x64, byte, 0x2f, 0x78]), content: "1" }));
    const keys = groupByDirectory(weigh(await imageOf(entries))).map(({ key }) => key);
    expect(keys).toEqual(["/d\ufffd [base64 L2T+]", "/d\ufffd [base64 L2T/]"]);
  });

  it("keep a directory apart whose name looks like the key of another", async () => {
    // The key of the directory before it, as a name. Its own bytes: 2f 64 ef bf bd 20 5b … 5d.
    const lookalike = Buffer.from("d\ufffd [base64 L2T+]/x");
    const entries = [Buffer.from([0x64, 0xfe, 0x2f, 0x78]), lookalike].map((name) => ({ name, content: "1" }));
    const keys = groupByDirectory(weigh(await imageOf(entries))).map(({ key }) => key);
    expect(keys).toEqual(["/d\ufffd [base64 L2T+]", "/d\ufffd [base64 L2T+] [base64 L2Tvv70gW2Jhc2U2NCBMMlQrXQ==]"]);
  });

  it("count headers with their entries, and the tar's end as overhead", async () => {
    const tar = tarBytes([dir("d"), file("d/x", "1")]);
    const blob = gzipSync(tar, { level: 0 });
    const rows = groupByDirectory(weigh(await imageOfBlobs(blob)));
    // One step: the directory's 512 of 2,560 bytes, the file's 1,024 and, as the last entry, what rounding left.
    const share = (bytes: number): number => Math.floor((blob.length * bytes) / tar.length);
    expect(Object.fromEntries(rows.map(({ key, blobBytes }) => [key, blobBytes]))).toEqual({
      "/d": blob.length - share(512) - share(1024),
      "/": share(512),
      [FORMAT_OVERHEAD]: share(1024),
    });
  });
});

describe("findEqualContent", () => {
  it("finds live files of one content, the costliest first; links of one file are one", async () => {
    const ledger = weigh(
      await imageOf(
        [file("a", "same"), file("b", "same"), hardlink("c", "a"), file("x", "longer same"), file("e1"), file("e2")],
        [file("y", "longer same"), file("z", "same"), file("b", "other"), file("lone", "1")],
      ),
    );
    expect(findEqualContent(ledger)).toEqual([
      {
        sha256: sha256("longer same"),
        bytes: 11,
        files: [
          { path: "/x", layer: 0 },
          { path: "/y", layer: 1 },
        ],
      },
      {
        sha256: sha256("same"),
        bytes: 4,
        files: [
          { path: "/a", layer: 0 },
          { path: "/z", layer: 1 },
        ],
      },
    ]);
  });
});

it("sums a column as long as all of it is known", () => {
  expect(sumKnown([1, 2])).toBe(3);
  expect(sumKnown([])).toBe(0);
  expect(sumKnown([1, null])).toBeNull();
});

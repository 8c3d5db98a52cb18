import { describe, expect, it } from "vitest";
import { unzstd } from "../../../packages/core/src/archive/zstd.ts";
import { has, run } from "../../support/programs.ts";
import { chunked, Recorder, Source } from "../../support/streams.ts";
import { filler } from "../../support/tar-bytes.ts";
import { zstdFrame, zstdFrames, zstdSkippable } from "../../support/zstd-bytes.ts";

async function inflate(bytes: Uint8Array, chunkBytes?: number): Promise<Recorder> {
  const sink = new Recorder();
  await unzstd(chunked(bytes, chunkBytes), sink, "it");
  return sink;
}

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

interface Block {
  readonly type: 0 | 1 | 3;
  readonly size: number;
  readonly body: Uint8Array;
}

const raw = (text: string): Block => ({ type: 0, size: text.length, body: Buffer.from(text) });
const repeat = (character: string, size: number): Block => ({ type: 1, size, body: Buffer.from(character) });

/** A frame with any header; the blocks are as given, the last one marked. */
function frame(header: readonly number[], blocks: readonly Block[], after: readonly number[] = []): Buffer {
  const parts = blocks.map(({ type, size, body }, i) => {
    const head = Buffer.alloc(3);
    head.writeUIntLE((size << 3) | (type << 1) | (i === blocks.length - 1 ? 1 : 0), 0, 3);
    return Buffer.concat([head, body]);
  });
  return Buffer.concat([Buffer.from([...MAGIC, ...header]), ...parts, Buffer.from(after)]);
}

/** Header bytes: the descriptor, then window, dictionary and content size, as RFC 8878 §3.1.1.1 has them. */
const WINDOW_1K = [0x00, 0x00];

describe("unzstd", () => {
  it("inflates raw and repeated blocks, a step each; the header goes with the first", async () => {
    const blob = frame(WINDOW_1K, [raw("hello "), repeat("x", 3), raw(""), raw(" world")]);
    const { bytes, steps } = await inflate(blob);
    expect(bytes.toString()).toBe("hello xxx world");
    // 6 bytes of header, 3 for each block's own, and its body.
    expect(steps).toEqual([
      [15, 6],
      [4, 9],
      [3, 9],
      [9, 15],
    ]);
  });

  it.each([
    ["a window", [0x00, 0x00]],
    ["one segment, size in 1 byte", [0x20, 5]],
    ["one segment, size in 4", [0xa0, 5, 0, 0, 0]],
    ["one segment, size in 8", [0xe0, 5, 0, 0, 0, 0, 0, 0, 0]],
    ["a window, size in 4", [0x80, 0x08, 5, 0, 0, 0]],
    ["a window, size in 8", [0xc0, 0x08, 5, 0, 0, 0, 0, 0, 0, 0]],
    ["a dictionary that is none, 1 byte", [0x01, 0x00, 0]],
    ["a dictionary that is none, 4 bytes", [0x23, 0, 0, 0, 0, 5]],
  ])("reads a header with %s", async (_, header) => {
    const blob = frame(header, [raw("hello")]);
    const sink = await inflate(blob);
    expect(sink.bytes.toString()).toBe("hello");
    expect(sink.steps).toEqual([[blob.length, 5]]);
  });

  it("reads a content size of 2 bytes, which is 256 more than it says", async () => {
    const blob = frame([0x60, 44, 0], [repeat("z", 300)]);
    expect((await inflate(blob)).bytes.toString()).toBe("z".repeat(300));
  });

  it("inflates frames one after another, and passes over skippable ones", async () => {
    const parts = [
      zstdSkippable(Buffer.from("table"), 15),
      frame(WINDOW_1K, [raw("a")]),
      zstdSkippable(Buffer.alloc(0)),
      frame(WINDOW_1K, [raw("")]),
      frame(WINDOW_1K, [raw("bc")]),
      zstdSkippable(filler(300_000), 3),
    ];
    const blob = Buffer.concat(parts);
    for (const size of [1, 2, 3, 5, 7, 4096, blob.length]) {
      const { bytes, steps } = await inflate(blob, size);
      expect(bytes.toString()).toBe("abc");
      // A skippable frame's header is a step, and its body in stretches of 256 KiB.
      expect(steps).toEqual([
        [8, 0],
        [5, 0],
        [10, 1],
        [8, 1],
        [9, 1],
        [11, 3],
        [8, 3],
        [262_144, 3],
        [37_856, 3],
      ]);
    }
  });

  it("says truncated at every byte inside a frame", async () => {
    // The low half of XXH64 of "hello" (RFC 8878 §3.1.1); Node's own decoder looks at it.
    const checksum = [0xa3, 0x6d, 0x9f, 0x88];
    const blob = Buffer.concat([
      frame([0x24, 5], [raw("he"), repeat("l", 2), raw("o")], checksum),
      zstdSkippable(Buffer.from("abc")),
    ]);
    const end = blob.length - 11;
    for (let length = 1; length < blob.length; length++) {
      if (length === end) continue;
      await expect(inflate(blob.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({
        code: "ARCHIVE_TRUNCATED",
      });
    }
  });

  it("takes no bytes for no frames", async () => {
    expect((await inflate(Buffer.alloc(0))).steps).toEqual([]);
  });

  it.each([
    ["a dictionary", frame([0x01, 0x00, 7], [raw("x")]), "UNSUPPORTED_COMPRESSION"],
    ["a dictionary of 4 bytes", frame([0x23, 0, 0, 0, 1, 1], [raw("x")]), "UNSUPPORTED_COMPRESSION"],
    ["a window above 128 MiB", frame([0x00, (17 << 3) | 1], [raw("x")]), "UNSUPPORTED_COMPRESSION"],
    ["the largest window there is", frame([0x00, 0xff], [raw("x")]), "UNSUPPORTED_COMPRESSION"],
    ["one segment above 128 MiB", frame([0xa0, 1, 0, 0, 8], [raw("x")]), "UNSUPPORTED_COMPRESSION"],
    ["one segment of 2⁶³", frame([0xe0, 0, 0, 0, 0, 0, 0, 0, 0x80], [raw("x")]), "UNSUPPORTED_COMPRESSION"],
    ["the reserved block type", frame(WINDOW_1K, [{ type: 3, size: 1, body: Buffer.from("x") }]), "ARCHIVE_MALFORMED"],
    ["the reserved bit", frame([0x08, 0x00], [raw("x")]), "ARCHIVE_MALFORMED"],
    ["a content size that is not so", frame([0x20, 5], [raw("x")]), "ARCHIVE_MALFORMED"],
    ["no frame at all", Buffer.from("garbage!"), "ARCHIVE_MALFORMED"],
    [
      "garbage behind a frame",
      Buffer.concat([frame(WINDOW_1K, [raw("x")]), Buffer.from("garbage")]),
      "ARCHIVE_MALFORMED",
    ],
    ["zeros behind a frame", Buffer.concat([frame(WINDOW_1K, [raw("x")]), Buffer.alloc(8)]), "ARCHIVE_MALFORMED"],
  ])("refuses %s", async (_, blob, code) => {
    await expect(inflate(blob)).rejects.toMatchObject({ code });
  });

  it("takes a window of exactly 128 MiB", async () => {
    expect((await inflate(frame([0x00, 17 << 3], [raw("x")]))).bytes.toString()).toBe("x");
  });

  it("spends no time on the windows of small frames", async () => {
    // 128 MiB each: moved once per block, they would take minutes.
    const one = frame([0x00, 17 << 3], [raw("x")]);
    const { bytes } = await inflate(Buffer.concat(Array.from({ length: 2000 }, () => one)));
    expect(bytes.toString()).toBe("x".repeat(2000));
  });

  it("ends with what the sink throws, and releases the input", async () => {
    const blob = zstdFrames(filler(2_000_000), 2);
    const source = new Source(blob, 65_536);
    const failure = new Error("enough");
    const sink = {
      output: () => {
        throw failure;
      },
      step: () => {},
    };
    await expect(unzstd(source, sink, "it")).rejects.toBe(failure);
    expect(source.released).toBe(true);
    // The first blocks of a frame are looked at together, before anything is decoded.
    expect(source.taken).toBeLessThan(blob.length / 2);
  });

  it("ends with what the input throws", async () => {
    const failure = new Error("unplugged");
    await expect(
      unzstd(new Source(zstdFrame(filler(1000)).subarray(0, 100), 5, failure), new Recorder(), "it"),
    ).rejects.toBe(failure);
  });
});

describe.skipIf(!has("zstd"))("against zstd", () => {
  const text = Buffer.from(Array.from({ length: 60_000 }, (_, i) => `line ${(i * 7919) % 10_007} of text\n`).join(""));
  const mixed = Buffer.concat([text.subarray(0, 200_000), Buffer.alloc(300_000), filler(200_000), text]);
  const contents = {
    nothing: Buffer.alloc(0),
    "one byte": Buffer.from("a"),
    "a line": text.subarray(0, 300),
    text,
    mixed,
  };
  const options = [["-1"], ["-19"], ["--no-check"], ["--long=24"], ["-3", "-B1048576"]];
  it.each(Object.entries(contents))("inflates what it makes of %s", async (_, content) => {
    for (const option of options) {
      const blob = run("zstd", ["-q", "-c", ...option], content);
      const whole = await inflate(blob);
      expect(whole.bytes.equals(content)).toBe(true);
      expect(whole.steps.reduce((sum, [input]) => sum + input, 0)).toBe(blob.length);
      expect((await inflate(blob, 1000)).steps).toEqual(whole.steps);
    }
  });

  it("gives all output of a block with its step", async () => {
    const blob = run("zstd", ["-q", "-c", "-3"], mixed);
    const { steps } = await inflate(blob);
    // Blocks are of 128 KiB but for the last one, unless the compressor splits them, which level 3 does not.
    expect(steps.map(([, produced]) => produced)).toEqual(
      steps.map((_, i) => Math.min(mixed.length, (i + 1) * 131_072)),
    );
  });

  it("finds damage in compressed blocks", async () => {
    const blob = run("zstd", ["-q", "-c"], text);
    let found = 0;
    for (let at = 20; at < 40; at++) {
      const damaged = Buffer.from(blob);
      damaged[at] = (damaged[at] as number) ^ 0x55;
      const result = await inflate(damaged).catch((error: unknown) => error);
      // Not every bit tells: what the decoder lets pass, the layer's digest finds.
      if (result instanceof Error) {
        expect(result).toMatchObject({ code: expect.stringMatching(/^ARCHIVE_(MALFORMED|TRUNCATED)$/) });
        found++;
      }
    }
    expect(found).toBeGreaterThan(0);
  });
});

import { spawnSync } from "node:child_process";
import { deflateRawSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { GZIP_STEP_BYTES, gunzip } from "../../../packages/core/src/archive/gzip.ts";
import { has, run } from "../../support/programs.ts";
import { chunked, Recorder, Source } from "../../support/streams.ts";
import { filler } from "../../support/tar-bytes.ts";

const HELLO = gzipSync("hello ");
const WORLD = gzipSync("world");

async function inflate(bytes: Uint8Array, chunkBytes?: number): Promise<Recorder> {
  const sink = new Recorder();
  await gunzip(chunked(bytes, chunkBytes), sink, "it");
  return sink;
}

/** A member of exactly `length` bytes, uncompressible: stored blocks of at most 65,535 bytes. */
function memberOf(length: number): Buffer {
  for (let size = length - 18; size > length - 200; size--) {
    const member = gzipSync(filler(size), { level: 0 });
    if (member.length === length) return member;
  }
  throw new Error("no such member");
}

describe("gunzip", () => {
  it("inflates members one after another, however they are cut", async () => {
    const both = Buffer.concat([HELLO, WORLD]);
    for (let size = 1; size <= both.length; size++) {
      const { bytes, steps } = await inflate(both, size);
      expect(bytes.toString()).toBe("hello world");
      expect(steps).toEqual([[both.length, 11]]);
    }
  });

  it("passes over header fields: extra, name, comment, header checksum", async () => {
    const head = Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 255]);
    const fields = Buffer.concat([Buffer.from([2, 0, 0x53, 0x47]), Buffer.from("name\0comment\0")]);
    const before = Buffer.concat([head, fields]);
    const check = Buffer.alloc(2);
    check.writeUInt16LE(crc(before) & 0xffff);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc(Buffer.from("x")), 0);
    trailer.writeUInt32LE(1, 4);
    const member = Buffer.concat([before, check, deflateRawSync("x"), trailer]);
    expect((await inflate(member)).bytes.toString()).toBe("x");
  });

  it("takes empty members", async () => {
    const empty = gzipSync("");
    expect((await inflate(empty)).bytes).toHaveLength(0);
    expect((await inflate(Buffer.concat([empty, HELLO, empty, empty, WORLD, empty]))).bytes.toString()).toBe(
      "hello world",
    );
  });

  it.each([1, 10, 512, GZIP_STEP_BYTES, GZIP_STEP_BYTES * 2 + 7])(
    "takes %d zeros behind the last member",
    async (zeros) => {
      const { bytes, steps } = await inflate(Buffer.concat([HELLO, Buffer.alloc(zeros)]));
      expect(bytes.toString()).toBe("hello ");
      expect(steps.reduce((sum, [input]) => sum + input, 0)).toBe(HELLO.length + zeros);
    },
  );

  describe("where a member ends with a step", () => {
    const member = memberOf(GZIP_STEP_BYTES);
    it.each([
      ["nothing", Buffer.alloc(0), 1, 0],
      ["another member", WORLD, 2, 5],
      ["a few zeros", Buffer.alloc(5), 2, 0],
      ["many zeros", Buffer.alloc(GZIP_STEP_BYTES + 1), 3, 0],
    ])("takes %s behind it", async (_, behind, steps, more) => {
      const sink = await inflate(Buffer.concat([member, behind]), 1000);
      expect(sink.steps).toHaveLength(steps);
      expect(sink.produced).toBe((sink.steps[0]?.[1] ?? 0) + more);
    });

    it.each(["xx", "\x00\x00\x00x", "\x1f\x8bxxxxxxxxxxxxxx"])("refuses %j behind it", async (behind) => {
      const damaged = Buffer.concat([member, Buffer.from(behind, "latin1")]);
      await expect(inflate(damaged)).rejects.toMatchObject({ code: "ARCHIVE_MALFORMED" });
    });
  });

  it.each(["garbage", "\0garbage", `${"\0".repeat(600_000)}x`])(
    "refuses what is neither a member nor zeros",
    async (behind) => {
      await expect(inflate(Buffer.concat([HELLO, Buffer.from(behind)]))).rejects.toMatchObject({
        code: "ARCHIVE_MALFORMED",
      });
    },
  );

  it("refuses a member behind padding", async () => {
    const padded = Buffer.concat([HELLO, Buffer.alloc(3), WORLD]);
    await expect(inflate(padded)).rejects.toMatchObject({ code: "ARCHIVE_MALFORMED" });
  });

  it("finds a stream cut short at any byte", async () => {
    const both = Buffer.concat([HELLO, WORLD]);
    for (let length = 0; length < both.length; length++) {
      if (length === HELLO.length) continue;
      await expect(inflate(both.subarray(0, length))).rejects.toMatchObject({ code: "ARCHIVE_TRUNCATED" });
    }
  });

  it("finds damage: magic, method, data, checksum, length", async () => {
    for (const [at, value] of [
      [0, 0x1e],
      [2, 7],
      [10, 0xff],
      [HELLO.length - 8, 1],
      [HELLO.length - 4, 1],
    ] as const) {
      const damaged = Buffer.from(HELLO);
      damaged[at] = (damaged[at] as number) ^ value;
      await expect(inflate(damaged)).rejects.toMatchObject({ code: "ARCHIVE_MALFORMED" });
    }
  });

  it("ends with what the sink throws, and releases the input", async () => {
    const source = new Source(gzipSync(filler(2_000_000)), 65_536);
    const failure = new Error("enough");
    const sink = {
      output: () => {
        throw failure;
      },
      step: () => {},
    };
    await expect(gunzip(source, sink, "it")).rejects.toBe(failure);
    expect(source.released).toBe(true);
    expect(source.taken).toBeLessThan(GZIP_STEP_BYTES + 65_536 + 1);
  });

  it("ends with what the input throws", async () => {
    const failure = new Error("unplugged");
    await expect(gunzip(new Source(HELLO, 5, failure), new Recorder(), "it")).rejects.toBe(failure);
  });

  it("steps alike however the input is cut", async () => {
    const blob = gzipSync(Buffer.concat([filler(700_000), Buffer.alloc(900_000), filler(300_000, 2)]), { level: 1 });
    const whole = await inflate(blob);
    expect(whole.steps.length).toBeGreaterThan(3);
    for (const size of [777, 65_536, GZIP_STEP_BYTES, GZIP_STEP_BYTES + 1]) {
      const sink = await inflate(blob, size);
      expect(sink.steps).toEqual(whole.steps);
      expect(sink.bytes.equals(whole.bytes)).toBe(true);
    }
  });
});

/** python's zlib, given the same stretches of input: how much has come out after each. */
const ORACLE = `
import sys, zlib
data = sys.stdin.buffer.read()
inflater = zlib.decompressobj(31)
produced = 0
for at in range(0, len(data), ${GZIP_STEP_BYTES}):
    rest = data[at:at + ${GZIP_STEP_BYTES}]
    while rest:
        if inflater.eof:
            inflater = zlib.decompressobj(31)
        produced += len(inflater.decompress(rest))
        rest = inflater.unused_data
    print(produced)
`;

describe.skipIf(!has("python3"))("against python's zlib", () => {
  const noise = filler(1_500_000, 3);
  const text = Buffer.from(Array.from({ length: 200_000 }, (_, i) => `line ${(i * 7919) % 10_007}\n`).join(""));
  it.each([
    ["noise", gzipSync(noise)],
    ["text", gzipSync(text, { level: 9 })],
    [
      "fixed codes",
      gzipSync(
        noise.map((byte) => byte & 0x3f),
        { strategy: 4 },
      ),
    ],
    ["stored", gzipSync(noise, { level: 0 })],
    ["zeros and noise", gzipSync(Buffer.concat([Buffer.alloc(50_000_000), noise, Buffer.alloc(20_000_000)]))],
    ["members", Buffer.concat([0, 1, 2, 3, 4].map((i) => gzipSync(noise.subarray(i * 300_000, (i + 1) * 300_000))))],
  ])("the steps of %s give the same output", async (_, blob) => {
    const expected = run("python3", ["-c", ORACLE], blob).toString().trim().split("\n").map(Number);
    const { steps } = await inflate(blob, 65_536);
    expect(steps.map(([, produced]) => produced)).toEqual(expected);
    expect(steps.slice(0, -1).every(([input]) => input === GZIP_STEP_BYTES)).toBe(true);
  });
});

describe.skipIf(!has("gzip"))("against gzip", () => {
  it("inflates what it makes", async () => {
    const blob = spawnSync("gzip", ["-c", "-9"], { input: filler(100_000), maxBuffer: 2 ** 24 }).stdout;
    expect((await inflate(blob, 999)).bytes.equals(filler(100_000))).toBe(true);
  });
});

function crc(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let i = 0; i < 8; i++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

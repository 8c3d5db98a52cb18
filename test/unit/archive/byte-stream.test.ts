import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  inStepsOf,
  interruptible,
  peek,
  readAll,
  readAt,
  readRange,
} from "../../../packages/core/src/archive/byte-stream.ts";
import { chunked, collect, Source } from "../../support/streams.ts";
import { filler } from "../../support/tar-bytes.ts";

const work = mkdtempSync(join(tmpdir(), "imgweigh-bytes-"));
afterAll(() => rmSync(work, { recursive: true }));

describe("inStepsOf", () => {
  it("cuts anew, whatever the chunks; the last step is shorter", async () => {
    const bytes = filler(1000);
    for (const chunkBytes of [1, 7, 99, 100, 101, 300, 1000]) {
      const steps: Buffer[] = [];
      for await (const step of inStepsOf(100, chunked(bytes, chunkBytes))) steps.push(Buffer.from(step));
      expect(steps.map(({ length }) => length)).toEqual(Array(10).fill(100));
      expect(Buffer.concat(steps).equals(bytes)).toBe(true);
    }
    const last: number[] = [];
    for await (const step of inStepsOf(300, chunked(bytes, 64))) last.push(step.length);
    expect(last).toEqual([300, 300, 300, 100]);
  });

  it("gives nothing for nothing, and passes over empty chunks", async () => {
    expect(await collect(inStepsOf(10, chunked(new Uint8Array())))).toHaveLength(0);
    async function* gaps() {
      yield new Uint8Array();
      yield Buffer.from("ab");
      yield new Uint8Array();
      yield Buffer.from("c");
    }
    expect((await collect(inStepsOf(2, gaps()))).toString()).toBe("abc");
  });

  it("releases the input when it is left", async () => {
    const source = new Source(filler(1000), 10);
    for await (const _ of inStepsOf(50, source)) break;
    expect(source.released).toBe(true);
    expect(source.taken).toBe(50);
  });
});

describe("peek", () => {
  it("shows the beginning and loses nothing", async () => {
    const bytes = filler(100);
    for (const chunkBytes of [1, 9, 10, 11, 100]) {
      const { head, stream } = await peek(chunked(bytes, chunkBytes), 10);
      expect(head.length).toBeGreaterThanOrEqual(10);
      expect(Buffer.from(head).equals(bytes.subarray(0, head.length))).toBe(true);
      expect((await collect(stream)).equals(bytes)).toBe(true);
    }
  });

  it("shows all there is where that is less", async () => {
    const { head, stream } = await peek(chunked(Buffer.from("abc"), 1), 10);
    expect(Buffer.from(head).toString()).toBe("abc");
    expect((await collect(stream)).toString()).toBe("abc");
    expect((await peek(chunked(new Uint8Array()), 10)).head).toHaveLength(0);
  });

  it("releases the input when it is closed, left or read", async () => {
    const closed = new Source(filler(100), 10);
    await (await peek(closed, 10)).close();
    const left = new Source(filler(100), 10);
    for await (const _ of (await peek(left, 10)).stream) break;
    expect([closed.released, left.released]).toEqual([true, true]);
  });

  it("throws what the input throws", async () => {
    const failure = new Error("unplugged");
    await expect(peek(new Source(filler(5), 5, failure), 10)).rejects.toBe(failure);
    const { stream } = await peek(new Source(filler(50), 5, failure), 10);
    await expect(collect(stream)).rejects.toBe(failure);
  });
});

describe("interruptible", () => {
  it("leaves a silent input at once", async () => {
    const abort = new AbortController();
    async function* silent(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("x");
      await new Promise(() => {});
    }
    const reason = new Error("stop");
    const reading = collect(interruptible(silent(), abort.signal));
    setTimeout(() => abort.abort(reason), 10);
    await expect(reading).rejects.toBe(reason);
  });

  it("is otherwise the input", async () => {
    const source = new Source(filler(100), 7);
    expect((await collect(interruptible(source, new AbortController().signal))).equals(filler(100))).toBe(true);
    expect(source.released).toBe(true);
  });
});

describe("files", () => {
  const path = join(work, "file");
  writeFileSync(path, filler(3_000_000));

  it("are read in ranges, several at a time", async () => {
    const handle = await open(path);
    try {
      const ranges = [
        [0, 10],
        [5, 2_500_000],
        [2_999_999, 1],
        [7, 0],
      ] as const;
      const read = await Promise.all(
        ranges.map(([offset, length]) => collect(readRange(handle, offset, length, "it"))),
      );
      for (const [i, [offset, length]] of ranges.entries()) {
        expect(read[i]?.equals(filler(3_000_000).subarray(offset, offset + length))).toBe(true);
      }
    } finally {
      await handle.close();
    }
  });

  it("that are too short say so", async () => {
    const handle = await open(path);
    try {
      await expect(collect(readRange(handle, 2_999_990, 11, "it"))).rejects.toMatchObject({
        code: "ARCHIVE_TRUNCATED",
      });
      expect(await readAt(handle, 2_999_990, 100)).toHaveLength(10);
      expect(await readAt(handle, 10, 100)).toHaveLength(100);
    } finally {
      await handle.close();
    }
  });
});

it("reads all of a stream that is short enough", async () => {
  expect(await readAll(chunked(filler(100), 7), 100)).toHaveLength(100);
  const source = new Source(filler(100), 7);
  expect(await readAll(source, 99)).toBeNull();
  expect(source.released).toBe(true);
});

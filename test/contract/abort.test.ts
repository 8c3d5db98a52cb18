import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AnalyzeOptions,
  analyzeImage,
  type ImageSource,
  isImgweighError,
  type ProgressEvent,
} from "../../packages/core/src/index.ts";
import { engineSource } from "../../packages/core/src/source/engine/engine-source.ts";
import { expectReleased, inChunks, openHandles, temporaryDirectory, temporaryFile } from "../support/analyze-files.ts";
import { startFakeEngine } from "../support/fake-engine.ts";
import { type FakeRegistry, startFakeRegistry } from "../support/fake-registry.ts";
import { buildImage } from "../support/image-builder.ts";
import { file, filler } from "../support/tar-bytes.ts";
import { zstdFrames } from "../support/zstd-bytes.ts";

const image = buildImage({
  layers: [
    { entries: [file("a", filler(400_000)), file("b", filler(900, 2))], compression: "gzip" },
    { entries: [file("c", filler(300_000, 3))], compression: "zstd-frames" },
    { entries: [file("d", filler(3000, 3))], compression: "none" },
  ],
  names: ["app:1"],
});
const rootfs = buildImage({ layers: [{ entries: [file("etc/a", filler(400_000))] }] }).asRootfsTar();

let registry: FakeRegistry;
beforeAll(async () => {
  registry = await startFakeRegistry({ auth: { type: "bearer" } });
  registry.push("acme/app", "1", image);
});
afterAll(() => registry.close());

type Opened = [string | ImageSource, AnalyzeOptions?];

const SOURCES: [string, () => Opened][] = [
  ["docker-archive file", () => [temporaryFile("i.tar", image.asDockerArchive())]],
  ["docker-archive file, gzip", () => [temporaryFile("i.tar", gzipSync(image.asDockerArchive("docker25")))]],
  ["docker-archive file, zstd", () => [temporaryFile("i.tar", zstdFrames(image.asDockerArchive("kaniko"), 3))]],
  ["docker-archive stdin", () => ["-", { stdin: inChunks(image.asDockerArchive("skopeo")) }]],
  ["docker-archive stdin, gzip", () => ["-", { stdin: inChunks(gzipSync(image.asDockerArchive())) }]],
  ["oci-archive file", () => [temporaryFile("i.tar", image.asOciArchive())]],
  ["oci-layout", () => [image.writeOciLayout(temporaryDirectory())]],
  ["dir", () => [image.writeSkopeoDirectory(temporaryDirectory())]],
  ["registry", () => [`registry:${registry.host}/acme/app:1`]],
  ["tar file", () => [`tar:${temporaryFile("i.tar", rootfs)}`]],
  ["tar file, gzip", () => [temporaryFile("i.tar", gzipSync(rootfs))]],
  ["tar stdin", () => ["tar:-", { stdin: inChunks(rootfs) }]],
];

/** The reason a call was rejected with; it must come soon. */
async function rejection(call: Promise<unknown>): Promise<unknown> {
  const late = new AbortController();
  const outcome = await Promise.race([
    call.then(
      () => "resolved",
      (reason: unknown) => reason,
    ),
    sleep(3000, "still pending", { signal: late.signal }),
  ]);
  late.abort();
  return outcome;
}

describe.each(SOURCES)("an abort while reading a %s", (source, open) => {
  async function progressOf(): Promise<ProgressEvent[]> {
    const events: ProgressEvent[] = [];
    const [argument, options] = open();
    await analyzeImage(argument, { ...options, onProgress: (event) => events.push(event) });
    return events;
  }

  test("before it begins", async () => {
    const reason = new Error("not now");
    const [argument, options] = open();
    const before = await openHandles();
    expect(await rejection(analyzeImage(argument, { ...options, signal: AbortSignal.abort(reason) }))).toBe(reason);
    await expectReleased(before);
  });

  test("at every step of its progress", async () => {
    const steps = (await progressOf()).length;
    expect(steps).toBeGreaterThan(0);
    const every = Math.max(1, Math.floor(steps / 12));
    for (let step = 1; step <= steps; step += every) {
      const controller = new AbortController();
      const reason = { step };
      let seen = 0;
      const [argument, options] = open();
      const before = await openHandles();
      const call = analyzeImage(argument, {
        ...options,
        signal: controller.signal,
        onProgress: () => {
          if (++seen === step) controller.abort(reason);
        },
      });
      const outcome = await rejection(call);
      // What a network brings comes in more pieces one time, and in fewer another.
      const isOver = source === "registry" && step > 1 && seen < step;
      expect(outcome, `at step ${step} of ${steps}`).toBe(isOver ? "resolved" : reason);
      await expectReleased(before);
    }
  });

  test("a little later, whatever it does then", async () => {
    for (const milliseconds of [0, 1, 2, 4, 8]) {
      const controller = new AbortController();
      const [argument, options] = open();
      const before = await openHandles();
      const call = rejection(analyzeImage(argument, { ...options, signal: controller.signal }));
      await sleep(milliseconds);
      const reason = new Error("enough");
      controller.abort(reason);
      expect(["resolved", reason]).toContain(await call);
      await expectReleased(before);
    }
  });

  test("leaves no listener on the signal", async () => {
    const controller = new AbortController();
    const [argument, options] = open();
    await analyzeImage(argument, { ...options, signal: controller.signal });
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });
});

describe("an input that has gone silent", () => {
  /** So much of the bytes, then nothing, without an end. */
  function silentAfter(bytes: Uint8Array, length: number) {
    let returned = false;
    const stdin: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]() {
        let given = false;
        return {
          next: async () => {
            if (given) return new Promise<never>(() => {});
            given = true;
            return { done: false, value: bytes.subarray(0, length) };
          },
          return: async () => {
            returned = true;
            return { done: true, value: undefined };
          },
        };
      },
    };
    return { stdin, wasReturned: () => returned };
  }

  const archive = image.asDockerArchive("docker25");
  test.each([
    ["-", archive, 1],
    ["-", archive, 700],
    ["-", archive, 100_000],
    ["-", archive, archive.length],
    ["-", gzipSync(archive), 1000],
    ["-", zstdFrames(archive, 2), 300_000],
    ["docker-archive:-", archive, 5000],
    ["tar:-", rootfs, 1],
    ["tar:-", rootfs, 100_000],
    ["tar:-", gzipSync(rootfs), 100_000],
  ])("%s: is given up", async (argument, bytes, length) => {
    const controller = new AbortController();
    const { stdin, wasReturned } = silentAfter(bytes, length);
    const call = rejection(analyzeImage(argument, { stdin, signal: controller.signal }));
    await sleep(30);
    const reason = new Error("no more patience");
    controller.abort(reason);
    expect(await call).toBe(reason);
    expect(wasReturned()).toBe(true);
  });

  test.each([
    ["-", Buffer.concat([archive.subarray(0, 512), filler(5000)])],
    ["-", filler(5000)],
    // Compressed input is taken in steps of 256 KiB.
    ["-", gzipSync(filler(400_000))],
    ["tar:-", Buffer.concat([rootfs.subarray(0, 512), filler(500_000)])],
  ])("%s: is not waited for once its beginning is bad", async (argument, bytes) => {
    const { stdin } = silentAfter(bytes, bytes.length);
    const error = await rejection(analyzeImage(argument, { stdin }));
    expect(isImgweighError(error)).toBe(true);
  });

  test("an engine", async () => {
    const engine = await startFakeEngine({
      images: { "app:1": { save: archive } },
      faults: { save: { type: "stall", afterBytes: 200_000 } },
    });
    try {
      const env = { DOCKER_HOST: engine.host };
      const source = engineSource("docker", "app:1", {
        surroundings: { env, home: "/nobody", os: "linux", exists: async () => false },
      });
      const controller = new AbortController();
      const call = rejection(analyzeImage(source, { signal: controller.signal }));
      await sleep(100);
      controller.abort("stop");
      expect(await call).toBe("stop");
      await engine.idle();
    } finally {
      await engine.close();
    }
  });
});

test("a stream that fails is an error of its own, and the stream is let go", async () => {
  const failure = new Error("the disk is on fire");
  async function* failing(): AsyncGenerator<Uint8Array, void, undefined> {
    yield image.asDockerArchive().subarray(0, 10_000);
    throw failure;
  }
  const before = await openHandles();
  expect(await rejection(analyzeImage("-", { stdin: failing() }))).toBe(failure);
  expect(await rejection(analyzeImage("tar:-", { stdin: failing() }))).toBe(failure);
  await expectReleased(before);
});

test("what onProgress throws ends the call", async () => {
  const failure = new Error("display closed");
  for (const [, open] of SOURCES) {
    const [argument, options] = open();
    const before = await openHandles();
    const call = analyzeImage(argument, {
      ...options,
      onProgress: () => {
        throw failure;
      },
    });
    expect(await rejection(call)).toBe(failure);
    await expectReleased(before);
  }
});

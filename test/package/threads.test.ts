import { createHook } from "node:async_hooks";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Analysis, AnalyzeOptions, ProgressEvent } from "../../packages/core/src/index.ts";
import { inChunks, openHandles, temporaryDirectory, temporaryFile } from "../support/analyze-files.ts";
import { type FakeRegistry, startFakeRegistry } from "../support/fake-registry.ts";
import { buildImage } from "../support/image-builder.ts";
import { file, filler, hardlink, symlink, tarBytes, whiteout } from "../support/tar-bytes.ts";
import { ROOT } from "./workspace.ts";

/** Only what was built can be loaded by a thread. */
const built = pathToFileURL(join(ROOT, "packages/core/dist/index.js")).href;
const { analyzeImage, isImgweighError } = (await import(
  /* @vite-ignore */ built
)) as typeof import("../../packages/core/src/index.ts");

let threads = 0;
const hook = createHook({
  init(_id, type) {
    if (type === "WORKER") threads++;
  },
});

let registry: FakeRegistry;
beforeAll(async () => {
  hook.enable();
  registry = await startFakeRegistry();
  registry.push("acme/app", "1", image);
});
afterAll(async () => {
  hook.disable();
  await registry.close();
});

const NAMES = Array.from({ length: 3000 }, (_, i) => file(`srv/${i % 7}/näme-${i}`, `content ${i}\n`.repeat(i % 90)));
// Each of the first two is large enough for threads of its own; the last one a thread has beside them.
const entries = [
  [file("large", filler(18_000_000)), ...NAMES, hardlink("again", "large"), symlink("link", "large")],
  [file("large", filler(17_000_000, 2)), file("etc/os-release", "ID=debian\n"), whiteout("srv/3")],
  [file("small", filler(70_000, 4)), file("srv/0/näme-0", "")],
];
const image = buildImage({ layers: entries.map((of) => ({ entries: of, compression: "gzip" })), names: ["app:1"] });
const plain = buildImage({ layers: entries.map((of) => ({ entries: of })), names: ["app:1"] });
const rootfs = tarBytes(entries[0] ?? []);

const ARCHIVE = temporaryFile("i.tar", plain.asDockerArchive());
const ROOTFS = temporaryFile("rootfs.tar", rootfs);
const LAYOUT = image.writeOciLayout(temporaryDirectory());
const COMPRESSED = gzipSync(plain.asDockerArchive(), { level: 1 });

type Opened = [string, AnalyzeOptions?];
const SOURCES: [string, number, () => Opened][] = [
  ["a docker-archive", 2, () => [ARCHIVE]],
  ["a docker-archive without contents", 2, () => [ARCHIVE, { verify: false }]],
  ["an OCI layout, gzip", 2, () => [LAYOUT]],
  ["stdin", 1, () => ["-", { stdin: inChunks(plain.asDockerArchive()) }]],
  ["stdin, gzip", 1, () => ["-", { stdin: inChunks(COMPRESSED) }]],
  ["a root file system", 2, () => [`tar:${ROOTFS}`]],
  ["a root file system on stdin", 1, () => ["tar:-", { stdin: inChunks(rootfs) }]],
  ["a registry", 2, () => [`registry:${registry.host}/acme/app:1`]],
];

async function analyzed(open: () => Opened, concurrency: number): Promise<{ json: string; threads: number }> {
  const before = threads;
  const [argument, options] = open();
  const analysis: Analysis = await analyzeImage(argument, { ...options, concurrency });
  return { json: JSON.stringify(analysis), threads: threads - before };
}

describe.each(SOURCES)("threads that read %s", (_, most, open) => {
  test("give what one thread gives, and all of them end", async () => {
    const before = await openHandles();
    const alone = await analyzed(open, 1);
    const together = await analyzed(open, 2);
    expect(alone.threads).toBe(0);
    expect(together.threads).toBe(most);
    expect(together.json).toBe(alone.json);
    expect((await openHandles()).length).toBeLessThanOrEqual(before.length);
  });

  test("end at once on an abort", async () => {
    const events: ProgressEvent[] = [];
    const [first, options] = open();
    await analyzeImage(first, { ...options, concurrency: 2, onProgress: (event) => events.push(event) });
    for (const step of [1, Math.ceil(events.length / 2)]) {
      const controller = new AbortController();
      const reason = { step };
      let seen = 0;
      const [argument, again] = open();
      const onProgress = (): void => {
        if (++seen === step) controller.abort(reason);
      };
      const call = analyzeImage(argument, { ...again, concurrency: 2, signal: controller.signal, onProgress });
      await expect(call).rejects.toBe(reason);
    }
    await sleep(0);
    expect(process.getActiveResourcesInfo().filter((name) => name.includes("Worker"))).toEqual([]);
  });

  test("end at a limit", async () => {
    for (const limits of [{ maxTotalBytes: 10_000_000 }, { maxEntries: 2000 }]) {
      const codes = [1, 2].map(async (concurrency) => {
        const [argument, options] = open();
        const error = await analyzeImage(argument, { ...options, concurrency, limits }).catch((thrown) => thrown);
        return isImgweighError(error) ? [error.code, error.message, error.hint, error.details] : error;
      });
      const [alone, together] = await Promise.all(codes);
      expect(together).toEqual(alone);
      expect(together[0]).toBe("LIMIT_EXCEEDED");
    }
  });
});

describe("a damaged layer that a thread reads", () => {
  const cases: [string, string, () => Opened][] = [
    ["a plain tar", "DIGEST_MISMATCH", () => [temporaryFile("i.tar", damaged(plain.asDockerArchive()))]],
    ["stdin", "DIGEST_MISMATCH", () => ["-", { stdin: inChunks(damaged(plain.asDockerArchive())) }]],
    ["one cut short", "ARCHIVE_TRUNCATED", () => [temporaryFile("i.tar", plain.asDockerArchive().subarray(0, 2e7))]],
  ];
  test.each(cases)("%s: %s", async (_, code, open) => {
    for (const concurrency of [1, 2]) {
      const [argument, options] = open();
      await expect(analyzeImage(argument, { ...options, concurrency })).rejects.toMatchObject({ code });
    }
  });

  test("in transit: the decoder's complaint is the cause", async () => {
    const [first] = image.layers;
    for (const concurrency of [1, 2]) {
      registry.faults.push({
        on: new RegExp((first as { digest: string }).digest),
        fault: { type: "corrupt", atByte: 17_000_000 },
        times: 1,
      });
      const call = analyzeImage(`registry:${registry.host}/acme/app:1`, { concurrency });
      const error = await call.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "DIGEST_MISMATCH", cause: { code: "ARCHIVE_MALFORMED" } });
      expect(isImgweighError((error as Error).cause)).toBe(true);
    }
  });
});

function damaged(archive: Buffer): Buffer {
  const copy = Buffer.from(archive);
  copy[9_000_000] = (copy[9_000_000] as number) ^ 1;
  return copy;
}

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Analysis, analyzeImage, type ImageSource, inspectImage } from "../../packages/core/src/index.ts";
import { registrySource } from "../../packages/core/src/source/registry/registry-source.ts";
import { type FakeRegistry, startFakeRegistry } from "../support/fake-registry.ts";
import type { Fault } from "../support/fault-server.ts";
import { buildImage } from "../support/image-builder.ts";
import { estargzLayer, zstdChunkedLayer } from "../support/seekable-layers.ts";
import { file, filler } from "../support/tar-bytes.ts";

const APK = "P:musl\nV:1.2.5-r0\nA:x86_64\nI:1\nF:lib\nR:ld-musl-x86_64.so.1\n\n";

let registry: FakeRegistry;
beforeAll(async () => {
  registry = await startFakeRegistry();
});
afterEach(() => {
  registry.faults.length = 0;
});
afterAll(() => registry.close());

describe.each([
  ["estargz", estargzLayer],
  ["zstd-chunked", zstdChunkedLayer],
] as const)("an %s layer of a registry", (format, make) => {
  const layer = make([
    file("etc/os-release", "ID=alpine\n"),
    file("lib/apk/db/installed", APK),
    file("huge", filler(3_000_000, 4)),
  ]);
  const image = buildImage({ layers: [layer], names: ["acme/lazy:1"] });
  const { digest, blob } = image.layers[0] as (typeof image.layers)[0];
  const ofBlob = new RegExp(`/blobs/${digest}`);
  const source = (): ImageSource => registrySource(`${registry.host}/acme/lazy:${format}`);
  /** What was asked of the blob, and what of it came through. */
  const taken = () => registry.requests.splice(0).filter(({ url }) => ofBlob.test(url));
  let whole: Analysis;

  beforeAll(async () => {
    registry.push("acme/lazy", format, image);
    whole = await analyzeImage(source(), { verify: true });
    expect(taken().map(({ range }) => range)).toEqual([null]);
  });

  test("is listed by ranges", async () => {
    const listed = await analyzeImage(source());
    const requests = taken();
    expect(requests.every(({ range, status }) => range !== null && status === 206)).toBe(true);
    expect(requests.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(blob.length / 20);
    expect(requests.length).toBeLessThan(10);
    expect(listed.source.verified).toBe("toc");
    expect(listed.sizes).toEqual({ ...whole.sizes, tarBytes: null });
    expect(listed.packages).toEqual(whole.packages);
    expect(whole.source.verified).toBe("blob");
  });

  test("is inspected without being asked for", async () => {
    registry.requests.length = 0;
    expect((await inspectImage(source())).layers[0]?.listedBy).toBe(format);
    expect(taken()).toEqual([]);
  });

  test("is read as a whole of a registry that knows no ranges", async () => {
    registry.faults.push({ on: ofBlob, fault: { type: "no-ranges" } });
    expect(await analyzeImage(source())).toEqual(whole);
    // Whole blobs that nobody asked for are left at once.
    expect(taken().reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(blob.length * 2.5);
  });

  test.each<readonly [string, Fault]>([
    ["is cut", { type: "reset", afterBytes: 20 }],
    ["ends early", { type: "truncate", afterBytes: 20 }],
    ["is refused for a moment", { type: "answer", status: 503, headers: { "retry-after": "0" } }],
  ])("is listed all the same where an answer %s", async (_name, fault) => {
    registry.faults.push({ on: ofBlob, fault, times: 1 });
    expect((await analyzeImage(source())).source.verified).toBe("toc");
    taken();
  });

  test.each([0, 1, 2])("lets go of everything where it is given up while answer %d is waited for", async (nth) => {
    taken();
    registry.faults.push({ on: ofBlob, fault: { type: "hang" }, after: nth });
    const controller = new AbortController();
    const reason = new Error("given up");
    setTimeout(() => controller.abort(reason), 300);
    const outcome = await analyzeImage(source(), { signal: controller.signal }).catch((error: unknown) => error);
    // With fewer answers than that it is through already.
    if (outcome !== reason) expect(taken().length).toBeLessThanOrEqual(nth);
    await registry.idle();
  });

  test("whose table arrives damaged is read as a whole", async () => {
    registry.faults.push({ on: ofBlob, fault: { type: "corrupt", atByte: 25 }, times: 1 });
    expect(await analyzeImage(source())).toEqual(whole);
  });

  test.each([1, 2, 3])("is never told wrong where answer %d arrives damaged", async (nth) => {
    registry.faults.push({ on: ofBlob, fault: { type: "corrupt", atByte: 40 }, after: nth, times: 1 });
    const analysis = await analyzeImage(source());
    if (analysis.source.verified === "blob") expect(analysis).toEqual(whole);
    else
      expect({ ...analysis.sizes, packages: analysis.packages }).toEqual({
        ...whole.sizes,
        tarBytes: null,
        packages: whole.packages,
      });
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, expect } from "vitest";
import type { Analysis } from "../../packages/core/src/finding/analysis.ts";
import {
  type AnalyzeOptions,
  analyzeImage,
  type ImgweighError,
  isImgweighError,
} from "../../packages/core/src/index.ts";
import { startFakeRegistry } from "./fake-registry.ts";
import { type Files, packFiles, writeFiles } from "./image-builder.ts";
import { zstdFrames } from "./zstd-bytes.ts";

/** How an archive's bytes reach the program. */
export const TRANSPORTS = ["file", "file.gz", "file.zst", "stdin", "stdin.gz", "stdin.zst"] as const;
export type Transport = (typeof TRANSPORTS)[number];

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A directory that is gone after the tests of the file. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "imgweigh-test-"));
  directories.push(directory);
  return directory;
}

export function temporaryFile(name: string, bytes: Uint8Array): string {
  const path = join(temporaryDirectory(), name);
  writeFileSync(path, bytes);
  return path;
}

/** Bytes as a stream of chunks of one size. */
export async function* inChunks(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Analyses archive bytes over a transport; `prefix` is a source prefix such as `tar:`. */
export async function analyzeBytes(
  bytes: Uint8Array,
  transport: Transport = "file",
  options: AnalyzeOptions = {},
  prefix = "",
): Promise<Analysis> {
  const [place, compression] = transport.split(".");
  const packed = compression === "gz" ? gzipSync(bytes) : compression === "zst" ? zstdFrames(bytes, 2) : bytes;
  if (place === "stdin") return analyzeImage(`${prefix}-`, { ...options, stdin: inChunks(packed) });
  return analyzeImage(prefix + temporaryFile("image.tar", packed), options);
}

/** The files of an OCI layout as a registry gives them out, its `index.json` under a tag. */
async function analyzePublished(files: Files, options: AnalyzeOptions): Promise<Analysis> {
  const registry = await startFakeRegistry();
  try {
    const reference = registry.pushLayout("published", "layout", files);
    return await analyzeImage(`registry:${reference}`, options);
  } finally {
    await registry.close();
  }
}

export function analyzeFiles(
  files: Files,
  transport: Transport | "directory" | "registry" = "file",
  options: AnalyzeOptions = {},
) {
  if (transport === "registry") return analyzePublished(files, options);
  if (transport === "directory") return analyzeImage(writeFiles(files, temporaryDirectory()), options);
  return analyzeBytes(packFiles(files), transport, options);
}

/** The error that a promise ends in; anything but an ImgweighError fails the test. */
export async function errorOf(promise: Promise<unknown>): Promise<ImgweighError> {
  const outcome = await promise.then(
    () => new Error("nothing was thrown"),
    (error: unknown) => error,
  );
  if (isImgweighError(outcome)) return outcome;
  throw outcome;
}

/** What of a result does not depend on where the image came from, nor on how its blobs are stored. */
export function ledgerOf(analysis: Analysis) {
  const plain = (rows: Analysis["groups"]["layer"]) => rows.map(({ blobBytes: _, ...row }) => row);
  return {
    configDigest: analysis.image.configDigest,
    platform: analysis.image.platform,
    sizes: { ...analysis.sizes, blobBytes: null },
    efficiency: analysis.efficiency,
    waste: analysis.waste,
    layers: analysis.layers.map(({ digest: _, mediaType: __, blobBytes: ___, ...layer }) => layer),
    wasted: analysis.wasted,
    largestFiles: analysis.largestFiles,
    groups: {
      layer: plain(analysis.groups.layer),
      instruction: plain(analysis.groups.instruction),
      directory: plain(analysis.groups.directory)
        .filter(({ key }) => key !== "[format overhead]")
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
    },
  };
}

/** What this process holds open: sockets, timers, requests, and files where the system tells. */
export async function openHandles(): Promise<string[]> {
  const { existsSync, readdirSync, readlinkSync } = await import("node:fs");
  const resources = process.getActiveResourcesInfo();
  if (!existsSync("/proc/self/fd")) return resources.sort();
  const files = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.includes("imgweigh-test-") ? [target] : [];
    } catch {
      return [];
    }
  });
  return [...resources, ...files].sort();
}

/** What was opened since `before` is gone, or soon will be. */
export async function expectReleased(before: readonly string[]): Promise<void> {
  const deadline = Date.now() + 2000;
  let after = await openHandles();
  while (after.length > before.length && Date.now() < deadline) {
    await sleep(10);
    // The timer of this very wait is gone by the time it is looked at.
    after = await openHandles();
  }
  expect(after.filter((handle) => handle.includes("imgweigh-test-"))).toEqual([]);
  expect(after.length).toBeLessThanOrEqual(before.length);
}

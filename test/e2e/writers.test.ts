import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { analyzePlatforms, isImgweighError } from "../../packages/core/src/index.ts";
import { type RegistryServer, startRegistry } from "./registry-server.ts";
import { CORPUS, hasRegistry, ran, temporaryDirectory } from "./tools.ts";

interface Row {
  readonly content: number;
  readonly rootfs: number;
  readonly wasted: number;
  readonly layers: number;
  readonly blob?: number;
}

interface Descriptor {
  readonly mediaType?: string;
  readonly digest: string;
  readonly data?: string;
}

const WRITERS = join(CORPUS, "writers");
const TRUTH = join(WRITERS, "truth.json");
const truth: Readonly<Record<string, readonly Row[] | { readonly refused: string }>> = existsSync(TRUTH)
  ? JSON.parse(readFileSync(TRUTH, "utf8"))
  : {};

/** What a registry does not take: an index of which parts are missing. */
const INCOMPLETE = new Set([
  "docker-29/containerd-store/mp-noarm.tar",
  "docker-29/containerd-store/mp-noarmlayers.tar",
  "tools/ctr-one-platform-of-five.tar",
]);

describe.skipIf(!hasRegistry || Object.keys(truth).length === 0)(
  "layouts of today's writers, in a real registry",
  () => {
    let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
    let registry: RegistryServer;
    beforeAll(async () => {
      folder = await temporaryDirectory();
      registry = await startRegistry(folder.path);
    });
    afterAll(async () => {
      await registry.stop();
      await folder.remove();
    });

    async function unpacked(path: string, number: number): Promise<string> {
      if (statSync(path).isDirectory()) return path;
      const directory = join(folder.path, `layout-${number}`);
      await mkdir(directory);
      await ran("tar", ["-xf", path, "-C", directory]);
      return directory;
    }

    async function send(
      url: string,
      method: string,
      body: Uint8Array<ArrayBuffer> | null,
      type: string,
    ): Promise<Response> {
      const response = await fetch(url, { method, body, headers: { "content-type": type } });
      if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
      return response;
    }

    /** Pushes what a descriptor stands for, parts first. */
    async function push(layout: string, repository: string, { digest, mediaType }: Descriptor): Promise<void> {
      const base = `http://${registry.host}/v2/${repository}`;
      const stored = (of: string): string => join(layout, "blobs", of.replace(":", "/"));
      const bytes = readFileSync(stored(digest));
      const manifest = JSON.parse(bytes.toString());
      for (const part of (manifest.manifests ?? []) as Descriptor[]) await push(layout, repository, part);
      for (const part of [manifest.config, ...(manifest.layers ?? [])].filter(Boolean) as Descriptor[]) {
        const blob = existsSync(stored(part.digest))
          ? readFileSync(stored(part.digest))
          : Buffer.from(part.data ?? "", "base64");
        const begun = await send(`${base}/blobs/uploads/`, "POST", null, "application/octet-stream");
        const place = new URL(begun.headers.get("location") ?? "", base);
        place.searchParams.set("digest", part.digest);
        await send(place.href, "PUT", blob, "application/octet-stream");
      }
      await send(`${base}/manifests/${digest}`, "PUT", bytes, manifest.mediaType ?? mediaType);
    }

    test.each(Object.keys(truth).filter((path) => !INCOMPLETE.has(path)))("%s", async (path) => {
      const number = Object.keys(truth).indexOf(path);
      const layout = await unpacked(join(WRITERS, path), number);
      // A docker-archive alone has nothing that a registry takes as it is.
      if (!existsSync(join(layout, "index.json"))) return;
      const { manifests } = JSON.parse(readFileSync(join(layout, "index.json"), "utf8")) as { manifests: Descriptor[] };
      const found: string[] = [];
      const refused: string[] = [];
      for (const descriptor of manifests) {
        const repository = `writers/${number}`;
        await push(layout, repository, descriptor);
        try {
          const { analyses } = await analyzePlatforms(`registry:${registry.host}/${repository}@${descriptor.digest}`);
          for (const { sizes, waste, layers } of analyses)
            found.push([sizes.contentBytes, sizes.rootfsBytes, waste.bytes, layers.length].join());
        } catch (error) {
          if (!isImgweighError(error)) throw error;
          refused.push(error.code);
        }
      }
      const rows = truth[path] as (typeof truth)[string];
      if ("refused" in rows) expect(refused).toContain(rows.refused);
      else for (const row of rows) expect(found).toContain([row.content, row.rootfs, row.wasted, row.layers].join());
    });
  },
);

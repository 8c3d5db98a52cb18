import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryServer, startRegistry } from "./registry-server.ts";
import {
  type AnalysisJson,
  analyze,
  hasRegistry,
  hasSkopeo,
  imgweigh,
  ran,
  run,
  stop,
  temporaryDirectory,
  works,
} from "./tools.ts";

/** stargz-snapshotter's own converter, and the content store that it works on. */
const hasStargz = works("ctr-remote", ["--version"]) && works("containerd", ["--version"]);
const hasDpkg = works("dpkg", ["--version"]);

/** What is listed by tables of contents, and what reading all of it has to come to. */
const WRITERS = ["skopeo's zstd:chunked", "stargz-snapshotter's eStargz"] as const;

describe.skipIf(!hasRegistry || !hasSkopeo || !hasStargz || !hasDpkg)(
  "layers of 100 MB and more in a real registry",
  () => {
    let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
    let registry: RegistryServer;
    let containerd: ChildProcess | null = null;

    const imageOf = (writer: (typeof WRITERS)[number]): string =>
      `registry:${registry.host}/lazy/app:${WRITERS.indexOf(writer)}`;

    /** This machine's package database, some programs, and what does not compress: an OCI layout of one plain layer. */
    async function buildImage(): Promise<string> {
      const root = join(folder.path, "root");
      await mkdir(join(root, "srv"), { recursive: true });
      for (let i = 0; i < 4; i++) await writeFile(join(root, `srv/data-${i}`), randomBytes(27_000_000));
      const tar = join(folder.path, "layer.tar");
      // skopeo 1.9 loses what follows the two zero blocks when it makes zstd:chunked, so there must be nothing.
      const own = [
        "var/lib/dpkg",
        "etc/os-release",
        "usr/lib/os-release",
        "usr/bin/dpkg",
        "usr/bin/perl",
        "usr/bin/tar",
      ];
      await ran("tar", ["-C", "/", "-cf", tar, "--blocking-factor=1", "--hard-dereference", ...own, "-C", root, "srv"]);
      const layout = join(folder.path, "plain");
      const image = await ran("python3", ["-c", LAYOUT_OF_TAR, tar, layout]);
      return `oci:${image.toString().trim()}:latest`;
    }

    /** Runs containerd below the folder of the test, and converts as its users do. */
    async function convert(archive: string): Promise<void> {
      const socket = join(folder.path, "containerd.sock");
      const config = join(folder.path, "containerd.toml");
      const lines = [
        "version = 2",
        `root = "${join(folder.path, "containerd")}"`,
        `state = "${join(folder.path, "containerd-state")}"`,
        'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
        `[grpc]\naddress = "${socket}"`,
      ];
      await writeFile(config, `${lines.join("\n")}\n`);
      containerd = spawn("containerd", ["-c", config], { stdio: "ignore" });
      const ctr = (...args: string[]) => ["-a", socket, "image", ...args];
      const deadline = Date.now() + 30_000;
      while ((await run("ctr-remote", ["-a", socket, "version"])).code !== 0)
        if (Date.now() > deadline) throw new Error("containerd does not start");
      await ran("ctr-remote", ctr("import", "--no-unpack", "--base-name", "lazy/app", archive));
      await ran("ctr-remote", ctr("convert", "--oci", "--estargz", "lazy/app:latest", "lazy/app:estargz"));
      const converted = join(folder.path, "estargz.tar");
      await ran("ctr-remote", ctr("export", converted, "lazy/app:estargz"));
      await push(`oci-archive:${converted}`, 1);
    }

    const push = (source: string, tag: number, ...options: string[]): Promise<Buffer> =>
      ran("skopeo", [
        "copy",
        "-q",
        "--dest-tls-verify=false",
        ...options,
        source,
        `docker://${registry.host}/lazy/app:${tag}`,
      ]);

    beforeAll(async () => {
      folder = await temporaryDirectory();
      registry = await startRegistry(folder.path);
      const plain = await buildImage();
      await push(plain, 0, "--dest-compress-format", "zstd:chunked");
      const archive = join(folder.path, "plain.tar");
      await ran("skopeo", ["copy", "-q", plain, `oci-archive:${archive}:latest`]);
      await convert(archive);
    });

    afterAll(async () => {
      if (containerd !== null) await stop(containerd);
      await registry?.stop();
      await folder?.remove();
    });

    test.each(WRITERS)("%s: a twentieth of the blob at most is read, the package database included", async (writer) => {
      await registry.takeRequests();
      const listed = await analyze([imageOf(writer), "--no-cache"]);
      const accesses = (await registry.takeRequests()).filter(({ path }) => path.includes("/blobs/"));
      const blobBytes = listed.sizes.blobBytes as number;
      expect(blobBytes).toBeGreaterThanOrEqual(100_000_000);
      const ranges = accesses.filter(({ status }) => status === 206);
      const read = ranges.reduce((sum, { bytes }) => sum + bytes, 0);
      expect(read).toBeLessThan(blobBytes / 20);
      // Beside the ranges there is the config.
      expect(accesses.length - ranges.length).toBe(1);
      expect(listed.source.verified).toBe("toc");
      const whole = await analyze([imageOf(writer), "--no-cache", "--verify"]);
      expect(whole.source.verified).toBe("blob");
      expect(comparable(listed)).toEqual(comparable(whole));
      const known = (await ran("dpkg", ["--get-selections"])).toString();
      const installed = [...known.matchAll(/^([^\s:]+)(?::\S+)?\s+(?:install|hold)$/gm)].map(([, name]) => name);
      const found = listed.packages.filter(({ ecosystem }) => ecosystem === "deb").map(({ name }) => name);
      expect(new Set(found)).toEqual(new Set(installed));
    });

    test("a second look takes the manifest and the config", async () => {
      const cache = join(folder.path, "cache");
      const env = { IMGWEIGH_CACHE_DIR: cache };
      const cold = await imgweigh(["analyze", imageOf(WRITERS[0]), "--format", "json"], { env });
      await registry.takeRequests();
      const warm = await imgweigh(["analyze", imageOf(WRITERS[0]), "--format", "json"], { env });
      expect(warm.stdout.toString()).toBe(cold.stdout.toString());
      const asked = (await registry.takeRequests()).map(({ path }) => path.replace(/(sha256:).*/, "$1…"));
      expect(asked).toEqual(["/v2/lazy/app/manifests/0", "/v2/lazy/app/blobs/sha256:…"]);
      const whole = await analyze([imageOf(WRITERS[0]), "--verify"], { env });
      expect(whole.source.verified).toBe("blob");
    });

    test("inspect names the format, and reads no layer", async () => {
      await registry.takeRequests();
      const formats = await Promise.all(
        WRITERS.map(async (writer) => {
          const { stdout } = await imgweigh(["inspect", imageOf(writer), "--format", "json"]);
          return (JSON.parse(stdout.toString()) as { layers: { listedBy: string }[] }).layers[0]?.listedBy;
        }),
      );
      expect(formats).toEqual(["zstd-chunked", "estargz"]);
      const accesses = await registry.takeRequests();
      expect(accesses).toHaveLength(4);
      expect(accesses.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(20_000);
    });
  },
);

/** Everything but what a table of contents leaves open: the tar's length, and facts of programs that were not read. */
function comparable(analysis: AnalysisJson): unknown {
  const left = new Set("verified tarBytes tar blobBytes blob warnings libc category confidence evidence".split(" "));
  const text = JSON.stringify(analysis, (key, value) => {
    if (left.has(key)) return undefined;
    return Array.isArray(value) ? value.filter((row) => row?.key !== "[format overhead]") : value;
  });
  return JSON.parse(text);
}

const LAYOUT_OF_TAR = `
import hashlib, json, os, shutil, sys
tar, layout = sys.argv[1:]
blobs = os.path.join(layout, "blobs", "sha256")
os.makedirs(blobs)
def put(value):
    data = json.dumps(value).encode()
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(blobs, digest), "wb") as file: file.write(data)
    return {"digest": "sha256:" + digest, "size": len(data)}
with open(tar, "rb") as file: diff = hashlib.file_digest(file, "sha256").hexdigest()
size = os.path.getsize(tar)
shutil.move(tar, os.path.join(blobs, diff))
oci = "application/vnd.oci.image."
config = put({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": ["sha256:" + diff]}})
manifest = put({"schemaVersion": 2, "mediaType": oci + "manifest.v1+json", "config": {"mediaType": oci + "config.v1+json", **config},
    "layers": [{"mediaType": oci + "layer.v1.tar", "digest": "sha256:" + diff, "size": size}]})
with open(os.path.join(layout, "index.json"), "w") as file:
    json.dump({"schemaVersion": 2, "manifests": [{"mediaType": oci + "manifest.v1+json", **manifest,
        "annotations": {"org.opencontainers.image.ref.name": "latest"}}]}, file)
with open(os.path.join(layout, "oci-layout"), "w") as file: file.write('{"imageLayoutVersion":"1.0.0"}')
print(layout)
`;

import { createHash } from "node:crypto";
import { lstat, mkdir, readdir, readFile, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BUILT_PREFIX, builtImages } from "./built-images.ts";
import { analyze, docker, hasCorpus, hasEngine, imgweigh, PREFIX, ROOT, ran, temporaryDirectory } from "./tools.ts";

type Listing = Record<string, unknown>;

/** What the engine itself puts into every container that it makes. */
const PUT_THERE_BY_ENGINE =
  /^(?:\.dockerenv|dev|dev\/(?:console|pts|shm)|proc|sys|etc|etc\/(?:hosts|hostname|resolv\.conf|mtab))$/;

function withoutEngines(listing: Listing): Listing {
  const kept = Object.entries(listing).filter(([path]) => !PUT_THERE_BY_ENGINE.test(path));
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A directory as a list, without our library: names as byte strings. */
async function listDirectory(root: string): Promise<Listing> {
  const found: Listing = {};
  const walk = async (directory: Buffer, prefix: string): Promise<void> => {
    for (const name of await readdir(directory, { encoding: "buffer" })) {
      const full = Buffer.concat([directory, Buffer.from("/"), name]);
      const path = prefix + name.toString("latin1");
      const stat = await lstat(full);
      if (stat.isFile()) {
        const sha256 = createHash("sha256")
          .update(await readFile(full))
          .digest("hex");
        found[path] = { kind: "file", size: stat.size, sha256 };
      } else if (stat.isSymbolicLink()) {
        found[path] = { kind: "symlink", target: (await readlink(full, { encoding: "buffer" })).toString("latin1") };
      } else if (stat.isDirectory()) {
        found[path] = { kind: "directory" };
        await walk(full, `${path}/`);
      } else found[path] = { kind: "other" };
    }
  };
  await walk(Buffer.from(root), "");
  return found;
}

const { images } = await builtImages();

describe.skipIf(!hasEngine)("a real engine", () => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  beforeAll(async () => {
    folder = await temporaryDirectory();
  });
  afterAll(() => folder.remove());

  async function exported(image: string): Promise<Listing> {
    const container = (await docker("create", image, "/nothing")).toString().trim();
    const tar = join(folder.path, `${container}.tar`);
    const directory = join(folder.path, container);
    try {
      await docker("export", "-o", tar, container);
    } finally {
      await docker("rm", container);
    }
    await mkdir(directory);
    await ran("tar", ["-xf", tar, "-C", directory]);
    const listing = await listDirectory(directory);
    await Promise.all([rm(directory, { recursive: true }), rm(tar)]);
    return listing;
  }

  test("has images to be weighed", () => {
    // Without this line a failed build would be a suite without tests.
    expect(images.length).toBeGreaterThanOrEqual(hasCorpus ? 20 : 1);
  });

  test.each(images)(
    "%s: each layer has the bytes that docker history shows, and the engine's diffID",
    async (image) => {
      const analysis = await analyze([`docker:${image}`]);
      const history = await docker("history", "--no-trunc", "--human=false", "--format", "{{.Size}}", image);
      const sizes = history.toString().trim().split("\n").map(Number).reverse();
      // Instructions without a layer, and layers without content, both show as 0.
      const weighed = analysis.layers.map(({ contentBytes }) => contentBytes);
      expect(weighed.filter((bytes) => bytes > 0)).toEqual(sizes.filter((bytes) => bytes > 0));
      const diffIds = JSON.parse((await docker("image", "inspect", "-f", "{{json .RootFS.Layers}}", image)).toString());
      expect(analysis.layers.map(({ diffId }) => diffId)).toEqual(diffIds);
      expect(analysis.source).toEqual({ kind: "docker", verified: "blob" });
      expect(analysis.image.reference).toContain(image.replace(/:latest$/, ""));
      expect(analysis.sizes.blobBytes).toBeNull();
    },
  );

  test.concurrent.each(images)("%s: its root file system is what docker export writes, file by file", async (image) => {
    const script = join(ROOT, "test/e2e/list-rootfs.mjs");
    const weighed = JSON.parse((await ran(process.execPath, [script, `docker:${image}`])).toString()) as Listing;
    const real = await exported(image);
    expect(Object.keys(real).length).toBeGreaterThan(1);
    expect(withoutEngines(weighed)).toEqual(withoutEngines(real));
  });

  test.skipIf(!hasCorpus)("weighs alpine:3.20 by its plain name", async () => {
    const there = (await docker("image", "ls", "-q", "alpine:3.20")).toString().trim() !== "";
    if (!there) await docker("tag", `${BUILT_PREFIX}/alpine:3.20`, "alpine:3.20");
    try {
      const { code, stdout, stderr } = await imgweigh(["analyze", "alpine:3.20"]);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stdout.toString()).toContain("alpine:3.20");
      expect(stdout.toString()).toMatch(/linux\/amd64/);
      // The same words, whether it is said that it is the engine's or not, and without `analyze`.
      const named = (await imgweigh(["docker:alpine:3.20"])).stdout.toString();
      expect(named.replaceAll("docker:alpine", "alpine")).toBe(stdout.toString());
      const why = await imgweigh(["why", "alpine:3.20", "/etc/alpine-release"]);
      expect({ code: why.code, stderr: why.stderr }).toMatchObject({ code: 0 });
      expect(why.stdout.toString()).toContain("/etc/alpine-release");
    } finally {
      if (!there) await docker("rmi", "alpine:3.20");
    }
  });

  test("weighs an image by its ID as by its name", async () => {
    const image = images[0] as string;
    const id = (await docker("image", "inspect", "-f", "{{.Id}}", image)).toString().trim();
    const byName = await analyze([`docker:${image}`]);
    for (const name of [id, id.slice("sha256:".length, "sha256:".length + 12)]) {
      const byId = await analyze([`docker:${name}`]);
      expect({ ...byId, image: null }).toEqual({ ...byName, image: null });
    }
  });

  test("does not find what is not there, and says so", async () => {
    const { code, stdout, stderr } = await imgweigh([
      "analyze",
      "--pull",
      "never",
      `docker:${PREFIX}/no-such-image:never-was`,
    ]);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain("IMAGE_NOT_FOUND");
  });

  test("an image for another platform is refused, not weighed", async () => {
    const { code, stderr } = await imgweigh([
      "analyze",
      "--pull",
      "never",
      "--platform",
      "linux/arm64",
      `docker:${images[0]}`,
    ]);
    expect(code).toBe(3);
    expect(stderr).toContain("PLATFORM_MISMATCH");
  });
});

describe("an engine that is not there", () => {
  const nowhere = { DOCKER_HOST: "unix:///nowhere/docker.sock", CONTAINER_HOST: "unix:///nowhere/podman.sock" };

  // Without --pull never the registry would be asked for what no engine has.
  test.each(["docker:alpine:3.20", "podman:alpine:3.20", "alpine:3.20"])("%s ends with 3", async (image) => {
    const { code, stdout, stderr } = await imgweigh(["analyze", "--pull", "never", image], { env: nowhere });
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain("ENGINE_UNREACHABLE");
    expect(stderr).toContain("hint:");
  });
});

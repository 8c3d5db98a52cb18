import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BUILT_PREFIX, builtImages } from "./built-images.ts";
import {
  type AnalysisJson,
  analyze,
  docker,
  hasEngine,
  hasPodman,
  hasSkopeo,
  ledgerOf,
  ran,
  run,
  stop,
  temporaryDirectory,
  works,
} from "./tools.ts";

/** Few layers and many; whiteouts, hard links, kinds that change, names that are not UTF-8. */
const WANTED = ["alpine-3.7:latest", "rewrites-and-hardlinks:latest", "history-forms:latest", "scratch:latest"];

const built = await builtImages();
const images = built.images.filter((name) => WANTED.includes(name.slice(BUILT_PREFIX.length + 1)));

async function skopeo(from: string, to: string, ...options: string[]): Promise<void> {
  await ran("skopeo", ["copy", "--quiet", ...options, from, to]);
}

describe.skipIf(!hasEngine)("one image, one ledger", () => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  beforeAll(async () => {
    folder = await temporaryDirectory();
  });
  afterAll(() => folder.remove());

  async function saved(image: string): Promise<{ tar: string; name: string }> {
    const name = image.replace(/\W+/g, "-");
    const tar = join(folder.path, `${name}.tar`);
    if (!existsSync(tar)) await docker("save", "-o", tar, image);
    return { tar, name };
  }

  test("there are images to compare", () => {
    expect(images.length).toBeGreaterThan(0);
  });

  test.each(images)("%s: engine, docker-archive, standard input", async (image) => {
    const { tar } = await saved(image);
    const fromEngine = await analyze([`docker:${image}`]);
    const fromFile = await analyze([tar]);
    expect(fromFile.source.kind).toBe("docker-archive");
    expect(ledgerOf(fromFile)).toEqual(ledgerOf(fromEngine));
    // The same bytes another way: not only the ledger is equal, the whole result is.
    expect(await analyze(["-"], { stdin: tar })).toEqual(fromFile);
    expect(await analyze([`docker-archive:${tar}`])).toEqual(fromFile);
    await ran("gzip", ["-k", "-1", "-f", tar]);
    expect(await analyze([`${tar}.gz`])).toEqual(fromFile);
    expect(await analyze(["-"], { stdin: `${tar}.gz` })).toEqual(fromFile);
  });

  test.skipIf(!works("zstd", ["--version"])).each(images)("%s: an archive compressed with zstd", async (image) => {
    const { tar } = await saved(image);
    await ran("zstd", ["-q", "-f", tar]);
    expect(await analyze([`${tar}.zst`])).toEqual(await analyze([tar]));
    expect(await analyze(["-"], { stdin: `${tar}.zst` })).toEqual(await analyze([tar]));
  });

  describe.skipIf(!hasSkopeo)("as skopeo writes it", () => {
    test.each(images)("%s: oci-archive, oci-layout, dir, zstd layers, a docker-archive of its own", async (image) => {
      const { tar, name } = await saved(image);
      const from = `docker-archive:${tar}`;
      const at = (suffix: string): string => join(folder.path, `${name}-${suffix}`);
      await skopeo(from, `oci-archive:${at("oci.tar")}:latest`);
      await skopeo(from, `oci:${at("oci")}:latest`);
      await skopeo(from, `oci:${at("zstd")}:latest`, "--dest-compress-format", "zstd");
      await skopeo(from, `dir:${at("dir")}`);
      await skopeo(from, `docker-archive:${at("own.tar")}:${image}`);
      const expected = ledgerOf(await analyze([`docker:${image}`]));
      const ociArchive = await analyze([at("oci.tar")]);
      expect(ociArchive.source.kind).toBe("oci-archive");
      expect(ociArchive.sizes.blobBytes).toBeGreaterThan(0);
      expect(ledgerOf(ociArchive)).toEqual(expected);
      expect(await analyze(["-"], { stdin: at("oci.tar") })).toEqual(ociArchive);
      const kinds: string[] = [];
      for (const form of [
        at("oci"),
        `oci-layout:${at("oci")}`,
        at("zstd"),
        at("dir"),
        `dir:${at("dir")}`,
        at("own.tar"),
      ]) {
        const analysis = await analyze([form]);
        kinds.push(analysis.source.kind);
        expect(ledgerOf(analysis), form).toEqual(expected);
      }
      expect(kinds).toEqual(["oci-layout", "oci-layout", "oci-layout", "dir", "dir", "docker-archive"]);
    });
  });

  test("docker export is an image of one layer: what lives", async () => {
    const image = images[0] as string;
    const container = (await docker("create", image, "/nothing")).toString().trim();
    const tar = join(folder.path, "export.tar");
    try {
      await docker("export", "-o", tar, container);
    } finally {
      await docker("rm", container);
    }
    const listed = (await ran("tar", ["-tvf", tar])).toString().split("\n");
    // "-rw-r--r-- 0/0    7 2024-09-06 11:20 etc/alpine-release"; a hard link begins with h.
    const bytes = listed.filter((line) => line.startsWith("-")).map((line) => Number(line.split(/\s+/)[2]));
    const exported = await analyze([`tar:${tar}`]);
    expect(exported.source.kind).toBe("tar");
    expect(exported.layers).toHaveLength(1);
    expect(exported.sizes.rootfsBytes).toBe(bytes.reduce((sum, size) => sum + size, 0));
    expect(exported.waste.bytes).toBe(0);
    expect(await analyze(["tar:-"], { stdin: tar })).toEqual(exported);
  });
});

describe.skipIf(!hasEngine || built.files === null)("what the corpus's own script made of them", () => {
  test("weighs as its truth says", async () => {
    const files = built.files as string;
    const truth = JSON.parse(await readFile(join(files, "truth.json"), "utf8")) as Record<string, Truth>;
    const single = Object.entries(truth).filter(([, { images: found }]) => found?.length === 1);
    expect(single.length).toBeGreaterThanOrEqual(20);
    for (const [file, { images: found }] of single) {
      const [image] = found as [TruthImage];
      const { sizes, waste } = await analyze([join(files, file)]);
      expect({ content: sizes.contentBytes, final: sizes.rootfsBytes, wasted: waste.bytes }, file).toEqual({
        content: image.sum_layer_regular_bytes,
        final: image.final_regular_bytes,
        wasted: image.wasted_bytes,
      });
    }
  });
});

interface TruthImage {
  readonly sum_layer_regular_bytes: number;
  readonly final_regular_bytes: number;
  readonly wasted_bytes: number;
}

interface Truth {
  readonly images?: readonly TruthImage[];
}

describe.skipIf(!hasEngine || !hasPodman)("podman's socket", () => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  let socket: string;
  let storage: string[];
  let service: ReturnType<typeof spawn>;

  beforeAll(async () => {
    folder = await temporaryDirectory();
    socket = join(folder.path, "podman.sock");
    // A storage of its own, so that no image of this machine's podman is touched.
    const at = (name: string): string => join(folder.path, name);
    storage = ["--root", at("root"), "--runroot", at("run"), "--tmpdir", at("tmp"), "--storage-driver", "vfs"];
    service = spawn("podman", [...storage, "system", "service", "--time=0", `unix://${socket}`], { stdio: "ignore" });
    const deadline = Date.now() + 30_000;
    while (!existsSync(socket)) {
      if (Date.now() > deadline || service.exitCode !== null) throw new Error("podman's service does not start");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  afterAll(async () => {
    await stop(service);
    await run("podman", [...storage, "system", "reset", "--force"]);
    await folder.remove();
  });

  test.each(images)("%s gives the ledger that Docker's engine gives", async (image) => {
    const tar = join(folder.path, "image.tar");
    await docker("save", "-o", tar, image);
    await ran("podman", [...storage, "load", "--quiet", "-i", tar]);
    const names = (
      await ran("podman", [...storage, "image", "ls", "--noheading", "--format", "{{.Repository}}:{{.Tag}}"])
    )
      .toString()
      .split("\n");
    const name = names.find((candidate) => candidate.endsWith(image)) as string;
    const expected = ledgerOf(await analyze([`docker:${image}`]));
    const env = { CONTAINER_HOST: `unix://${socket}` };
    const analysis: AnalysisJson = await analyze(["--pull", "never", `podman:${name}`], { env });
    expect(analysis.source).toEqual({ kind: "podman", verified: "blob" });
    expect(ledgerOf(analysis)).toEqual(expected);
    // It speaks Docker's language too, so Docker's variable reaches it.
    const asDocker = await analyze(["--pull", "never", `docker:${name}`], { env: { DOCKER_HOST: `unix://${socket}` } });
    expect(ledgerOf(asDocker)).toEqual(expected);
    // A plain name goes to whichever engine has the image.
    const plain = await analyze(["--pull", "never", name], {
      env: { ...env, DOCKER_HOST: "unix:///nowhere/docker.sock" },
    });
    expect(plain.source.kind).toBe("podman");
  });
});

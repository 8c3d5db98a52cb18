import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildImage, dockerArchiveFiles, nestedIndexFiles, packFiles } from "../support/image-builder.ts";
import { file, filler, whiteout } from "../support/tar-bytes.ts";
import { type RegistryServer, startRegistry } from "./registry-server.ts";
import {
  analyze,
  docker,
  hasEngine,
  hasRegistry,
  hasSkopeo,
  imgweigh,
  PREFIX,
  ran,
  run,
  temporaryDirectory,
} from "./tools.ts";

/*
 * Whatever engine DOCKER_HOST names: Docker with its older store or with containerd's, or Podman's socket. Nothing is
 * built, so that it also runs where containers do not.
 */

const NAME = `${PREFIX}/stores`;

function imageFor(architecture: string, bytes: number, names: readonly string[] = []) {
  const platform = { os: "linux", architecture };
  const first = {
    entries: [file("srv/a", filler(bytes)), file("srv/b", filler(3000, 2))],
    createdBy: "COPY a b /srv/",
  };
  const second = { entries: [whiteout("srv/b"), file("srv/c", filler(500, 3))], createdBy: "RUN rm /srv/b" };
  return buildImage({ layers: [first, second], names, platform });
}

const native = { x64: "amd64", arm64: "arm64" }[process.arch as string] ?? process.arch;
const foreign = native === "arm64" ? "amd64" : "arm64";
const own = imageFor(native, 20_000, [`${NAME}:1`]);
const other = imageFor(foreign, 40_000);

/** Whether the store keeps several platforms under one name. */
const keepsIndexes =
  hasEngine &&
  (await run("docker", ["info", "-f", "{{json .DriverStatus}}"])).stdout
    .toString()
    .includes("io.containerd.snapshotter");

const idOf = async (name: string): Promise<string> =>
  (await docker("image", "inspect", "-f", "{{.Id}}", name)).toString().trim();

describe.skipIf(!hasEngine)("an engine's store", () => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;

  beforeAll(async () => {
    folder = await temporaryDirectory();
    const archive = join(folder.path, "own.tar");
    await writeFile(archive, packFiles(dockerArchiveFiles([own], "classic")));
    await docker("load", "-q", "-i", archive);
  }, 120_000);
  afterAll(async () => {
    await run("docker", ["rmi", `${NAME}:1`]);
    await folder.remove();
  });

  test("an image is what it is by name, by ID, by the beginning of its ID, and by the digest that is printed", async () => {
    const id = await idOf(`${NAME}:1`);
    const byName = await analyze([`docker:${NAME}:1`]);
    expect(byName.sizes.contentBytes).toBe(23_500);
    expect(byName.waste.bytes).toBe(3000);
    const printed = byName.image.digest ?? byName.image.configDigest ?? "";
    for (const name of [id, id.replace("sha256:", "").slice(0, 12), printed]) {
      for (const platform of [[], ["--platform", `linux/${native}`]]) {
        const byId = await analyze([`docker:${name}`, ...platform]);
        expect(byId.sizes).toEqual(byName.sizes);
        expect(byId.image.configDigest).toBe(byName.image.configDigest);
      }
    }
  }, 120_000);

  test("inspect takes what analyze has kept", async () => {
    const weighed = await analyze([`docker:${NAME}:1`]);
    const inspected = JSON.parse((await ran(...program("inspect", `docker:${NAME}:1`, "-f", "json"))).toString());
    expect(inspected.image).toEqual(weighed.image);
  }, 60_000);

  test("measuring changes nothing: another platform does not take the name away", async () => {
    const before = await idOf(`${NAME}:1`);
    for (const pull of ["missing", "never"]) {
      const { code, stderr } = await imgweigh([
        "analyze",
        `docker:${NAME}:1`,
        "--platform",
        `linux/${foreign}`,
        "--pull",
        pull,
      ]);
      expect(code).toBe(3);
      if (pull === "never" || !keepsIndexes) expect(stderr).toContain(`linux/${native}, not for linux/${foreign}`);
      if (pull === "missing" && !keepsIndexes) expect(stderr).toContain("take the name away");
    }
    expect(await idOf(`${NAME}:1`)).toBe(before);
  }, 60_000);
});

// Which store an engine has is its own affair: against one that keeps no index there is nothing to ask, and nothing skipped.
if (keepsIndexes)
  describe.skipIf(!hasRegistry || !hasSkopeo)("a store that keeps indexes, and a registry", () => {
    let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
    let registry: RegistryServer;
    let reference: string;

    beforeAll(async () => {
      folder = await temporaryDirectory();
      registry = await startRegistry(folder.path);
      reference = `${registry.host}/${PREFIX}/stores:1`;
      const archive = join(folder.path, "both.tar");
      await writeFile(archive, packFiles(nestedIndexFiles([imageFor(native, 20_000), other], "both")));
      await ran("skopeo", [
        "copy",
        "--all",
        "--dest-tls-verify=false",
        `oci-archive:${archive}:both`,
        `docker://${reference}`,
      ]);
    }, 120_000);
    afterAll(async () => {
      await registry.stop();
      await folder.remove();
    });

    for (const [held, bytes] of [
      [native, 23_500],
      [foreign, 43_500],
    ] as const) {
      test(`only linux/${held} was pulled`, async () => {
        await docker("pull", "-q", "--platform", `linux/${held}`, reference);
        try {
          const id = await idOf(reference);
          expect((await analyze([`docker:${reference}`])).sizes.contentBytes).toBe(bytes);
          const absent = held === native ? foreign : native;
          const asked = ["--platform", `linux/${absent}`];
          const never = await imgweigh(["analyze", `docker:${reference}`, ...asked, "--pull", "never"]);
          expect(never.stderr).toContain(`linux/${held}, not for linux/${absent}`);
          expect((await analyze([reference, ...asked])).source.kind).toBe("registry");
          const pulled = await analyze([`docker:${reference}`, ...asked]);
          expect(pulled.sizes.contentBytes).toBe(held === native ? 43_500 : 23_500);
          expect(pulled.source.kind).toBe("docker");
          expect(await idOf(reference)).toBe(id);
          const both = JSON.parse(
            (await ran(...program("inspect", `docker:${reference}`, "--all-platforms", "-f", "json"))).toString(),
          );
          expect(both.images).toHaveLength(2);
        } finally {
          await run("docker", ["rmi", "-f", reference]);
        }
      }, 120_000);
    }
  });

function program(...args: string[]): [string, string[]] {
  return [process.execPath, [join(import.meta.dirname, "../../packages/cli/bin/imgweigh.js"), ...args]];
}

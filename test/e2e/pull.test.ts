import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtImages } from "./built-images.ts";
import { type RegistryServer, startRegistry } from "./registry-server.ts";
import {
  analyze,
  docker,
  hasEngine,
  hasRegistry,
  imgweigh,
  ledgerOf,
  PREFIX,
  run,
  temporaryDirectory,
} from "./tools.ts";

const { images } = await builtImages();

describe.skipIf(!hasEngine || !hasRegistry)("--pull, with a real registry", () => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  let registry: RegistryServer;
  let reference: string;
  let host: string;
  const [first, second] = images as [string, string | undefined];

  /** Puts an image of the engine into the registry under the one name, which the engine then forgets. */
  async function publish(image: string): Promise<void> {
    await docker("tag", image, reference);
    await docker("push", "--quiet", reference);
    await docker("rmi", reference);
  }

  const held = async (): Promise<boolean> => (await run("docker", ["image", "inspect", reference])).code === 0;

  beforeAll(async () => {
    folder = await temporaryDirectory();
    registry = await startRegistry(folder.path);
    host = registry.host;
    reference = `${host}/${PREFIX}/pulled:1`;
    await publish(first);
  });
  afterAll(async () => {
    if (await held()) await docker("rmi", reference);
    // Pushing leaves the name with its digest behind.
    for (const image of [first, second].filter((name) => name !== undefined)) {
      const digests = await docker("image", "inspect", "-f", "{{json .RepoDigests}}", image);
      const ours = (JSON.parse(digests.toString()) as string[]).filter((name) => name.startsWith(host));
      if (ours.length > 0) await docker("rmi", ...ours);
    }
    await registry.stop();
    await folder.remove();
  });

  test("never: what the engine does not hold is not found, and nothing is pulled", async () => {
    const { code, stderr } = await imgweigh(["analyze", "--pull", "never", `docker:${reference}`]);
    expect(code).toBe(3);
    expect(stderr).toContain("IMAGE_NOT_FOUND");
    expect(await held()).toBe(false);
  });

  test("without a prefix it is read where it is, and the engine does not pull it", async () => {
    const read = await analyze([reference]);
    expect(await held()).toBe(false);
    expect(read.source.kind).toBe("registry");
    expect(ledgerOf(read)).toEqual(ledgerOf(await analyze([`docker:${first}`])));
  });

  test("missing: it is pulled, and weighs what it weighed before it was pushed", async () => {
    const pulled = await analyze([`docker:${reference}`]);
    expect(await held()).toBe(true);
    expect(ledgerOf(pulled)).toEqual(ledgerOf(await analyze([`docker:${first}`])));
    // Now that it is there, no registry is needed.
    expect((await analyze([reference])).source.kind).toBe("docker");
  });

  test.skipIf(second === undefined)("missing keeps what is there, always fetches what the name means now", async () => {
    await publish(second as string);
    await docker("tag", first, reference);
    const old = ledgerOf(await analyze([`docker:${first}`]));
    expect(ledgerOf(await analyze([reference]))).toEqual(old);
    expect(ledgerOf(await analyze(["--pull", "never", reference]))).toEqual(old);
    const fresh = ledgerOf(await analyze(["--pull", "always", reference]));
    expect(fresh).toEqual(ledgerOf(await analyze([`docker:${second}`])));
    expect(fresh).not.toEqual(old);
  });

  test("an image pulled by its digest", async () => {
    const digests = (await docker("image", "inspect", "-f", "{{json .RepoDigests}}", reference)).toString();
    const [byDigest] = (JSON.parse(digests) as string[]).filter((name) => name.startsWith(host)) as [string];
    const expected = ledgerOf(await analyze(["--pull", "never", reference]));
    await docker("rmi", reference);
    try {
      expect(ledgerOf(await analyze([`docker:${byDigest}`]))).toEqual(expected);
    } finally {
      await run("docker", ["rmi", byDigest]);
    }
  });

  test("a name that the registry does not have", async () => {
    const { code, stdout, stderr } = await imgweigh(["analyze", `docker:${host}/${PREFIX}/no-such-image:1`]);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain("PULL_FAILED");
    expect(stderr).toContain("hint:");
  });

  test("a registry that is gone", async () => {
    await registry.stop();
    const { code, stderr } = await imgweigh(["analyze", "--pull", "always", `docker:${reference}`]);
    expect(code).toBe(3);
    expect(stderr).toContain("PULL_FAILED");
  });
});

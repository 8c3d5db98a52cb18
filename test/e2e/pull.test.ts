import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  analyze,
  docker,
  hasEngine,
  hasRegistry,
  imgweigh,
  ledgerOf,
  PREFIX,
  run,
  stop,
  temporaryDirectory,
} from "./tools.ts";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

describe.skipIf(!hasEngine || !hasRegistry)("--pull, with a real registry", () => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  let registry: ChildProcess;
  let reference: string;
  let host: string;
  const [first, second] = inject("images") as [string, string | undefined];

  /** Puts an image of the engine into the registry under the one name, which the engine then forgets. */
  async function publish(image: string): Promise<void> {
    await docker("tag", image, reference);
    await docker("push", "--quiet", reference);
    await docker("rmi", reference);
  }

  const held = async (): Promise<boolean> => (await run("docker", ["image", "inspect", reference])).code === 0;

  beforeAll(async () => {
    folder = await temporaryDirectory();
    const port = await freePort();
    host = `localhost:${port}`;
    reference = `${host}/${PREFIX}/pulled:1`;
    const config = join(folder.path, "registry.yml");
    const lines = [
      "version: 0.1",
      `storage: { filesystem: { rootdirectory: ${join(folder.path, "registry")} } }`,
      `http: { addr: "127.0.0.1:${port}" }`,
    ];
    await writeFile(config, `${lines.join("\n")}\n`);
    registry = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
    const deadline = Date.now() + 30_000;
    while (!(await fetch(`http://${host}/v2/`).catch(() => null))?.ok) {
      if (Date.now() > deadline) throw new Error("the registry does not start");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
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
    await stop(registry);
    await folder.remove();
  });

  test("never: what the engine does not hold is not found, and nothing is pulled", async () => {
    const { code, stderr } = await imgweigh(["analyze", "--pull", "never", `docker:${reference}`]);
    expect(code).toBe(3);
    expect(stderr).toContain("IMAGE_NOT_FOUND");
    expect(await held()).toBe(false);
  });

  test("missing: it is pulled, and weighs what it weighed before it was pushed", async () => {
    const pulled = await analyze([reference]);
    expect(await held()).toBe(true);
    expect(ledgerOf(pulled)).toEqual(ledgerOf(await analyze([`docker:${first}`])));
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
      expect(ledgerOf(await analyze([byDigest]))).toEqual(expected);
    } finally {
      await run("docker", ["rmi", byDigest]);
    }
  });

  test("a name that the registry does not have", async () => {
    const { code, stdout, stderr } = await imgweigh(["analyze", `${host}/${PREFIX}/no-such-image:1`]);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain("PULL_FAILED");
    expect(stderr).toContain("hint:");
  });

  test("a registry that is gone", async () => {
    await stop(registry);
    const { code, stderr } = await imgweigh(["analyze", "--pull", "always", `docker:${reference}`]);
    expect(code).toBe(3);
    expect(stderr).toContain("PULL_FAILED");
  });
});

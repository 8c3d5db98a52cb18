import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { docker, hasEngine, imgweigh, PREFIX, temporaryDirectory, works } from "./tools.ts";

// From a static program alone: every builder of the machine can run it without a network.
const hasBusybox = works("/bin/busybox", ["true"]);
const ROOTFS = `FROM scratch
COPY busybox /bin/busybox
SHELL ["/bin/busybox", "sh", "-c"]
`;
const WASTEFUL = `${ROOTFS}RUN /bin/busybox dd if=/dev/zero of=/big bs=1000 count=100
RUN /bin/busybox rm /big
`;

describe.skipIf(!hasEngine || !hasBusybox)("fix --verify", () => {
  let folder = "";
  let remove = async (): Promise<void> => {};
  const dockerfile = () => join(folder, "Dockerfile");

  beforeAll(async () => {
    ({ path: folder, remove } = await temporaryDirectory());
    await copyFile("/bin/busybox", join(folder, "busybox"));
    await writeFile(dockerfile(), WASTEFUL);
    await docker("build", "--network", "host", "--tag", `${PREFIX}/verify:1`, folder);
    await docker("save", "--output", join(folder, "image.tar"), `${PREFIX}/verify:1`);
  });

  afterAll(() => remove());

  const fix = (...args: string[]) =>
    imgweigh(["fix", join(folder, "image.tar"), "--dockerfile", dockerfile(), "--verify", ...args]);

  test("writes what two builds prove", async () => {
    await writeFile(dockerfile(), WASTEFUL);
    const { code, stderr } = await fix("--write", "--verify-with", "docker", "--", "--network", "host");
    expect(stderr).toMatch(
      /verified by docker: saved 100,000 B, predicted 100,000 B\n {2}\d+ entries compared: nothing/,
    );
    expect(code).toBe(0);
    expect(await readFile(dockerfile(), "utf8")).toContain("&& /bin/busybox rm /big");
  });

  test("writes nothing where a build does not work as it is called", async () => {
    await writeFile(dockerfile(), WASTEFUL);
    const { code, stderr } = await fix("--write", "--verify-with", "docker", "--", "--target", "no-such-stage");
    expect(code).toBe(1);
    expect(stderr).toContain("not verified by docker: before does not build:");
    expect(await readFile(dockerfile(), "utf8")).toBe(WASTEFUL);
  });

  test.skipIf(!works("buildah", ["--version"]))("with buildah", async () => {
    await writeFile(dockerfile(), WASTEFUL);
    const { stderr } = await fix("--verify-with", "buildah", "--", "--isolation", "chroot", "--format", "docker");
    expect(stderr).toContain("verified by buildah: saved 100,000 B, predicted 100,000 B");
  });
});

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { run } from "../../../packages/cli/src/run.ts";
import { FakeHost, type Transcript } from "../../support/fake-host.ts";
import { buildImage } from "../../support/image-builder.ts";
import { file, whiteout } from "../../support/tar-bytes.ts";

const folder = mkdtempSync(join(tmpdir(), "imgweigh-fix-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function imgweigh(...args: string[]): Promise<Transcript> {
  const host = new FakeHost([...args, "--quiet"], { cwd: folder });
  return host.transcript(await run(host));
}

const comment = "buildkit.dockerfile.v0";
const image = buildImage({
  names: ["acme/api:1"],
  layers: [
    { entries: [file("bin/sh", "#!")], createdBy: "COPY rootfs / # buildkit", comment },
    {
      entries: [file("opt/one", 50_000)],
      createdBy: "RUN /bin/sh -c head -c 50000 /dev/zero > /opt/one # buildkit",
      comment,
    },
    { entries: [whiteout("opt/one")], createdBy: "RUN /bin/sh -c rm /opt/one # buildkit", comment },
  ],
  config: { config: { Cmd: ["sh"] } },
});
const OWN = "FROM base\nRUN head -c 50000 /dev/zero > /opt/one\nRUN rm /opt/one\n";

const dockerfile = join(folder, "Dockerfile");
beforeEach(() => {
  writeFileSync(join(folder, "image.tar"), image.asDockerArchive());
  writeFileSync(dockerfile, OWN);
});

const fix = (...args: string[]) => imgweigh("fix", "./image.tar", "--dockerfile", "Dockerfile", ...args);

describe("a Dockerfile of another image", () => {
  const OTHER = OWN.replace("rm /opt/one", "rm -f /opt/two");
  const SAID =
    "The Dockerfile is not the one that this image was built from: line 3, `RUN rm -f /opt/two`, is `RUN rm /opt/one` in the image's history.";

  it("is not edited, and the first step that differs is named", async () => {
    writeFileSync(dockerfile, OTHER);
    const { stdout, stderr, code } = await fix("--write");
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(`DOCKERFILE_MISMATCH: ${SAID}`);
    expect(readFileSync(dockerfile, "utf8")).toBe(OTHER);
  });

  it.each([["analyze"], ["suggest"], ["check", "--max", "1MB"]])(
    "is said to be one by %s",
    async (command, ...more) => {
      writeFileSync(dockerfile, OTHER);
      const { stdout, code } = await imgweigh(command, "./image.tar", "--dockerfile", "Dockerfile", ...more);
      expect(code).toBe(0);
      expect(stdout.replace(/\s+/g, " ")).toContain(SAID);
    },
  );

  it("is edited where only what describes the image differs, with a warning", async () => {
    const labelled = `${OWN}CMD ["other"]\n`;
    writeFileSync(dockerfile, labelled);
    const host = new FakeHost(["fix", "./image.tar", "--dockerfile", "Dockerfile"], { cwd: folder });
    const { stdout, stderr, code } = host.transcript(await run(host));
    expect(code).toBe(0);
    expect(stderr).toContain("warning: The Dockerfile changed since this image was built from it: line 4");
    expect(stdout).toContain("-RUN rm /opt/one");
  });
});

describe("what the plan is made of", () => {
  it("leaves out what is named, by rule or id, and takes only what is named", async () => {
    const without = await fix("--without", "deleted-later");
    expect(without).toMatchObject({ code: 0, stdout: "" });
    const only = await fix("--only", "deleted-later");
    expect(only.stdout).toContain("-RUN rm /opt/one");
    const { stdout } = await imgweigh("suggest", "./image.tar", "--dockerfile", "Dockerfile", "--format", "json");
    const { findings } = JSON.parse(stdout) as { findings: { id: string; rule: string }[] };
    const id = findings.find(({ rule }) => rule === "deleted-later")?.id ?? "";
    expect((await fix("--only", id)).stdout).toBe(only.stdout);
    expect((await fix("--without", id)).stdout).toBe("");
  });

  it.each(["--only", "--without", "--assume"])("refuses a name that nothing has: %s", async (flag) => {
    const { code, stderr } = await fix(flag, "no-such-thing");
    expect(code).toBe(2);
    expect(stderr).toContain('FINDING_UNKNOWN: "no-such-thing" is');
  });

  it("accepts assumptions by a finding's id, not by a rule's", async () => {
    expect(await fix("--assume", "deleted-later")).toMatchObject({ code: 2 });
  });
});

describe("--write", () => {
  it("keeps line endings, and says how to undo", async () => {
    const crlf = OWN.replaceAll("\n", "\r\n");
    writeFileSync(dockerfile, crlf);
    const host = new FakeHost(["fix", "./image.tar", "--dockerfile", "Dockerfile", "--write"], { cwd: folder });
    const { code, stderr } = host.transcript(await run(host));
    expect(code).toBe(0);
    const written = readFileSync(dockerfile, "utf8");
    expect(written).toContain("/opt/one \\\r\n    && rm /opt/one\r\n");
    expect(written.replaceAll("\r\n", "")).not.toContain("\n");
    const patch = /to undo: git apply -R (\S+)/.exec(stderr)?.[1] ?? "";
    execFileSync("git", ["apply", "-R", patch], { cwd: folder });
    expect(readFileSync(dockerfile, "utf8")).toBe(crlf);
    rmSync(patch);
  });
});

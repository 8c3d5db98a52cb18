import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { run } from "../../../packages/cli/src/run.ts";
import type { CheckResult } from "../../../packages/core/src/check/check-result.ts";
import { temporaryDirectory } from "../../support/analyze-files.ts";
import { FakeHost, type FakeHostOptions } from "../../support/fake-host.ts";
import { buildImage, nestedIndexFiles, writeFiles } from "../../support/image-builder.ts";
import { file } from "../../support/tar-bytes.ts";

/** A folder with files in it. */
function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const cwd = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
  return cwd;
}

async function imgweigh(cwd: string, args: readonly string[], options: Partial<FakeHostOptions> = {}) {
  const host = new FakeHost([...args, ...(args.includes("--no-cache") ? [] : ["--no-cache"])], { cwd, ...options });
  return host.transcript(await run(host));
}

const read = (cwd: string, name: string): string => readFileSync(join(cwd, name), "utf8");

const image = (bytes: number, architecture = "amd64") =>
  buildImage({
    names: ["app:1"],
    platform: { os: "linux", architecture },
    layers: [
      {
        createdBy: "COPY app /app # buildkit",
        entries: [file("app", "a".repeat(bytes)), file("small", "s".repeat(3)), file("big", "b".repeat(9000))],
      },
    ],
  });

describe("imgweigh init", () => {
  it("writes a configuration that check passes with, and does not write over one", async () => {
    const cwd = folder({ "app.tar": image(1000).asDockerArchive(), Dockerfile: "FROM scratch\nCOPY app /app\n" });
    expect(await imgweigh(cwd, ["init", "./app.tar", "--quiet"])).toMatchObject({ code: 0, stdout: "" });
    const written = read(cwd, "imgweigh.yaml");
    expect(written).toContain("  - image: ./app.tar\n    dockerfile: Dockerfile\n");
    expect(await imgweigh(cwd, ["check"])).toMatchObject({ code: 0, stderr: "" });

    const again = await imgweigh(cwd, ["init"]);
    expect(again).toMatchObject({ code: 2 });
    expect(again.stderr).toContain("imgweigh.yaml is there already: --force writes over it");
    expect(read(cwd, "imgweigh.yaml")).toBe(written);
    expect(await imgweigh(cwd, ["init", "--force"])).toMatchObject({ code: 2 });
    expect(read(cwd, "imgweigh.yaml")).toBe(written);
  });

  it("sees a configuration of another name", async () => {
    const { code, stderr } = await imgweigh(folder({ "imgweigh.json": "{}" }), ["init"]);
    expect([code, stderr.includes("imgweigh.json is there already")]).toEqual([2, true]);
  });
});

describe("imgweigh check", () => {
  const limit = (max: string): string =>
    `version: 1\nimages:\n  - image: ./app.tar # ours\n    budgets:\n      - { metric: content, max: ${max} }\n`;

  it("--tighten lowers what was reached, tells of it on stderr, and keeps what was exceeded", async () => {
    const cwd = folder({ "app.tar": image(1000).asDockerArchive(), "imgweigh.yml": limit("1 MB") });
    expect(await imgweigh(cwd, ["check", "--tighten"])).toMatchObject({
      code: 0,
      stderr: "imgweigh.yml: images[0].budgets[0].max 1 MB → 0.02 MB\n",
    });
    expect(read(cwd, "imgweigh.yml")).toBe(limit("0.02 MB"));
    writeFileSync(join(cwd, "imgweigh.yml"), limit("1 kB"));
    expect(await imgweigh(cwd, ["check", "--tighten", "--quiet"])).toMatchObject({ code: 1, stderr: "" });
    expect(read(cwd, "imgweigh.yml")).toBe(limit("1 kB"));
    expect(await imgweigh(folder(), ["check", "demo:", "--max", "1GB", "--tighten"])).toMatchObject({ code: 2 });
  });

  it("wants one configuration", async () => {
    const two = folder({ "imgweigh.yaml": limit("1"), "imgweigh.json": "{}" });
    const { code, stderr } = await imgweigh(two, ["check"]);
    expect([code, stderr.includes("imgweigh.yaml and imgweigh.json are both here")]).toEqual([2, true]);
    expect(await imgweigh(two, ["check", "--config", "nowhere.yaml"])).toMatchObject({ code: 2 });
  });

  it("finds what dive is configured with where nothing else is", async () => {
    const cwd = folder({ "app.tar": image(1000).asDockerArchive(), ".dive-ci": "rules:\n  lowestEfficiency: 0.9\n" });
    const { code, stdout } = await imgweigh(cwd, ["check", "./app.tar"]);
    expect(code).toBe(0);
    expect(stdout).toContain(".dive-ci:2: lowestEfficiency became efficiency min 0.9");
    expect(await imgweigh(cwd, ["check"])).toMatchObject({ code: 2 });
    writeFileSync(join(cwd, "imgweigh.yaml"), limit("1 MB"));
    expect((await imgweigh(cwd, ["check"])).stdout).not.toContain("dive");
  });

  it("writes any number of reports at once, the table beside them", async () => {
    const cwd = folder({ "app.tar": image(1000).asDockerArchive() });
    const formats = ["json=r.json", "sarif=r.sarif", "junit=r.xml", "gitlab=r.gitlab", "csv=r.csv", "markdown=r.md"];
    const args = ["check", "--max", "1kB", ...formats.flatMap((format) => ["--format", format]), "./app.tar"];
    const { code, stdout } = await imgweigh(cwd, args);
    expect(code).toBe(1);
    expect(stdout).toContain("failed content is 10.0 kB: 9.00 kB more than max 1kB");
    const result = JSON.parse(read(cwd, "r.json")) as CheckResult;
    expect(result).toMatchObject({ schemaVersion: 1, passed: false, images: [{ budgets: [{ over: 9003 }] }] });
    expect(JSON.parse(read(cwd, "r.sarif"))).toMatchObject({ version: "2.1.0" });
    for (const name of ["r.xml", "r.gitlab", "r.csv", "r.md"]) expect(read(cwd, name).length).toBeGreaterThan(50);
    const json = await imgweigh(cwd, ["check", "./app.tar", "--max", "1kB", "-f", "json", "-o", "o.json"]);
    expect([json.code, json.stdout]).toEqual([1, ""]);
    expect(JSON.parse(read(cwd, "o.json"))).toEqual(result);
    expect(await imgweigh(cwd, ["check", "./app.tar", "--max", "1kB", "-f", "pdf"])).toMatchObject({ code: 2 });
    expect(await imgweigh(cwd, ["check", "./app.tar", "--max", "1kB", "-f", "json=no/such/folder"])).toMatchObject({
      code: 2,
    });
  });

  it("by a name writes the same comment and fingerprints, whatever the image's tag", async () => {
    const cwd = folder({ "1.tar": image(1000).asDockerArchive(), "2.tar": image(1000).asDockerArchive() });
    const reports = ["--format", "markdown=r.md", "--format", "gitlab=r.json"];
    const report = async (target: string, ...args: string[]) => {
      await imgweigh(cwd, ["check", target, "--max", "1kB", ...reports, ...args]);
      return [read(cwd, "r.md").split("\n", 1)[0], JSON.parse(read(cwd, "r.json"))[0].fingerprint];
    };
    const [named, unnamed] = [await report("./1.tar", "--name", "app"), await report("./1.tar")];
    expect(named[0]).toBe("<!-- imgweigh:app -->");
    expect(await report("./2.tar", "--name", "app")).toEqual(named);
    expect(unnamed[0]).toBe("<!-- imgweigh:./1.tar -->");
    expect(unnamed[1]).not.toBe(named[1]);
  });

  it("compares with an image, a baseline file of another source, and a saved analysis alike", async () => {
    const cwd = folder({
      "base.tar": image(1000).asDockerArchive(),
      "base.oci.tar": image(1000).asOciArchive(),
      "same.tar": image(1000).asDockerArchive(),
      "grown.tar": image(1001).asDockerArchive(),
      "arm.tar": image(1000, "arm64").asDockerArchive(),
    });
    for (const [name, ...args] of [
      ["slim.json", "baseline", "./base.oci.tar"],
      ["full.json", "baseline", "./base.oci.tar", "--full"],
      ["analysis.json", "analyze", "./base.oci.tar", "--format", "json"],
    ] as const)
      expect(await imgweigh(cwd, [...args, "-o", name])).toMatchObject({ code: 0 });
    const check = (name: string, baseline: string) =>
      imgweigh(cwd, ["check", `./${name}`, "--max-increase", "0", "--baseline", baseline]);
    for (const baseline of ["./base.tar", "slim.json", "full.json", "baseline:analysis.json"]) {
      expect(await check("same.tar", baseline), baseline).toMatchObject({ code: 0, stderr: "" });
      const grown = await check("grown.tar", baseline);
      expect(grown.code, baseline).toBe(1);
      expect(grown.stdout).toContain("failed content is 10.0 kB, +1 B (+0.0 %): 1 B more than maxIncrease 0");
      expect(grown.stdout).toContain("+1 B  path /app");
      expect(grown.stdout).toContain(`next: imgweigh diff ${baseline} ./grown.tar`);
      expect((await check("arm.tar", baseline)).code, baseline).toBe(2);
    }
    writeFileSync(join(cwd, "later.json"), read(cwd, "slim.json").replace('"schemaVersion": 1', '"schemaVersion": 2'));
    expect(await check("same.tar", "later.json")).toMatchObject({ code: 2 });
  });

  it("without its baseline has not passed, unless that was allowed", async () => {
    const cwd = folder({ "app.tar": image(1000).asDockerArchive() });
    const args = ["check", "./app.tar", "--max", "1MB", "--max-increase", "1%"];
    for (const baseline of [[], ["--baseline", "gone.json"], ["--baseline", "./gone.tar"]]) {
      const { code, stdout } = await imgweigh(cwd, [...args, ...baseline]);
      expect([code, stdout.includes("NOT CHECKED: "), stdout.includes("do: ")]).toEqual([2, true, true]);
      expect(stdout).toContain("(1 of 2 budgets not checked)");
      expect(stdout.includes("is not there")).toBe(baseline.length > 0);
      expect(
        await imgweigh(cwd, ["check", "./app.tar", "--max", "1", "--max-increase", "1%", ...baseline]),
      ).toMatchObject({ code: 1 });
      const allowed = await imgweigh(cwd, [...args, ...baseline, "--missing-baseline", "allow"]);
      expect([allowed.code, allowed.stdout.includes("skipped: no baseline")]).toEqual(
        baseline.length > 0 ? [0, true] : [2, false],
      );
      const unmeasured = await imgweigh(cwd, [...args, ...baseline, "--allow-unmeasured"]);
      expect(unmeasured.code).toBe(baseline.length > 0 ? 2 : 0);
      expect(
        await imgweigh(cwd, [...args, ...baseline, "--missing-baseline", "allow", "--require-baseline"]),
      ).toMatchObject({ code: 2 });
    }
    expect(await imgweigh(cwd, ["check", "./app.tar", "--max", "1MB", "--baseline", "gone.json"])).toMatchObject({
      code: 2,
    });
    const damaged = folder({ "app.tar": image(1000).asDockerArchive(), "b.tar": "no tar", "b.json": "{}" });
    expect(await imgweigh(damaged, [...args, "--baseline", "./b.tar"])).toMatchObject({ code: 3 });
    expect(await imgweigh(damaged, [...args, "--baseline", "b.json"])).toMatchObject({ code: 2 });
  });

  it("measures compressed bytes by compressing, where it is asked to", async () => {
    const cwd = folder({ "app.tar": image(100_000).asDockerArchive() });
    const check = ["check", "./app.tar", "--metric", "blob"];
    const unmeasured = await imgweigh(cwd, [...check, "--max", "1kB"]);
    expect([unmeasured.code, unmeasured.stdout.includes("--estimate-blob")]).toEqual([2, true]);
    const json = ["--estimate-blob", "--format", "json"];
    const failed = await imgweigh(cwd, [...check, "--max", "100", ...json]);
    const [budget] = (JSON.parse(failed.stdout) as CheckResult).images[0]?.budgets ?? [];
    expect([failed.code, budget?.status, budget?.estimated]).toEqual([1, "failed", true]);
    const [layer] = image(100_000).layers;
    expect(Math.abs((budget?.measured ?? 0) - gzipSync(layer?.tar ?? "").length)).toBeLessThan(32);
    expect(await imgweigh(cwd, [...check, "--max", "1MB", ...json])).toMatchObject({ code: 0 });
    const grown = [...check, "--max-increase", "0", "--baseline", "./app.tar", "--estimate-blob"];
    expect(await imgweigh(cwd, grown)).toMatchObject({ code: 0 });
  });

  it("holds every platform of an image to its budgets", async () => {
    const cwd = folder();
    const both = [image(1000), image(2000, "arm64")] as const;
    writeFiles(nestedIndexFiles(both), join(cwd, "both"));
    const run = async (...args: string[]) => {
      const { code, stdout } = await imgweigh(cwd, ["check", "./both", "--format", "json", ...args]);
      return { code, images: stdout === "" ? [] : (JSON.parse(stdout) as CheckResult).images };
    };
    const passed = await run("--all-platforms", "--max", "12kB");
    expect(passed.images.map(({ name }) => name)).toEqual(["./both (linux/amd64)", "./both (linux/arm64)"]);
    expect(passed.code).toBe(0);
    expect((await run("--all-platforms", "--max", "10.5kB")).code).toBe(1);
    const budgets = (arm: string) =>
      `version: 1\nimages:\n  - image: ./both\n    allPlatforms: true\n    budgets:\n      - { metric: content, max: 10.5 kB }\n      - { metric: content, max: 12 kB, platform: ${arm} }\n`;
    writeFileSync(join(cwd, "imgweigh.yaml"), budgets("linux/arm64"));
    expect(await imgweigh(cwd, ["check"])).toMatchObject({ code: 0 });
    writeFileSync(join(cwd, "imgweigh.yaml"), budgets("linux/s390x"));
    const lost = await imgweigh(cwd, ["check"]);
    expect([lost.code, lost.stderr.includes("NOT CHECKED")]).toEqual([2, true]);
  });

  it("--print-config checks nothing, and goes where it is told", async () => {
    const cwd = folder({ "imgweigh.yaml": limit("1") });
    const table = await imgweigh(cwd, ["check", "--print-config"]);
    expect([table.code, table.stdout.includes("imgweigh.yaml:5 images[0].budgets[0]")]).toEqual([0, true]);
    const args = ["check", "--print-config", "--format", "json", "--output", "config.json"];
    expect(await imgweigh(cwd, args)).toMatchObject({ code: 0, stdout: "" });
    expect(JSON.parse(read(cwd, "config.json"))).toMatchObject({ images: [{ budgets: [{ max: { value: 1 } }] }] });
  });

  it("fails by findings from a level on", async () => {
    const cwd = folder();
    const code = async (...args: string[]) => (await imgweigh(cwd, ["check", "demo:", ...args])).code;
    expect(await code("--fail-on", "error")).toBe(0);
    expect(await code("--fail-on", "warn")).toBe(1);
    expect(await code("--fail-on", "off")).toBe(0);
  });

  it("takes rules, ignores and a limit's scope as flags", async () => {
    const cwd = folder();
    const check = (...args: string[]) => imgweigh(cwd, ["check", "demo:", ...args]);
    // The demo deletes in a later RUN the virtual package that one added.
    const level = ["--rule", "apk-virtual-*=error"];
    const late = await check(...level, "--ignore", "apk-virtual-split until 2020-01-31=next sprint");
    expect([late.code, late.stdout.includes("(--ignore) expired after 2020-01-31")]).toEqual([1, true]);
    const part = ["--metric", "rootfs", "--scope", "path:/usr/lib", "--max", "1GB"];
    const passed = await check(...level, "--ignore", "apk-virtual-split=next sprint", ...part);
    expect(passed.code).toBe(0);
    expect(passed.stdout).toContain("1 finding ignored, with reasons");
    expect(passed.stdout).toContain("rootfs of path /usr/lib");
    const unknown = await check("--scope", "pth:/usr", "--max", "1");
    expect([unknown.code, unknown.stderr.includes("did you mean path?")]).toEqual([2, true]);
    // What is ignored of nothing that could fail checks nothing.
    expect((await check("--ignore", "vcs=served")).code).toBe(2);
  });

  it("that is interrupted ends with 130, and reports nothing", async () => {
    async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
      while (true) {
        await sleep(5);
        yield Buffer.alloc(0);
      }
    }
    const cwd = folder();
    const host = new FakeHost(["check", "-", "--max", "1MB", "--format", "json=r.json"], { cwd, stdin: endless() });
    const running = run(host);
    await sleep(300);
    host.signal("SIGINT");
    expect(host.transcript(await running)).toMatchObject({ code: 130, stdout: "" });
    expect(existsSync(join(cwd, "r.json"))).toBe(false);
  });
});

import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadImage } from "../../packages/core/src/analyze.ts";
import { readBuild } from "../../packages/core/src/build/read-build.ts";
import { findWaste, type Waste } from "../../packages/core/src/finding/find-waste.ts";
import type { Finding } from "../../packages/core/src/finding/finding.ts";
import { weigh } from "../../packages/core/src/ledger/ledger.ts";
import { resolveSource } from "../../packages/core/src/source/resolve-source.ts";
import { measure } from "../rebuild/measure.ts";
import { hasBinutils, makeLibrary, makeProgram } from "../rebuild/programs.ts";
import { temporaryDirectory } from "../support/analyze-files.ts";
import { CORPUS, docker, hasCorpus, hasEngine, PREFIX, ran, run } from "./tools.ts";

/* What rules say of a stage of its own, built by a real engine: their own patch, nothing added. */

const made: string[] = [];
afterAll(async () => {
  if (made.length > 0) await docker("rmi", "-f", ...made);
});

async function build(name: string, context: string): Promise<string> {
  const image = `${PREFIX}/final-stage-${name}`;
  await ran("docker", ["build", "-q", "--no-cache", "--force-rm", "-t", image, context], {
    env: { DOCKER_BUILDKIT: "0" },
  });
  made.push(image);
  return image;
}

async function wasteOf(image: string, context: string): Promise<Waste> {
  const ledger = weigh(await loadImage(resolveSource(`docker:${image}`)));
  const text = readFileSync(join(context, "Dockerfile"), "utf8");
  return findWaste(ledger, await readBuild(ledger, { name: "Dockerfile", text }));
}

async function findingOf(rule: string, image: string, context: string): Promise<Finding> {
  const { findings } = await wasteOf(image, context);
  const found = findings.filter((finding) => finding.rule === rule);
  expect(found, rule).toHaveLength(1);
  return found[0] as Finding;
}

/** What an image weighs, by the engine and GNU tar. */
async function measured(image: string): ReturnType<typeof measure> {
  const archive = join(temporaryDirectory(), "image.tar");
  await docker("save", "-o", archive, image);
  return measure(image, archive);
}

async function output(image: string): Promise<string> {
  const { code, stdout, stderr } = await run("docker", ["run", "--rm", "--network", "none", image]);
  return `${code} ${stdout}${stderr}`;
}

/** Builds, finds, patches and builds again; what was predicted has to be what is measured, and the program has to run. */
async function rebuild(rule: string, name: string, context: string, prints: string): Promise<Finding> {
  const wasteful = await build(`${name}:wasteful`, context);
  const finding = await findingOf(rule, wasteful, context);
  expect(finding.exact.content).toBe(true);
  writeFileSync(join(context, "patch"), finding.fix.patch ?? "");
  await ran("git", ["apply", "patch"], { cwd: context });
  const fixed = await build(`${name}:fixed`, context);
  const [before, after] = [await measured(wasteful), await measured(fixed)];
  expect(finding.bytes.content).toBe(before.contentBytes - after.contentBytes);
  expect(await output(wasteful)).toBe(`0 ${prints}\n`);
  expect(await output(fixed)).toBe(`0 ${prints}\n`);
  return finding;
}

function contextOf(dockerfile: readonly string[], files: Readonly<Record<string, Uint8Array | string>>): string {
  const context = temporaryDirectory();
  writeFileSync(join(context, "Dockerfile"), `${dockerfile.join("\n")}\n`);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(context, path)), { recursive: true });
    writeFileSync(join(context, path), content, { mode: 0o755 });
  }
  return context;
}

const ALPINE = join(CORPUS, "rootfs/alpine-minirootfs-3.20.3-x86_64.tar.gz");

describe.skipIf(!hasEngine || !hasCorpus || !hasBinutils)("on Alpine, a stage of its own", () => {
  let base = "";
  beforeAll(async () => {
    const context = contextOf(["FROM scratch", "ADD rootfs.tar.gz /", 'CMD ["/bin/sh"]'], {});
    copyFileSync(ALPINE, join(context, "rootfs.tar.gz"));
    base = await build("alpine", context);
  });

  test("of a static program is scratch, with its data, its user and its directories", async () => {
    const context = contextOf(
      [
        `FROM ${base}`,
        "RUN adduser -D -u 4000 app && mkdir -p /data /src && chown app /data",
        "COPY go.mod main.go /src/",
        "COPY app /usr/local/bin/app",
        "COPY site /site",
        "ENV GREETING=hello",
        "WORKDIR /data",
        "USER app",
        "CMD app --site /site",
      ],
      {
        app: await makeProgram({ prints: "static and well", dataBytes: 100_000 }),
        "go.mod": "module x\n",
        "main.go": "package main\n",
        "site/index.html": "<p>index</p>",
        "site/style/page.css": "p {}",
      },
    );
    const { fix } = await rebuild("static-binary", "static", context, "static and well");
    expect(fix.change?.after).toContain("COPY --from=build --chown=4000:0 /data /data");
    const config = JSON.parse((await docker("inspect", `${PREFIX}/final-stage-static:fixed`)).toString())[0].Config;
    expect(config).toMatchObject({ User: "app", WorkingDir: "/data", Cmd: ["app", "--site", "/site"] });
    expect(config.Env).toContain("GREETING=hello");
  });

  test("of a program that is built in the image has the libraries that only the build brought", async () => {
    const context = contextOf(
      [
        `FROM ${base}`,
        "COPY toolchain /usr/lib/gcc/",
        "COPY lib /usr/lib/",
        "RUN ln -s libadd.so.1.2 /usr/lib/libadd.so.1 && cp /usr/lib/gcc/made /usr/local/bin/made",
        'CMD ["sh", "-c", "made && true"]',
      ],
      {
        "toolchain/cc1": Buffer.alloc(2_000_000, "cc1"),
        "toolchain/made": await makeProgram({ prints: "linked and well", needed: ["libadd.so.1"] }),
        "lib/libadd.so.1.2": await makeLibrary("libadd.so.1", 50_000),
      },
    );
    const { fix } = await rebuild("built-in-final-stage", "built", context, "linked and well");
    expect(fix.change?.after).toContain("COPY --from=build /usr/lib/libadd.so.1 /usr/lib/libadd.so.1");
  });

  test("on a base to build with is the plan", async () => {
    const tools = contextOf([`FROM ${base}`, "COPY go /usr/local/go/bin/", 'CMD ["/bin/sh"]'], {
      "go/compile": Buffer.alloc(21_000_000, "compile"),
      "go/made": await makeProgram({ prints: "planned and well", dataBytes: 50_000 }),
    });
    const golang = await build("golang", tools);
    const context = contextOf(
      [
        `FROM ${golang} AS base`,
        "RUN mkdir /unused && head -c 100000 /dev/zero > /unused/tools",
        "FROM base",
        "WORKDIR /src",
        "COPY go.mod main.go ./",
        "RUN cp /usr/local/go/bin/made /usr/local/bin/made",
        'ENTRYPOINT ["made"]',
      ],
      { "go.mod": "module x\n", "main.go": "package main\n" },
    );
    const wasteful = await build("planned:wasteful", context);
    const { plan, findings } = await wasteOf(wasteful, context);
    expect(findings.filter(({ id }) => plan.findings.includes(id)).map(({ rule }) => rule)).toEqual(["toolchain-base"]);
    expect(plan.exact.content).toBe(true);
    writeFileSync(join(context, "patch"), plan.patch ?? "");
    await ran("git", ["apply", "patch"], { cwd: context });
    const fixed = await build("planned:fixed", context);
    expect(plan.before.contentBytes).toBe((await measured(wasteful)).contentBytes);
    expect(plan.after.contentBytes).toBe((await measured(fixed)).contentBytes);
    expect(await output(fixed)).toBe("0 planned and well\n");
  });

  test("is not advised of Alpine itself, nor of an image that has had it", async () => {
    const rules = async (image: string): Promise<string[]> => {
      const ledger = weigh(await loadImage(resolveSource(`docker:${image}`)));
      return findWaste(ledger, await readBuild(ledger)).findings.map(({ rule }) => rule);
    };
    expect(await rules(base)).toEqual([]);
    expect(await rules(`${PREFIX}/final-stage-static:fixed`)).toEqual([]);
    expect(await rules(`${PREFIX}/final-stage-built:fixed`)).toEqual([]);
  });
});

const PROGRAMS = ["/usr/bin/dash", "/usr/bin/mawk", "/usr/bin/grep"].filter((path) => existsSync(path));

describe.skipIf(!hasEngine || process.arch !== "x64" || PROGRAMS.length < 3)(
  "on a glibc of this machine, a stage of its own",
  () => {
    test("of a dynamic program is its libraries and its loader", async () => {
      const context = contextOf(
        [
          "FROM scratch",
          "ADD rootfs.tar /",
          "COPY words /opt/search/share/words",
          "COPY search /opt/search/bin/search",
          'CMD ["/opt/search/bin/search", "-c", "well", "/opt/search/share/words"]',
        ],
        { words: "all is well\n" },
      );
      const root = join(context, "root");
      const listings = await Promise.all(PROGRAMS.map(async (path) => (await ran("ldd", [path])).toString()));
      const libraries = listings.flatMap((text) =>
        [...text.matchAll(/\s(\/\S+) \(/g)].map((match) => match[1] as string),
      );
      for (const path of new Set([...libraries, ...PROGRAMS, "/etc/os-release"])) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        cpSync(realpathSync(path), join(root, path));
      }
      mkdirSync(join(root, "bin"), { recursive: true });
      writeFileSync(join(root, "bin/filler"), Buffer.alloc(32_000_000, "filler"));
      cpSync("/usr/bin/dash", join(root, "bin/sh"));
      await ran("tar", ["-C", root, "-cf", join(context, "rootfs.tar"), "."]);
      copyFileSync("/usr/bin/grep", join(context, "search"));
      const finding = await rebuild("heavy-base", "glibc", context, "1");
      expect(finding.confidence).toBe("low");
      expect(finding.fix.text).toMatch(/needs symbols of 2\.\d+, which .*debian/);
    });
  },
);

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const CORE = "packages/core/src";

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
}

interface Cruise {
  readonly modules: readonly string[];
  readonly violations: readonly Violation[];
}

const ARGUMENTS = ["packages/core/src", "packages/page/src", "packages/cli/src", "--config", ".dependency-cruiser.js"];
const DEPCRUISE = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");

/** The exit code of what `pnpm check` runs. */
function exitCodeOf(root: string): Promise<number> {
  return new Promise((done) => {
    execFile(process.execPath, [DEPCRUISE, ...ARGUMENTS], { cwd: root, maxBuffer: 2 ** 24 }, (error) =>
      done(error === null ? 0 : Number(error.code)),
    );
  });
}

/** The same with its findings as data; this form of output never fails. */
function cruise(root: string): Promise<Cruise> {
  return new Promise((done, reject) => {
    execFile(
      process.execPath,
      [DEPCRUISE, ...ARGUMENTS, "--output-type", "json"],
      { cwd: root, maxBuffer: 2 ** 27 },
      (error, stdout, stderr) => {
        if (stdout === "") return reject(new Error(`dependency-cruiser said nothing: ${stderr}`, { cause: error }));
        const result = JSON.parse(stdout) as {
          modules: { source: string }[];
          summary: { violations: Violation[]; error: number };
        };
        done({
          modules: result.modules.map(({ source }) => source),
          violations: result.summary.violations,
        });
      },
    );
  });
}

/** One forbidden import for each rule: what stands in which file, and the rule that must object to that file. */
const CANARIES: readonly (readonly [rule: string, file: string, text: string])[] = [
  ["room:oci", `${CORE}/oci/canary.ts`, 'import "../archive/limits.ts";'],
  // Types count: what a type describes is known all the same.
  [
    "room:archive",
    `${CORE}/archive/canary.ts`,
    'import type { Image } from "../image/image.ts";\nexport type C = Image;',
  ],
  ["room:dockerfile", `${CORE}/dockerfile/canary.ts`, 'import "../source/source.ts";'],
  ["room:source", `${CORE}/source/canary.ts`, 'import "../layer/layer-index.ts";'],
  ["room:layer", `${CORE}/layer/canary.ts`, 'import "../tree/squash.ts";'],
  ["room:cache", `${CORE}/cache/canary.ts`, 'import "../image/image.ts";'],
  ["room:image", `${CORE}/image/canary.ts`, 'import "../analyze.ts";'],
  ["room:tree", `${CORE}/tree/canary.ts`, 'import "../ledger/ledger.ts";'],
  ["room:ledger", `${CORE}/ledger/canary.ts`, 'import "../report/json.ts";'],
  ["room:build", `${CORE}/build/canary.ts`, 'import "../edit/image-edit.ts";'],
  ["room:edit", `${CORE}/edit/canary.ts`, 'import "../runtime/needs.ts";'],
  ["room:runtime", `${CORE}/runtime/canary.ts`, 'import "../manager/package-call.ts";'],
  ["room:manager", `${CORE}/manager/canary.ts`, 'import "../finding/rule.ts";'],
  ["room:input", `${CORE}/input/canary.ts`, 'import "../report/json.ts";'],
  ["room:report", `${CORE}/report/canary.ts`, 'import "../index.ts";'],
  ["kernel-imports-nothing", `${CORE}/warning.ts`, 'import "./oci/json.ts";'],
  ["pure-rooms", `${CORE}/ledger/canary-pure.ts`, 'import "node:fs/promises";'],
  ["pure-rooms", `${CORE}/tree/canary-pure.ts`, 'import "node:zlib";'],
  ["io-through-rooms", `${CORE}/image/canary-io.ts`, 'import "node:fs";'],
  ["io-through-rooms", `${CORE}/analyze.ts`, 'import "node:child_process";'],
  [
    "docker-only-in-engine",
    `${CORE}/source/canary-docker.ts`,
    'import Docker from "dockerode";\nexport const docker = new Docker();',
  ],
  [
    "http-only-in-registry",
    `${CORE}/source/canary-http.ts`,
    'import { request } from "undici";\nexport const send = request;',
  ],
  [
    "formats-only-in-archive",
    `${CORE}/layer/canary-tar.ts`,
    'import { extract } from "tar-stream";\nexport const tar = extract();',
  ],
  [
    "formats-only-in-archive",
    `${CORE}/layer/canary-zstd.ts`,
    'import { Decompress } from "fzstd";\nexport const zstd = new Decompress();',
  ],
  ["formats-only-in-archive", `${CORE}/source/canary-zlib.ts`, 'import "node:zlib";'],
  ["cli-uses-public-core", "packages/cli/src/canary.ts", 'import "../../core/src/bytes.ts";'],
  ["core-knows-no-cli", `${CORE}/source/canary-cli.ts`, 'import "../../../cli/src/canary.ts";'],
  ["core-knows-no-cli", `${CORE}/report/canary-page.ts`, 'import "../../../page/src/index.ts";'],
  ["page-knows-the-library", "packages/page/src/canary.ts", 'import "../../core/src/bytes.ts";'],
  ["a-browser-has-no-node", "packages/page/src/app/canary.ts", 'import "node:path";'],
  ["a-browser-has-no-node", "packages/page/src/data/canary.ts", 'import "../shell.ts";'],
  ["no-unresolvable", `${CORE}/report/canary-nowhere.ts`, 'import "../nowhere.ts";'],
  ["no-circular", `${CORE}/archive/canary-a.ts`, 'import "./canary-b.ts";'],
];

describe("the import law", () => {
  let copy: string;
  let real: Cruise;
  let planted: Cruise;

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), "import-law-"));
    await cp(join(ROOT, ".dependency-cruiser.js"), join(copy, ".dependency-cruiser.js"));
    for (const name of ["core", "page", "cli"]) {
      await cp(join(ROOT, "packages", name, "src"), join(copy, "packages", name, "src"), { recursive: true });
      await cp(join(ROOT, "packages", name, "package.json"), join(copy, "packages", name, "package.json"));
      await symlink(join(ROOT, "packages", name, "node_modules"), join(copy, "packages", name, "node_modules"));
    }
    await symlink(join(ROOT, "node_modules"), join(copy, "node_modules"));
    for (const [, file, text] of CANARIES) {
      await mkdir(dirname(join(copy, file)), { recursive: true });
      await writeFile(join(copy, file), `${text}\n`, { flag: "a" });
    }
    await writeFile(join(copy, `${CORE}/archive/canary-b.ts`), 'import "./canary-a.ts";\n');
    [real, planted] = await Promise.all([cruise(ROOT), cruise(copy)]);
  }, 120_000);
  afterAll(() => rm(copy, { recursive: true, force: true }));

  test("is kept", () => {
    expect(real.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
  });

  test("is checked on all modules there are, not on none", async () => {
    for (const name of ["core", "page", "cli"]) {
      const directory = `packages/${name}/src`;
      const sources = (await readdir(join(ROOT, directory), { recursive: true })).filter((file) =>
        file.endsWith(".ts"),
      );
      expect(real.modules).toEqual(expect.arrayContaining(sources.map((file) => `${directory}/${file}`)));
    }
    expect(real.modules.filter((file) => file.startsWith("packages/")).length).toBeGreaterThan(40);
  });

  test("has a room for every file", async () => {
    const { default: config } = (await import(join(ROOT, ".dependency-cruiser.js"))) as {
      default: { forbidden: { name: string }[] };
    };
    const rooms = config.forbidden.flatMap(({ name }) =>
      name.startsWith("room:") ? [name.slice("room:".length)] : [],
    );
    const kernel = ["errors", "bytes", "escape", "trim-ends", "image-path", "progress", "warning"].map(
      (name) => `${name}.ts`,
    );
    const files = await readdir(join(ROOT, CORE), { withFileTypes: true });
    expect([...rooms, ...kernel, "analyze.ts", "check-images.ts", "doors", "index.ts"]).toEqual(
      expect.arrayContaining(files.map(({ name }) => name)),
    );
  });

  test("fails the check when it is broken", async () => {
    expect(await exitCodeOf(copy)).toBeGreaterThan(0);
  });

  test.each(CANARIES)("%s sees a forbidden import in %s", (rule, file) => {
    expect(planted.violations.filter(({ from }) => from === file).map(({ rule: { name } }) => name)).toContain(rule);
  });
});

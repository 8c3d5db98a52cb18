import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reachesRegistry } from "../package/workspace.ts";
import { liveBytes, madeImages } from "./attribution.ts";
import { analyze, hasEngine, ran, temporaryDirectory } from "./tools.ts";

const hasNpm = await reachesRegistry();
const { build } = madeImages();
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  folder = await temporaryDirectory();
});
afterAll(() => folder.remove());

/** Bytes of the regular files at and below a path, but not below the paths to leave out. */
async function bytesBelow(path: string, without: ReadonlySet<string>): Promise<number> {
  const stat = await lstat(path);
  if (!stat.isDirectory()) return stat.isFile() ? stat.size : 0;
  let bytes = 0;
  for (const name of await readdir(path)) {
    const inner = join(path, name);
    if (!without.has(inner)) bytes += await bytesBelow(inner, without);
  }
  return bytes;
}

describe.skipIf(!hasEngine)("packages of languages, against their own tools", () => {
  const hasVenv = spawnSync("python3", ["-c", "import venv, ensurepip"]).status === 0;

  test.skipIf(!hasVenv)("Python's weigh what pip show -f lists", async () => {
    const context = join(folder.path, "python-context");
    const venv = join(context, "venv");
    await mkdir(context);
    await ran("python3", ["-m", "venv", venv]);
    const pip = join(venv, "bin/pip");
    // pip and setuptools are there already; more where the index answers.
    const network = ["--quiet", "--disable-pip-version-check", "--retries", "0", "--timeout", "10"];
    spawnSync(pip, ["install", ...network, "jinja2"], { timeout: 40_000 });
    const image = await build("python", ["FROM scratch", "COPY venv /opt/venv"], context);
    const names = JSON.parse((await ran(pip, ["list", "--format", "json"])).toString()) as { name: string }[];
    const expected: Record<string, number> = {};
    for (const { name } of names) {
      const text = (await ran(pip, ["show", "-f", name])).toString();
      const location = /^Location: (.*)$/m.exec(text)?.[1] ?? "";
      const files = text.slice(text.indexOf("\nFiles:\n")).match(/^ {2}\S.*$/gm) ?? [];
      let bytes = 0;
      for (const path of files.map((line) => join(location, line.trim()))) {
        if (existsSync(path)) bytes += await bytesBelow(path, new Set());
      }
      expected[name.toLowerCase()] = bytes;
    }
    expect(Object.keys(expected).length).toBeGreaterThan(1);
    expect(liveBytes(await analyze([`docker:${image}`]), "python")).toEqual(expected);
  });

  test.skipIf(!hasNpm)("Node's weigh what lies in the directories that npm ls lists", async () => {
    const context = join(folder.path, "node-context");
    const app = join(context, "app");
    await mkdir(app, { recursive: true });
    await writeFile(join(app, "package.json"), '{"name":"app","version":"1.0.0","private":true}\n');
    await ran("npm", ["install", "--no-audit", "--no-fund", "express@4", "chalk@4"], { cwd: app });
    const image = await build("node", ["FROM scratch", "COPY app /srv/app"], context);
    const listed = (await ran("npm", ["ls", "--all", "--parseable"], { cwd: app })).toString().trim().split("\n");
    const directories = listed.filter((path) => path !== app);
    expect(directories.length).toBeGreaterThan(50);
    const expected: Record<string, number> = {};
    for (const path of directories) {
      const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
      expected[name] = (expected[name] ?? 0) + (await bytesBelow(path, new Set(directories)));
    }
    const { app: _, ...told } = liveBytes(await analyze([`docker:${image}`]), "npm");
    expect(told).toEqual(expected);
  });
});

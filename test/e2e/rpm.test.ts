import type { Stats } from "node:fs";
import { copyFile, cp, lstat, mkdir, readdir, realpath, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AnalysisJson,
  analyze,
  docker,
  hasEngine,
  PREFIX,
  ran,
  run,
  temporaryDirectory,
  why,
  works,
} from "./tools.ts";

/** `rpm --root` changes its root, which only root may. */
const hasRpm = process.getuid?.() === 0 && works("rpm", ["--version"]) && works("rpmbuild", ["--version"]);

interface Spec {
  readonly name: string;
  readonly version: string;
  readonly tags?: readonly string[];
  /** Bytes by path. */
  readonly files: Readonly<Record<string, number>>;
  /** Further names of files. */
  readonly links?: Readonly<Record<string, string>>;
}

const INSTALLED: readonly Spec[] = [
  {
    name: "base-data",
    version: "1.0",
    tags: ["Provides: base-api = 1.0"],
    files: { "/usr/share/base/data": 5003, "/usr/share/base/more": 701 },
    links: { "/usr/share/base/data-too": "/usr/share/base/data" },
  },
  {
    name: "tool",
    version: "1.0",
    tags: ["Requires: base-api >= 1.0"],
    files: { "/usr/bin/tool": 3001, "/usr/share/tool/same": 409, "/usr/share/tool/dropped": 2003 },
  },
  {
    name: "plugin",
    version: "0.9~rc1",
    tags: ["Requires: tool >= 1.0, /usr/share/base/more"],
    files: { "/usr/lib/tool/plugin": 1009 },
  },
  {
    name: "extra",
    version: "4^git1",
    tags: ["Requires: tool, plugin"],
    files: { "/opt/extra/one": 6007, "/opt/extra/deep/two": 307 },
    links: { "/opt/extra/deep/one": "/opt/extra/one" },
  },
];

/** The epoch makes it newer; it brings one file, drops one, and has one as before. */
const UPGRADE: Spec = {
  name: "tool",
  version: "0.5",
  tags: ["Epoch: 1", "Requires: base-api >= 1.0"],
  files: { "/usr/bin/tool": 7001, "/usr/share/tool/same": 409, "/usr/share/tool/new": 811 },
};

/** No file of a package is as old: none was built then. */
const COPIED = new Date("2001-02-03T04:05:06Z");

function specText({ name, version, tags = [], files, links = {} }: Spec): string {
  const paths = [...Object.keys(files), ...Object.keys(links)];
  const inRoot = (path: string): string => `%{buildroot}${path}`;
  return [
    `Name: ${name}`,
    `Version: ${version}`,
    "Release: 1",
    "Summary: For a test",
    "License: CC0-1.0",
    "BuildArch: noarch",
    "AutoReqProv: no",
    ...tags,
    "%description",
    "For a test.",
    "%install",
    ...paths.map((path) => `mkdir -p ${inRoot(dirname(path))}`),
    ...Object.entries(files).map(([path, bytes]) => `head -c ${bytes} /dev/zero > ${inRoot(path)}`),
    ...Object.entries(links).map(([path, target]) => `ln ${inRoot(target)} ${inRoot(path)}`),
    "%files",
    ...paths,
    "",
  ].join("\n");
}

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
const made: string[] = [];
beforeAll(async () => {
  folder = await temporaryDirectory();
});
afterAll(async () => {
  if (made.length > 0) await docker("rmi", ...made.reverse());
  await folder.remove();
});

async function buildPackage(spec: Spec): Promise<string> {
  const top = join(folder.path, `rpmbuild-${spec.name}-${spec.version}`);
  await mkdir(top);
  const file = join(top, "package.spec");
  await writeFile(file, specText(spec));
  // Nothing is to be stripped or compressed after the sizes were chosen.
  const settings = [`_topdir ${top}`, "__os_install_post %{nil}", `_rpmdir ${folder.path}/rpms`];
  await ran("rpmbuild", [...settings.flatMap((text) => ["--define", text]), "-bb", file]);
  return join(folder.path, `rpms/noarch/${spec.name}-${spec.version}-1.noarch.rpm`);
}

/** Regular files of a tree, by the path that an image has for them. */
async function filesOf(root: string, path = ""): Promise<Map<string, Stats>> {
  const files = new Map<string, Stats>();
  for (const entry of await readdir(join(root, path), { withFileTypes: true })) {
    const inner = `${path}/${entry.name}`;
    if (entry.isFile()) files.set(inner, await lstat(join(root, inner)));
    else if (entry.isDirectory()) for (const [at, stat] of await filesOf(root, inner)) files.set(at, stat);
  }
  return files;
}

/** A file with several names counts once. */
function bytesOf(paths: readonly string[], files: ReadonlyMap<string, Stats>): number {
  const inodes = new Map(paths.map((path) => files.get(path)).map((stat) => [stat?.ino, stat?.size ?? 0]));
  return [...inodes.values()].reduce((sum, size) => sum + size, 0);
}

/** What rpm says of one root. */
class Rpm {
  readonly #options: readonly string[];

  constructor(root: string) {
    // Debian's rpm keeps its database in the user's home unless told where distributions of rpm keep theirs.
    this.#options = ["--root", root, "--dbpath", "/var/lib/rpm", "--define", "_db_backend sqlite"];
  }

  async change(...args: string[]): Promise<void> {
    await ran("rpm", [...this.#options, ...args]);
  }

  /** Lines that a query prints; none where it finds nothing, which rpm calls a failure. */
  async query(...args: string[]): Promise<string[]> {
    const { code, stdout } = await run("rpm", [...this.#options, "-q", ...args]);
    return code === 0 ? stdout.toString().trim().split("\n") : [];
  }

  async versions(): Promise<Map<string, string>> {
    const lines = await this.query("-a", "--qf", "%{NAME} %{EVR}\\n");
    return new Map(lines.map((line) => line.split(" ") as [string, string]));
  }

  async filesByPackage(): Promise<Map<string, string[]>> {
    const lists = new Map<string, string[]>();
    for (const name of (await this.versions()).keys()) lists.set(name, await this.query("-l", name));
    return lists;
  }

  /** Who requires what a package provides, or one of its files. */
  async requirers(name: string): Promise<string[]> {
    const provided = (await this.query("--provides", name)).map((line) => line.split(" ")[0] ?? "");
    const names = new Set<string>();
    for (const capability of [...provided, ...(await this.query("-l", name))])
      for (const other of await this.query("--whatrequires", "--qf", "%{NAME}\\n", capability)) names.add(other);
    names.delete(name);
    return [...names].sort();
  }

  /** What is in the way of an erasure, as rpm words it. */
  async objections(names: readonly string[]): Promise<string[]> {
    const { code, stderr } = await run("rpm", [...this.#options, "-e", "--test", ...names], { env: { LC_ALL: "C" } });
    if (code === 0) return [];
    const lines = stderr.match(/^\t.* is needed by .*$/gm) ?? [];
    if (lines.length === 0) throw new Error(`rpm -e --test ${names.join(" ")}: ${stderr}`);
    return lines.map((line) => line.trim());
  }

  /** What has to go for a package to go: asked again with those that were in the way, until rpm agrees. */
  async goesWith(name: string): Promise<string[]> {
    const whole = new Map(
      (await this.query("-a", "--qf", "%{NEVRA} %{NAME}\\n")).map((line) => line.split(" ") as [string, string]),
    );
    const names = new Set([name]);
    for (;;) {
      const objections = await this.objections([...names]);
      if (objections.length === 0) return [...names].sort();
      for (const line of objections) names.add(whole.get(line.replace(/^.* is needed by \(installed\) /, "")) ?? line);
    }
  }
}

/** The image has no shell and no libc: `rm` comes with its own. */
async function putRm(directory: string): Promise<readonly string[]> {
  const program = (await ran("sh", ["-c", "command -v rm"])).toString().trim();
  const libraries = (await ran("ldd", [program])).toString().match(/\/\S+/g) ?? [];
  const loader = libraries.find((path) => /\/ld[^/]*$/.test(path));
  if (loader === undefined) throw new Error(`${program} has no loader`);
  await mkdir(directory);
  for (const path of [program, ...libraries]) await copyFile(await realpath(path), join(directory, basename(path)));
  return [`/tool/${basename(loader)}`, "--library-path", "/tool", "/tool/rm"];
}

describe.skipIf(!hasEngine || !hasRpm)(
  "a root that rpm made, upgraded and erased from, against its own queries",
  () => {
    let analysis: AnalysisJson;
    let file = "";
    let rpm: Rpm;
    let before: Map<string, Stats>;
    let after: Map<string, Stats>;
    let listedBefore: Map<string, string[]>;
    let versionsBefore: Map<string, string>;

    beforeAll(async () => {
      const root = join(folder.path, "root");
      await mkdir(root);
      const packages: string[] = [];
      for (const spec of INSTALLED) packages.push(await buildPackage(spec));
      const upgrade = await buildPackage(UPGRADE);

      rpm = new Rpm(root);
      await rpm.change("-i", "--nodeps", ...packages);
      versionsBefore = await rpm.versions();
      listedBefore = await rpm.filesByPackage();
      const rm = await putRm(join(root, "tool"));
      before = await filesOf(root);
      const tar = join(folder.path, "root.tar");
      await ran("tar", ["-C", root, "-cf", tar, "."]);
      const base = `${PREFIX}/rpm-base`;
      await docker("import", tar, base);
      made.push(base);

      await rpm.change("-U", "--nodeps", upgrade);
      await rpm.change("-e", "extra");
      after = await filesOf(root);
      const context = join(folder.path, "context");
      for (const [path, stat] of after) {
        const old = before.get(path);
        if (old?.ino === stat.ino && old.mtimeMs === stat.mtimeMs && old.size === stat.size) continue;
        await mkdir(dirname(join(context, "changed", path)), { recursive: true });
        await cp(join(root, path), join(context, "changed", path));
        // An engine leaves out of a layer what has the size and the second of before: here every copy is to be in it.
        await utimes(join(context, "changed", path), COPIED, COPIED);
      }
      const gone = [...before.keys()].filter((path) => !after.has(path));
      const lines = [`FROM ${base}`, "COPY changed /", `RUN ${JSON.stringify([...rm, "-f", ...gone])}`];
      await writeFile(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
      const image = `${PREFIX}/rpm`;
      await ran("docker", ["build", "--no-cache", "--network", "host", "-t", image, context], {
        env: { DOCKER_BUILDKIT: "0" },
      });
      made.push(image);
      file = join(folder.path, "image.tar");
      await docker("save", "-o", file, image);
      analysis = await analyze([file]);
    });

    test("versions are those of rpm -qa, of an erased package the last one", async () => {
      const now = await rpm.versions();
      expect([...now.keys()].sort()).toEqual(["base-data", "plugin", "tool"]);
      const expected = [...versionsBefore].map(([name, version]) => [name, now.get(name) ?? version, now.has(name)]);
      const told = analysis.packages.map(({ name, version, installed }) => [name, version, installed]);
      expect(told.sort()).toEqual(expected.sort());
      // Only that rm, put in by this test, would not start without the loader named to it; nothing about the database.
      expect(analysis.warnings.map(({ code }) => code)).toEqual(["missing-interpreter"]);
    });

    test("live and wasted bytes are those of the files that rpm -ql lists", async () => {
      const listed = await rpm.filesByPackage();
      const isStale = (path: string): boolean => {
        const [old, now] = [before.get(path), after.get(path)];
        return old !== undefined && (now?.ino !== old.ino || now.mtimeMs !== old.mtimeMs);
      };
      const expected = [...listedBefore].map(([name, paths]) => ({
        name,
        liveBytes: bytesOf(listed.get(name) ?? [], after),
        wastedBytes: bytesOf(paths.filter(isStale), before),
      }));
      // The tools did what this test is about.
      const wasted = Object.fromEntries(expected.map(({ name, wastedBytes }) => [name, wastedBytes]));
      expect(wasted).toMatchObject({ "base-data": 0, plugin: 0, extra: 6314 });
      expect(wasted["tool"]).toBeGreaterThanOrEqual(5004);
      const told = analysis.packages.map(({ name, liveBytes, wastedBytes }) => ({ name, liveBytes, wastedBytes }));
      expect(new Set(told)).toEqual(new Set(expected));
    });

    test("packages are there for those that rpm -q --whatrequires names", async () => {
      for (const { name, installed, requiredBy } of analysis.packages) {
        const requirers = installed ? await rpm.requirers(name) : [];
        expect([name, requiredBy]).toEqual([name, requirers.map((other) => `rpm/${other}`)]);
      }
    });

    test("removing a package takes along what rpm -e refuses to leave behind", async () => {
      for (const name of (await rpm.versions()).keys()) {
        const { removal, ...life } = await why(file, `rpm/${name}`);
        const freed = (await rpm.goesWith(name)).map((other) => ({
          key: `rpm/${other}`,
          liveBytes: analysis.packages.find((row) => row.name === other)?.liveBytes,
        }));
        expect(life.kind).toBe("package");
        expect(new Set(removal?.freed)).toEqual(new Set(freed));
        const objections = await rpm.objections([name]);
        expect(removal?.refusal).toBeNull();
        expect(removal?.notes).toHaveLength(objections.length > 0 ? 1 : 0);
        for (const line of objections) expect(removal?.notes.join()).toContain(line);
      }
      expect((await why(file, "rpm/extra")).removal).toBeNull();
    });
  },
);

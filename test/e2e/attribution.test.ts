import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { reachesRegistry } from "../package/workspace.ts";
import {
  type AnalysisJson,
  analyze,
  CORPUS,
  docker,
  hasCorpus,
  hasEngine,
  imgweigh,
  PREFIX,
  ran,
  temporaryDirectory,
  why,
  works,
} from "./tools.ts";

/** Whose bytes they are, against what the package managers themselves say where they live: inside a container. */
const ARCHIVE = "http://deb.debian.org/debian";
const hasDebian =
  works("debootstrap", ["--version"]) &&
  (await fetch(`${ARCHIVE}/dists/bookworm/Release`, { method: "HEAD", signal: AbortSignal.timeout(10_000) }).then(
    ({ ok }) => ok,
    () => false,
  ));
const hasNpm = await reachesRegistry();

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  folder = await temporaryDirectory();
});
afterAll(() => folder.remove());

const made: string[] = [];
afterAll(async () => {
  if (made.length > 0) await docker("rmi", ...made.reverse());
});

function nameOf(name: string): string {
  const whole = `${PREFIX}/attribution-${name}`;
  made.push(whole);
  return whole;
}

async function build(name: string, lines: readonly string[], context: string): Promise<string> {
  const image = nameOf(name);
  await writeFile(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
  await ran("docker", ["build", "--no-cache", "--network", "host", "-t", image, context], {
    env: { DOCKER_BUILDKIT: "0" },
  });
  return image;
}

async function inContainer(image: string, script: string): Promise<string> {
  const options = ["--rm", "--network", "none", "-e", "LC_ALL=C", "--entrypoint", "/bin/sh"];
  return (await docker("run", ...options, image, "-c", script)).toString();
}

async function whyPath(target: string, path: string): Promise<{ owner: string | null; liveBytes: number }> {
  const { code, stdout } = await imgweigh(["why", target, path, "--format", "json"]);
  return code === 0 ? JSON.parse(stdout.toString()) : { owner: null, liveBytes: 0 };
}

/** Sums lines of `package inode bytes`; a file with several names counts once. */
function sumLines(text: string): Record<string, number> {
  const sums: Record<string, number> = {};
  const seen = new Set<string>();
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const [name = "", inode = "", bytes] = line.split(" ");
    sums[name] ??= 0;
    if (!seen.has(inode)) sums[name] += Number(bytes);
    if (inode !== "-") seen.add(inode);
  }
  return sums;
}

function liveBytes({ packages }: AnalysisJson, ecosystem: string): Record<string, number> {
  const rows = packages.filter((row) => row.ecosystem === ecosystem && row.installed);
  return Object.fromEntries(rows.map(({ name, liveBytes: bytes }) => [name, bytes]));
}

/** The engine puts its own in their place, so that a container cannot tell what they weigh in the image. */
const ENGINES_FILES = ["etc/hosts", "etc/hostname", "etc/resolv.conf"];

const APK_FILES = `
for package in $(apk info -q); do
  echo "$package - 0"
  apk info -q -L "$package" | while read -r file; do
    case " ${ENGINES_FILES.join(" ")} " in *" $file "*) continue ;; esac
    if [ -f "/$file" ] && [ ! -h "/$file" ]; then echo "$package $(stat -c '%i %s' "/$file")"; fi
  done
done`;

/** `busybox-1.36.1-r29` as apk prints it, without its version. */
function apkName(text: string): string {
  // A virtual package's version is the time at which it was made, 0 in older versions of apk.
  return text.replace(/-(?:[^-]+-r\d+|\d{8}\.\d{6}|0)$/, "");
}

describe.skipIf(!hasEngine || !hasCorpus)("Alpine, against its own apk", () => {
  const built = inject("images").filter((name) => /\/(?:tiny-|run-deps)/.test(name));
  const images = [...built];
  beforeAll(async () => {
    for (const version of ["3.7.3", "3.20.3"]) {
      const image = nameOf(`alpine-${version}`);
      await docker("import", join(CORPUS, "rootfs", `alpine-minirootfs-${version}-x86_64.tar.gz`), image);
      images.push(image);
    }
  });

  test("packages weigh what apk info -L and stat say", async () => {
    expect(images.length).toBeGreaterThan(1);
    for (const image of images) {
      const expected = sumLines(await inContainer(image, APK_FILES));
      for (const path of ENGINES_FILES) {
        const { owner, liveBytes: bytes } = await whyPath(`docker:${image}`, `/${path}`);
        const name = owner?.replace("apk/", "") ?? "";
        if (expected[name] !== undefined) expected[name] += bytes;
      }
      expect(liveBytes(await analyze([`docker:${image}`]), "apk"), image).toEqual(expected);
    }
  });

  test("packages are there for what apk info -r and their install_if rules say", async () => {
    for (const image of images) {
      // apk info tells install_if of packages in repositories only.
      const rule = `sed -n "/^P:$package$/,/^$/s/^i://p" /lib/apk/db/installed | sed "s/[=<>~][^ ]*//g"`;
      const needers = `$(apk info -q -r "$package") $(${rule})`;
      const script = `for package in $(apk info -q); do echo "$package:" ${needers}; done`;
      const lines = (await inContainer(image, script)).trim().split("\n");
      const expected = lines.map((line) => {
        const [name = "", ...needed] = line.split(/:? +|:$/).filter((word) => word !== "");
        return [name, [...new Set(needed.map(apkName))].sort()] as const;
      });
      const { packages } = await analyze([`docker:${image}`]);
      const told = packages
        .filter(({ installed, ecosystem }) => installed && ecosystem === "apk")
        .map(({ name, requiredBy }) => [name, requiredBy.map((key) => key.replace("apk/", ""))] as const);
      expect(Object.fromEntries(told), image).toEqual(Object.fromEntries(expected));
    }
  });

  test("removing each package frees what apk del -s purges", async () => {
    for (const image of images.slice(-1)) {
      const file = join(folder.path, "alpine.tar");
      await docker("save", "-o", file, image);
      const names = (await inContainer(image, "apk info -q")).trim().split("\n");
      const dryRun = (name: string): string => `echo "= ${name}"; apk del -s --no-network ${name} 2>&1`;
      const sections = (await inContainer(image, `${names.map(dryRun).join("\n")}\ntrue`)).split(/^= /m).slice(1);
      for (const [i, section] of sections.entries()) {
        const { removal } = await why(file, `apk/${names[i]}`);
        const purged = [...section.matchAll(/Purging (\S+)/g)].map(([, name]) => `apk/${name}`);
        expect([names[i], removal?.freed.map(({ key }) => key).sort()]).toEqual([names[i], purged.sort()]);
      }
    }
  });

  test("removing a package frees what is gone after a real apk del", async () => {
    const counts: number[][] = [];
    for (const image of images.slice(-2)) {
      const file = join(folder.path, "alpine-del.tar");
      await docker("save", "-o", file, image);
      const ofImage: number[] = [];
      // Others need busybox and musl, so that they stay; in 3.7.3 two others go when busybox is no longer asked for.
      for (const name of ["alpine-baselayout", "apk-tools", "busybox", "musl"]) {
        // Not apk info: apk itself may be gone.
        const list = "sed -n s/^P://p /lib/apk/db/installed";
        const script = `${list}; echo =; apk del --no-network ${name} > /dev/null 2>&1; ${list}`;
        const sections = (await inContainer(image, script)).split("=\n").map((text) => text.trim().split("\n"));
        const [before = [], after = []] = sections;
        expect(after).toContain("musl");
        const gone = before.filter((other) => !after.includes(other));
        const { removal } = await why(file, `apk/${name}`);
        const freed = removal?.freed.map(({ key }) => key.replace("apk/", ""));
        expect([image, name, freed?.sort()]).toEqual([image, name, gone.sort()]);
        ofImage.push(gone.length);
      }
      counts.push(ofImage);
    }
    // In order of the images: 3.7.3, 3.20.3.
    expect(counts).toEqual([
      [1, 6, 2, 0],
      [3, 6, 0, 0],
    ]);
  });
});

/** What py3compile makes of a package's sources when it is configured is the package's, too. */
const DEB_FILES = `
dpkg-query -W -f '\${Package}\\n' | while read -r package; do
  echo "$package - 0"
  dpkg -L "$package" | sed 'p; s|/\\([^/]*\\)\\.py$|/__pycache__/\\1.cpython-311.pyc|' | xargs -d '\\n' stat -c "$package %i %s %F" 2> /dev/null | sed -n 's/ regular.*file$//p'
done`;

describe.skipIf(!hasEngine || !hasDebian)("Debian, against its own dpkg and apt", () => {
  let image = "";
  let file = "";
  beforeAll(async () => {
    const root = join(folder.path, "debian");
    await ran("debootstrap", ["--variant=minbase", "bookworm", root, ARCHIVE]);
    const tar = join(folder.path, "debian.tar");
    await ran("tar", ["-C", root, "--exclude=./dev/*", "--exclude=./proc/*", "--exclude=./sys/*", "-cf", tar, "."]);
    const base = nameOf("debian");
    await docker("import", tar, base);
    const context = join(folder.path, "debian-context");
    await mkdir(context);
    const lines = [
      `FROM ${base}`,
      "RUN apt-get update && apt-get install -y --no-install-recommends python3-minimal less",
      "RUN apt-get purge -y less && rm -rf /var/lib/apt/lists/* /var/cache/apt/*",
    ];
    image = await build("debian-python", lines, context);
    file = join(folder.path, "debian-python.tar");
    await docker("save", "-o", file, image);
  });

  test("packages weigh what dpkg -L and stat say", async () => {
    const expected = sumLines(await inContainer(image, DEB_FILES));
    expect(Object.keys(expected).length).toBeGreaterThan(80);
    expect(liveBytes(await analyze([`docker:${image}`]), "deb")).toEqual(expected);
  });

  test("what is gone is told with the bytes that it still costs", async () => {
    const { packages } = await analyze([file]);
    const less = packages.find(({ name }) => name === "less");
    expect(less).toMatchObject({ ecosystem: "deb", installed: false, liveBytes: 0, layers: [1], layer: 1 });
  });

  test("removing a package frees what apt-get -s purge --auto-remove would", async () => {
    for (const name of ["python3-minimal", "libexpat1", "tzdata", "apt", "bash"]) {
      const script = `apt-get -s -y purge --auto-remove ${name} || echo refused`;
      const text = await inContainer(image, script);
      const purged = [...text.matchAll(/^(?:Purg|Remv) (\S+)/gm)].map(([, gone]) => `deb/${gone}`);
      const { removal } = await why(file, `deb/${name}`);
      const refused = /^refused$/m.test(text);
      expect([name, removal?.refusal !== null]).toEqual([name, refused]);
      if (!refused) expect([name, removal?.freed.map(({ key }) => key).sort()]).toEqual([name, purged.sort()]);
    }
  });

  test("each link of a chain is one of apt-cache rdepends, and its top was asked for", async () => {
    const manual = (await inContainer(image, "apt-mark showmanual")).trim().split("\n");
    for (const name of ["libexpat1", "libpython3.11-minimal", "zlib1g"]) {
      const { chains } = await why(file, `deb/${name}`);
      expect(chains.length).toBeGreaterThan(0);
      const below = [...new Set(chains.flatMap((chain) => chain.slice(1)))].map((key) => key.replace("deb/", ""));
      const script = below.map((needed) => `echo "= ${needed}"; apt-cache rdepends --installed ${needed}`).join("\n");
      const sections = (await inContainer(image, script)).split(/^= /m).slice(1);
      const needers = new Map(below.map((needed, i) => [needed, sections[i]?.match(/^ [ |]*(\S+)$/gm) ?? []]));
      for (const chain of chains.map((keys) => keys.map((key) => key.replace("deb/", "")))) {
        expect(manual).toContain(chain[0]);
        for (const [i, needed] of chain.slice(1).entries()) {
          expect(needers.get(needed)?.map((line) => line.replace(/^[ |]+/, ""))).toContain(chain[i]);
        }
      }
    }
  });
});

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

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inContainer, liveBytes, madeImages, sumLines } from "./attribution.ts";
import { debianRoot, hasDebian } from "./debian.ts";
import { analyze, docker, hasEngine, ran, temporaryDirectory, why } from "./tools.ts";

const { nameOf, build } = madeImages();
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  folder = await temporaryDirectory();
});
afterAll(() => folder.remove());

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
    const tar = join(folder.path, "debian.tar");
    const excludes = ["dev", "proc", "sys"].map((name) => `--exclude=./${name}/*`);
    await ran("tar", ["-C", await debianRoot(), ...excludes, "-cf", tar, "."]);
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

  /** What apt says of each name: one container for all of them, which an engine takes its time to make. */
  async function askApt(names: readonly string[], command: (name: string) => string): Promise<Map<string, string>> {
    const script = names.map((name) => `echo "= ${name}"; ${command(name)}`).join("\n");
    const sections = (await inContainer(image, script)).split(/^= /m).slice(1);
    expect(sections).toHaveLength(names.length);
    return new Map(names.map((name, i) => [name, sections[i] as string]));
  }

  test("removing a package frees what apt-get -s purge --auto-remove would", async () => {
    const names = ["python3-minimal", "libexpat1", "tzdata", "apt", "bash"];
    const answers = await askApt(names, (name) => `apt-get -s -y purge --auto-remove ${name} || echo refused`);
    for (const [name, text] of answers) {
      const purged = [...text.matchAll(/^(?:Purg|Remv) (\S+)/gm)].map(([, gone]) => `deb/${gone}`);
      const { removal } = await why(file, `deb/${name}`);
      const refused = /^refused$/m.test(text);
      expect([name, removal?.refusal !== null]).toEqual([name, refused]);
      if (!refused) expect([name, removal?.freed.map(({ key }) => key).sort()]).toEqual([name, purged.sort()]);
    }
  });

  test("each link of a chain is one of apt-cache rdepends, and its top was asked for", async () => {
    const manual = (await inContainer(image, "apt-mark showmanual")).trim().split("\n");
    const chains: string[][] = [];
    for (const name of ["libexpat1", "libpython3.11-minimal", "zlib1g"]) {
      const found = (await why(file, `deb/${name}`)).chains;
      expect(found.length).toBeGreaterThan(0);
      chains.push(...found.map((keys) => keys.map((key) => key.replace("deb/", ""))));
    }
    const below = [...new Set(chains.flatMap((chain) => chain.slice(1)))];
    const needers = await askApt(below, (name) => `apt-cache rdepends --installed ${name}`);
    for (const chain of chains) {
      expect(manual).toContain(chain[0]);
      for (const [i, needed] of chain.slice(1).entries()) {
        const lines = needers.get(needed)?.match(/^ [ |]*(\S+)$/gm) ?? [];
        expect(lines.map((line) => line.replace(/^[ |]+/, ""))).toContain(chain[i]);
      }
    }
  });
});

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inContainer, liveBytes, madeImages, sumLines } from "./attribution.ts";
import { bootstrapDebian, hasDebian } from "./debian.ts";
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
    const root = join(folder.path, "debian");
    await bootstrapDebian(root);
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

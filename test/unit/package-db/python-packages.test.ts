import { describe, expect, test } from "vitest";
import { sourceOfPyc } from "../../../packages/core/src/package-db/python/pyc.ts";
import { pythonDatabase } from "../../../packages/core/src/package-db/python/python.ts";
import { parseRecord } from "../../../packages/core/src/package-db/python/record.ts";
import { requiredName } from "../../../packages/core/src/package-db/python/requirement.ts";
import { entriesOf, readFixture, readPackages } from "../../support/language-packages.ts";
import { file } from "../../support/tar-bytes.ts";

const SITE = "usr/local/lib/python3.11/site-packages";

const metadata = (name: string, ...requires: string[]): string =>
  [
    "Metadata-Version: 2.1",
    `Name: ${name}`,
    "Version: 1.0",
    ...requires.map((r) => `Requires-Dist: ${r}`),
    "",
    "text",
  ].join("\n");

describe("a virtual environment of pip", () => {
  const fixture =
    readFixture<Record<string, { version: string; requires: string[]; files: string[] }>>("python/pip-venv.json");
  const normal = (name: string): string => name.replace(/[-_.]+/g, "-").toLowerCase();

  test("has the projects, versions and requirements that pip shows", async () => {
    const { packages, troubles } = await readPackages(pythonDatabase, entriesOf(fixture));
    const found = [...packages.values()].map(({ name, version, requires, explicit }) => [
      name,
      version,
      requires,
      explicit,
    ]);
    const said = Object.entries(fixture.said).map(([name, { version, requires }]) => [
      normal(name),
      version,
      requires.map((needed) => `python/${normal(needed)}`).sort(),
      true,
    ]);
    expect(found).toEqual(said);
    expect(troubles).toEqual([]);
  });

  test("every file that pip lists is its project's", async () => {
    const { ownerOf } = await readPackages(pythonDatabase, entriesOf(fixture));
    const wrong: string[] = [];
    for (const [name, { files }] of Object.entries(fixture.said))
      for (const path of files) if (ownerOf(path) !== `python/${normal(name)}`) wrong.push(`${name} ${path}`);
    expect(wrong).toEqual([]);
    expect(ownerOf("opt/venv/bin/alpha-tool")).toBe("python/alpha-tool");
  });

  test("what was compiled later belongs to the source's project, though no list knows it", async () => {
    const { ownerOf } = await readPackages(pythonDatabase, entriesOf(fixture));
    const later = Object.keys(fixture.files).filter((path) => path.endsWith(".opt-1.pyc"));
    expect(later).toHaveLength(3);
    for (const path of later) expect(ownerOf(path)).toBe("python/alpha-tool");
    const unowned = Object.keys(fixture.files).filter(
      (path) => path.includes("/site-packages/") && ownerOf(path) === null,
    );
    expect(unowned).toEqual([]);
  });
});

test("setup.py install and eggs leave other metadata, and no list", async () => {
  const fixture = readFixture("python/setup-py.json");
  const { packages, ownerOf, troubles } = await readPackages(pythonDatabase, entriesOf(fixture));
  expect([...packages.values()].map(({ name, version, requires }) => [name, version, requires])).toEqual([
    ["alpha-tool", "1.2.0", ["python/beta-mod"]],
    ["beta-mod", "2.0", []],
  ]);
  expect(Object.keys(fixture.files).filter((path) => ownerOf(path) === null)).toEqual([]);
  expect(ownerOf(`${SITE}/__pycache__/beta_mod.cpython-311.pyc`)).toBe("python/beta-mod");
  expect(troubles).toEqual([]);
});

test("one mark of a request makes the others dependencies; without any nothing is known", async () => {
  const entries = [
    file(`${SITE}/a-1.0.dist-info/METADATA`, metadata("a", "b")),
    file(`${SITE}/b-1.0.dist-info/METADATA`, metadata("b")),
  ];
  const explicit = async (more: typeof entries): Promise<unknown[]> =>
    [...(await readPackages(pythonDatabase, [...entries, ...more])).packages.values()].map((found) => found.explicit);
  expect(await explicit([file(`${SITE}/a-1.0.dist-info/REQUESTED`)])).toEqual([true, false]);
  expect(await explicit([])).toEqual([null, null]);
});

test("a virtual environment does not see the other sites", async () => {
  const { packages } = await readPackages(pythonDatabase, [
    file("opt/v/pyvenv.cfg"),
    file("opt/v/lib/python3.11/site-packages/a-1.0.dist-info/METADATA", metadata("a", "b")),
    file(`${SITE}/b-1.0.dist-info/METADATA`, metadata("b", "a")),
    file("usr/lib/python3/dist-packages/c-1.0.egg-info", metadata("c", "b")),
  ]);
  expect([...packages.values()].map(({ name, requires }) => [name, requires])).toEqual([
    ["a", []],
    ["c", ["python/b"]],
    ["b", []],
  ]);
});

test("vendored projects, leftovers of pip and what conda installed are no projects", async () => {
  const { packages, ownerOf } = await readPackages(pythonDatabase, [
    file(`${SITE}/s-1.0.dist-info/METADATA`, metadata("s")),
    file(`${SITE}/s-1.0.dist-info/RECORD`, "s/_vendor/x-2.dist-info/METADATA,,\ns/__init__.py,,\n"),
    file(`${SITE}/s/_vendor/x-2.dist-info/METADATA`, metadata("x")),
    file(`${SITE}/~s-0.9.dist-info/METADATA`, metadata("s")),
    file("opt/conda/conda-meta/history"),
    file("opt/conda/lib/python3.11/site-packages/d-1.0.dist-info/METADATA", metadata("d")),
    file("opt/conda/lib/python3.11/site-packages/d-1.0.dist-info/INSTALLER", "conda\n"),
  ]);
  expect([...packages.keys()]).toEqual(["python/s"]);
  expect(ownerOf(`${SITE}/s/_vendor/x-2.dist-info/METADATA`)).toBe("python/s");
});

test("without a list, a namespace is not taken as a whole", async () => {
  const site = "usr/lib/python3/dist-packages";
  const { ownerOf } = await readPackages(pythonDatabase, [
    file("usr/lib/python3.11/os.py"),
    file(`${site}/one-1.0.egg-info/PKG-INFO`, metadata("one")),
    file(`${site}/one-1.0.egg-info/top_level.txt`, "ns\n"),
    file(`${site}/one-1.0.egg-info/SOURCES.txt`, "setup.py\nsrc/ns/one/__init__.py\n"),
    file(`${site}/ns/one/__init__.py`),
    file(`${site}/ns/one/__pycache__/__init__.cpython-311.pyc`),
    file(`${site}/ns/two/__init__.py`),
  ]);
  expect(ownerOf(`${site}/ns/one/__init__.py`)).toBe("python/one");
  expect(ownerOf(`${site}/ns/one/__pycache__/__init__.cpython-311.pyc`)).toBe("python/one");
  expect(ownerOf(`${site}/ns/two/__init__.py`)).toBeNull();
});

test.each<[string, string[]]>([
  ['a.py,,\r\n"b, c.py",sha256=x,1\r\n"d""e.py",,\n', ["s/a.py", "s/b, c.py", 's/d"e.py']],
  ["../../bin/x,,\n/etc/x,,\n\n,,\n", ["etc/x"]],
  ['"two\nlines.py",,\nz.py', ["s/two\nlines.py", "s/z.py"]],
  ['"never closed,,\na.py,,\n', ["s/never closed,,\na.py,,\n"]],
])("the list %j", (text, paths) => {
  const listed = parseRecord(text, "s", false);
  expect(listed.paths).toEqual(paths);
  expect(listed.escaping).toBe(text.startsWith("..") ? 1 : 0);
});

test("half a path at the end of a list that was cut is not taken", () => {
  expect(parseRecord("a.py,,\nb.p", "s", true)).toEqual({ paths: ["s/a.py"], escaping: 0, cut: true });
});

test.each<[string, string | null]>([
  ["Foo_Bar.baz (>=1.0)", "foo-bar-baz"],
  ["x[y]>=1; python_version >= '3.8'", "x"],
  ["x; python_version<'3'", null],
  ["x; '3.8' > python_version", null],
  ['x; python_full_version < "3.11"', null],
  ['x; python_full_version < "3.11.4"', "x"],
  ['x; extra == "docs"', null],
  ['x; extra=="docs" or python_version > "3.10"', "x"],
  ['x; (extra == "a" or extra == "b") and os_name == "posix"', null],
  ['x; sys_platform == "win32"', null],
  ['x; sys_platform != "win32" and platform_machine == "aarch64"', "x"],
  ["x @ file:///x.whl", "x"],
  ["; nothing", null],
])("the requirement %j", (requirement, name) => {
  expect(requiredName(requirement, { minors: [11] })).toBe(name);
});

test("a marker without end is not followed far", () => {
  expect(requiredName(`x; ${"(".repeat(5000)}`, { minors: [11] })).toBe("x");
  expect(requiredName(`x; ${"(".repeat(900)}extra == 'y'`, { minors: [11] })).toBeNull();
});

test.each<[string, string | null]>([
  ["a/__pycache__/b.cpython-311.pyc", "a/b.py"],
  ["__pycache__/b.c.pypy39.opt-2.pyc", "b.c.py"],
  ["a/b.pyc", null],
  ["a/__pycache__/b.pyc", null],
])("%s was compiled from %s", (path, source) => {
  expect(sourceOfPyc(path)).toBe(source);
});

test("hostile metadata ends quickly", async () => {
  const { packages, troubles } = await readPackages(pythonDatabase, [
    file(`${SITE}/x-1.dist-info/METADATA`, `Name: ${"n".repeat(60_000)}`),
    file(`${SITE}/x-1.dist-info/RECORD`, `${"../".repeat(100_000)}etc,,\n${'"'.repeat(1_000_001)}`),
    file(`${SITE}/y.dist-info/METADATA`, `Name: y\nRequires-Dist: x; ${"('".repeat(20_000)}`),
    file(`${SITE}/z.egg-info/top_level.txt`, "z\n"),
  ]);
  expect([...packages.keys()]).toEqual(["python/x", "python/y"]);
  expect(troubles).toHaveLength(2);
});

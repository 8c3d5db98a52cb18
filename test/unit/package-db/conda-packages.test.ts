import { expect, test } from "vitest";
import { condaDatabase } from "../../../packages/core/src/package-db/conda.ts";
import { pythonDatabase } from "../../../packages/core/src/package-db/python/python.ts";
import { entriesOf, readFixture, readPackages } from "../../support/language-packages.ts";
import { file } from "../../support/tar-bytes.ts";

const fixture = readFixture("conda/environment.json");

test("a record owns its files and its place in the package cache, of every environment", async () => {
  const { packages, ownerOf, troubles } = await readPackages(condaDatabase, entriesOf(fixture));
  expect(
    [...packages.values()].map(({ name, version, explicit, requires }) => [name, version, explicit, requires]),
  ).toEqual([
    ["demo", "1.0", true, ["conda/python", "conda/zlib"]],
    ["python", "3.11.5", false, ["conda/zlib"]],
    ["zlib", "1.2.13, 1.3", true, []],
  ]);
  const unowned = Object.keys(fixture.files).filter((path) => ownerOf(path) === null);
  expect(unowned).toHaveLength(5);
  for (const path of unowned) expect(condaDatabase.isState(path), path).toBe(true);
  expect(ownerOf("opt/conda/pkgs/zlib-1.2.13-h5eee18b_0/share/zlib/LICENSE")).toBe("conda/zlib");
  expect(ownerOf("opt/conda/envs/other/lib/libz.so.1.3")).toBe("conda/zlib");
  expect(troubles).toEqual([]);
});

test("python does not claim again what conda installed", async () => {
  const { packages } = await readPackages(pythonDatabase, entriesOf(fixture));
  expect(packages.size).toBe(0);
});

test("broken records are told", async () => {
  const { packages, troubles } = await readPackages(condaDatabase, [
    file("x/conda-meta/a.json", "["),
    file("x/conda-meta/b.json", '{"name":"","files":["a"]}'),
    file(
      "x/conda-meta/c.json",
      '{"name":"c","files":["../../../etc/passwd",7,""],"depends":7,"extracted_package_dir":"/"}',
    ),
  ]);
  expect(packages.get("conda/c")).toMatchObject({ files: [], roots: [], version: null });
  expect(troubles).toHaveLength(3);
});

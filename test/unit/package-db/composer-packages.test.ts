import { expect, test } from "vitest";
import { composerDatabase } from "../../../packages/core/src/package-db/composer.ts";
import { entriesOf, readFixture, readPackages } from "../../support/language-packages.ts";
import { file } from "../../support/tar-bytes.ts";

const fixture = readFixture<Record<string, string>>("composer/composer-install.json");

test("packages, their directories, requests and needs are as composer shows them", async () => {
  const { packages, troubles, ownerOf } = await readPackages(composerDatabase, entriesOf(fixture));
  expect(Object.fromEntries([...packages.values()].map(({ name, roots }) => [name, roots[0]]))).toEqual(fixture.said);
  expect([...packages.values()].map(({ version, explicit, requires }) => [version, explicit, requires])).toEqual([
    ["1.0.0", true, ["composer/acme/lib-b"]],
    ["2.0.0", false, []],
    ["0.3.0", true, []],
  ]);
  const unowned = Object.keys(fixture.files).filter((path) => path.includes("vendor/") && ownerOf(path) === null);
  expect(unowned).toHaveLength(12);
  for (const path of unowned) expect(composerDatabase.isState(path), path).toBe(true);
  expect(ownerOf("app/vendor/bin/lib-b")).toBe("composer/acme/lib-b");
  expect(troubles).toEqual([]);
});

test("composer 1 wrote a list without directories; without a project nothing was asked for", async () => {
  const { packages } = await readPackages(composerDatabase, [
    file(
      "vendor/composer/installed.json",
      JSON.stringify([
        { name: "A/B", version: "v1" },
        { name: "c/d", type: "metapackage", require: { "a/b": "*" } },
      ]),
    ),
  ]);
  expect([...packages.values()]).toEqual([
    {
      ecosystem: "composer",
      name: "a/b",
      version: "v1",
      files: [],
      roots: ["vendor/a/b"],
      explicit: null,
      requires: [],
    },
    {
      ecosystem: "composer",
      name: "c/d",
      version: null,
      files: [],
      roots: [],
      explicit: null,
      requires: ["composer/a/b"],
    },
  ]);
});

test("a package cannot claim what holds it, and what is wrong is told", async () => {
  const { packages, troubles } = await readPackages(composerDatabase, [
    file(
      "a/vendor/composer/installed.json",
      JSON.stringify({
        packages: [
          7,
          {},
          ...["../..", "/", "../../../../../x", ".."].map((path) => ({ name: "x/y", "install-path": path })),
        ],
      }),
    ),
    file("b/vendor/composer/installed.json", "{"),
    file("c/vendor/composer/installed.json", "7"),
  ]);
  expect(packages.get("composer/x/y")?.roots).toEqual([]);
  expect(troubles).toHaveLength(6);
});

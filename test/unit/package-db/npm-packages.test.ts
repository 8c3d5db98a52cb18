import { describe, expect, test } from "vitest";
import { npmDatabase } from "../../../packages/core/src/package-db/npm/npm.ts";
import { packagePlace } from "../../../packages/core/src/package-db/npm/package-place.ts";
import { entriesOf, readFixture, readPackages } from "../../support/language-packages.ts";
import { file, symlink } from "../../support/tar-bytes.ts";

type Said = Record<string, { versions: string[]; explicit: boolean; requires: string[] }>;

const json = (value: unknown): string => JSON.stringify(value);

describe.each(["npm-install", "pnpm-install"])("%s", (name) => {
  const fixture = readFixture<Said>(`npm/${name}.json`);

  test("has the packages, versions, requests and dependencies that the tool lists", async () => {
    const { packages, troubles } = await readPackages(npmDatabase, entriesOf(fixture));
    const found = Object.fromEntries(
      [...packages.values()].map(({ name: own, version, explicit, requires }) => [
        own,
        { versions: version?.split(", ").sort(), explicit, requires: requires.map((key) => key.slice(4)) },
      ]),
    );
    expect(found).toEqual(fixture.said);
    expect(troubles).toEqual([]);
  });

  test("leaves no file of node_modules without an owner but the tool's own", async () => {
    const { ownerOf } = await readPackages(npmDatabase, entriesOf(fixture));
    const unowned = Object.keys(fixture.files).filter(
      (path) => path.includes("node_modules/") && ownerOf(path) === null,
    );
    expect(unowned.length).toBeLessThan(6);
    for (const path of unowned) expect(npmDatabase.isState(path), path).toBe(true);
  });
});

test("a nested package takes its own files, and a manifest in a package's folders is no package", async () => {
  const { packages, ownerOf, troubles } = await readPackages(npmDatabase, [
    file("app/node_modules/a/package.json", json({ name: "a", version: "1.0.0", dependencies: { b: "1", gone: "1" } })),
    file("app/node_modules/a/dist/esm/package.json", json({ type: "module" })),
    file("app/node_modules/a/test/fixtures/node_modules/c/package.json", json({ name: "c", version: "9" })),
    file("app/node_modules/a/node_modules/b/package.json", json({ name: "b", version: "2.0.0" })),
    file("app/node_modules/a/node_modules/b/index.js", "1"),
    file("app/node_modules/@s/d/package.json", json({ version: "3.0.0" })),
    file("app/node_modules/alias/package.json", json({ name: "real", version: "4.0.0" })),
  ]);
  expect([...packages.keys()]).toEqual(["npm/@s/d", "npm/b", "npm/a", "npm/real"]);
  expect(packages.get("npm/a")).toMatchObject({ explicit: null, requires: ["npm/b"], version: "1.0.0" });
  expect(ownerOf("app/node_modules/a/node_modules/b/index.js")).toBe("npm/b");
  expect(ownerOf("app/node_modules/a/test/fixtures/node_modules/c/package.json")).toBe("npm/a");
  expect(troubles).toEqual([]);
});

test("workspaces ask for what is hoisted, and a project at the root of the image is one", async () => {
  const { packages } = await readPackages(npmDatabase, [
    file("package.json", json({ workspaces: ["packages/*"], dependencies: { top: "1" } })),
    file("packages/one/package.json", json({ dependencies: { hoisted: "1", top: "1" } })),
    file("node_modules/top/package.json", json({ name: "top", version: "1.0.0", peerDependencies: { deep: "1" } })),
    file("node_modules/hoisted/package.json", json({ name: "hoisted", version: "1.0.0" })),
    file("node_modules/deep/package.json", json({ name: "deep", version: "1.0.0" })),
    symlink("node_modules/one", "../packages/one"),
  ]);
  expect([...packages.values()].map(({ name, explicit }) => [name, explicit])).toEqual([
    ["deep", false],
    ["hoisted", true],
    ["top", true],
  ]);
  expect(packages.get("npm/top")?.requires).toEqual(["npm/deep"]);
});

test.each([
  ["usr/local/lib/node_modules/npm/package.json", "usr/local/lib/node_modules/npm", "npm"],
  [
    "a/node_modules/.pnpm/@s+x@1_y@2/node_modules/@s/x/package.json",
    "a/node_modules/.pnpm/@s+x@1_y@2/node_modules/@s/x",
    "@s/x",
  ],
  ["a/node_modules/.store/x-npm-1/package/package.json", "a/node_modules/.store/x-npm-1/package", "x-npm-1"],
])("%s is the manifest of a package", (path, root, directory) => {
  expect(packagePlace(path)).toMatchObject({ root, directory });
});

test.each([
  "package.json",
  "node_modules/package.json",
  "node_modules/@s/package.json",
  "node_modules/.cache/x/package.json",
  "node_modules/.pnpm/x@1/package.json",
  "node_modules/node_modules/x/package.json",
  "node_modules/x/lib/package.json",
])("%s is none", (path) => {
  expect(packagePlace(path)).toBeNull();
});

test("broken manifests still own their directory, and are counted", async () => {
  const broken = Array.from({ length: 50 }, (_, i) => file(`node_modules/x${i}/package.json`, i % 2 ? "{" : "[]"));
  const { packages, troubles } = await readPackages(npmDatabase, [
    ...broken,
    file("node_modules/big/package.json", `{"name":"big","x":"${"y".repeat(2 ** 18)}"}`),
    file(
      "node_modules/odd/package.json",
      json({ name: "a\u0000b", version: 7, dependencies: { "../../etc": "1", x1: "" } }),
    ),
  ]);
  expect(packages.size).toBe(52);
  expect(packages.get("npm/odd")).toMatchObject({ version: null, requires: ["npm/x1"] });
  expect(troubles).toHaveLength(9);
  expect(troubles.at(-1)).toContain("21 more");
});

test("cycles and long chains of needs end", async () => {
  const deep = Array.from({ length: 200 }, (_, i) => `${"node_modules/a/".repeat(i + 1)}package.json`);
  const { packages } = await readPackages(
    npmDatabase,
    deep.map((path) => file(path, json({ name: "a", version: "1.0.0", dependencies: { a: "1", b: "1" } }))),
  );
  expect(packages.get("npm/a")).toMatchObject({ requires: [], version: "1.0.0" });
});

import { describe, expect, test } from "vitest";
import { apkDatabase } from "../../../packages/core/src/package-db/apk/apk-db.ts";
import { PACKAGE_DATABASES } from "../../../packages/core/src/package-db/databases.ts";
import type { FoundPackage } from "../../../packages/core/src/package-db/package-db.ts";
import { ALPINES, apkView, baseInstalled, databaseAfter } from "../../support/apk-situations.ts";
import { readPackages } from "../../support/language-packages.ts";
import { file, symlink } from "../../support/tar-bytes.ts";

const INSTALLED = "lib/apk/db/installed";
const WORLD = "etc/apk/world";

function read(contents: Readonly<Record<string, string>>) {
  const { packages, troubles } = apkDatabase.read(apkView(contents));
  const get = (name: string): FoundPackage | undefined => packages.find((found) => found.name === name);
  return { packages, troubles, get };
}

test("is registered", () => {
  expect(PACKAGE_DATABASES).toContain(apkDatabase);
});

describe("Alpine 3.20.3 as shipped", () => {
  const world = ALPINES["alpine-3.20.3"]?.world.join("\n") ?? "";
  const { packages, troubles, get } = read({ [INSTALLED]: baseInstalled({ apkTools: "2.14.4" }), [WORLD]: world });

  test("packages, versions and files", () => {
    expect(packages).toHaveLength(14);
    expect(troubles).toEqual([]);
    expect(get("musl")).toMatchObject({ ecosystem: "apk", version: "1.2.5-r0", requires: [], roots: [] });
    expect(get("musl")?.files).toEqual(["lib/ld-musl-x86_64.so.1", "lib/libc.musl-x86_64.so.1"]);
    expect(get("busybox")?.files).toContain("bin/busybox");
  });

  test("explicit: by name, or by what it provides (libc-utils is musl-utils)", () => {
    const explicit = packages.filter((found) => found.explicit).map(({ name }) => name);
    expect(explicit.sort()).toEqual(["alpine-baselayout", "alpine-keys", "apk-tools", "busybox", "musl-utils"]);
    expect(get("musl")?.explicit).toBe(false);
  });

  test("requires: by name, by soname, by a virtual name; install_if from what triggered it", () => {
    expect(get("scanelf")?.requires).toEqual(["apk/musl"]);
    expect(get("alpine-baselayout")?.requires).toEqual(["apk/alpine-baselayout-data", "apk/busybox-binsh"]);
    // ssl_client came because of busybox and libssl3.
    expect(get("busybox")?.requires).toEqual(["apk/musl", "apk/ssl_client"]);
    expect(get("libssl3")?.requires).toContain("apk/ssl_client");
  });
});

test("virtual packages are packages without files, explicit while in world", () => {
  const alpine = ALPINES["alpine-3.20.3"];
  const steps = alpine?.situations.find(({ id }) => id === "virtual-add-del")?.steps;
  if (alpine === undefined || steps === undefined) throw new Error("no such situation");
  const { installed, world } = databaseAfter(alpine, steps[0]);
  const { get } = read({ [INSTALLED]: installed, [WORLD]: world });
  expect(get("build-deps")).toMatchObject({ explicit: true, files: [], requires: ["apk/gcc", "apk/git"] });
  expect(get("gcc")?.explicit).toBe(false);
});

test("both places of the database, and through lib -> usr/lib", async () => {
  const record = "P:a\nV:1-r0\nF:usr/bin\nR:a\n";
  expect(read({ "usr/lib/apk/db/installed": record }).packages).toHaveLength(1);
  const entries = [
    symlink("lib", "usr/lib"),
    file("usr/lib/apk/db/installed", record),
    file("usr/lib/apk/db/scripts.tar", 1024),
    file(WORLD, "a\n"),
    file("usr/bin/a", 10),
  ];
  const { packages, troubles, ownerOf } = await readPackages(apkDatabase, entries);
  expect([...packages.keys()]).toEqual(["apk/a"]);
  expect(troubles).toEqual([]);
  expect(ownerOf("usr/bin/a")).toBe("apk/a");
});

test("without world nothing is explicit or not, and nothing can be removed", () => {
  const view = apkView({ [INSTALLED]: "P:a\nV:1\n" });
  expect(apkDatabase.read(view).packages[0]?.explicit).toBeNull();
  expect(apkDatabase.remove?.(view, ["a"]).refusal).toMatch(/world/);
  expect(apkDatabase.remove?.(apkView({}), ["a"]).refusal).toBe("No apk database");
});

test("a cached index is told of", () => {
  const contents = { [INSTALLED]: "P:a\nV:1\n", [WORLD]: "a", "var/cache/apk/APKINDEX.70c88391.tar.gz": "\u001f" };
  expect(apkDatabase.remove?.(apkView(contents), ["a"])).toMatchObject({ freed: ["apk/a"], notes: [/APKINDEX/] });
});

test("state", () => {
  const state = ["lib/apk/db/installed", "usr/lib/apk/db/scripts.tar.gz", "lib/apk/exec/x", WORLD, "etc/apk/arch"];
  for (const path of state) expect(apkDatabase.isState(path), path).toBe(true);
  const not = ["etc/apk/repositories", "etc/apk/keys/a.rsa.pub", "var/cache/apk/x", "srv/lib/apk/db/x", "lib/apk"];
  for (const path of not) expect(apkDatabase.isState(path), path).toBe(false);
});

describe("hostile databases", () => {
  test("trouble is told and the rest is read", () => {
    const text = [
      "garbage\nP:a\nV:1\nD:ok >=1 b>_ !\nk:many\nF:../../etc\nR:passwd\nF:\nR:top\nR:\n",
      "V:1\nR:x\n",
      "P:a\nV:2\nF:usr\nR:second\n",
      "P:caf\u00c3\u00a9\nf:f\nV:1\nF:b\u00ff\nR:x\nnext",
    ].join("\n");
    const { packages, troubles, get } = read({ [INSTALLED]: text, [WORLD]: "a >=" });
    expect(packages.map(({ name }) => name)).toEqual(["a", "café"]);
    expect(get("a")).toMatchObject({ version: "1", files: ["etc/passwd", "top", "usr/second"] });
    expect(get("café")?.files).toEqual(["b\u00ff/x"]);
    expect(troubles.map(({ message }) => message.replace(/:.*/s, ""))).toEqual([
      "line is no field of the form X",
      "line is no field of the form X",
      "token is no dependency",
      "token is no dependency",
      "token is no dependency",
      "value is no number",
      "file leaves the root",
      "file has no name",
      "record has no name (P",
      "package has a second record",
      "1 of the tokens are no dependencies",
      "package not installed whole",
    ]);
  });

  test("long lines, many records, cycles and a file cut short end soon", () => {
    const long = `P:a\nD:${"x ".repeat(500_000)}\nT:${"y".repeat(10_000_000)}`;
    expect(read({ [INSTALLED]: long, [WORLD]: "a" }).packages).toHaveLength(1);
    const many = Array.from({ length: 10_000 }, (_, i) => `P:p${i}\nD:p${(i + 1) % 10_000} p${i}\ni:p${i} p0\nR:f\n`);
    const { packages } = read({ [INSTALLED]: many.join("\n"), [WORLD]: "p0" });
    expect(packages).toHaveLength(10_000);
    const nothing = "\n\n\n".repeat(300_000) + "x\n".repeat(300_000);
    const { troubles } = read({ [INSTALLED]: nothing });
    expect(troubles.length).toBeLessThan(10);
  }, 20_000);

  test("a truncated file is told of", () => {
    const file = { path: INSTALLED, content: Buffer.from("P:a\nV:1"), truncated: true };
    const view = {
      files: [file],
      binaries: [],
      archives: [],
      get: (path: string) => (path === INSTALLED ? file : undefined),
    };
    const { packages, troubles } = apkDatabase.read({ ...view, exists: () => false });
    expect(packages).toHaveLength(1);
    expect(troubles).toEqual([{ path: INSTALLED, message: "file is too long and was read in part" }]);
  });
});

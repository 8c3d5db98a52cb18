import { describe, expect, it } from "vitest";
import { CATEGORIES, CATEGORY_RULES, categoryTitle } from "../../../packages/core/src/category/catalogue.ts";
import { Categorizer } from "../../../packages/core/src/category/categorize.ts";

const categorizer = new Categorizer();
const category = (path: string, owner: string | null = null, system = false): string =>
  categorizer.categoryOf(path, { owner, system });

describe("the catalogue", () => {
  it("names each category once, application last", () => {
    expect(new Set(CATEGORIES).size).toBe(CATEGORIES.length);
    expect(CATEGORIES.at(-1)).toBe("application");
    for (const rule of CATEGORY_RULES) expect(categoryTitle(rule.category)).toBe(rule.title);
    expect(categoryTitle("[format overhead]")).toBe("[format overhead]");
  });

  it("writes every directory without slashes at its ends", () => {
    const directories = CATEGORY_RULES.flatMap(({ directories: own = [] }) => own);
    expect(directories.filter((path) => /^\/|\/$|\/\//.test(path))).toEqual([]);
    expect(directories.length).toBeGreaterThan(30);
  });
});

describe("each file has one category", () => {
  it.each([
    ["var/cache/apk/APKINDEX.e0297a25.tar.gz", null, "package-cache"],
    ["var/lib/apt/lists/deb.debian.org_dists_bookworm_InRelease", null, "package-cache"],
    ["root/.cache/pip/http/a/b", null, "package-cache"],
    ["home/app/.npm/_cacache/content-v2/sha512/00", null, "package-cache"],
    ["app/node_modules/.cache/babel/x.json", null, "package-cache"],
    ["app/.git/objects/pack/pack-1.pack", null, "version-control"],
    ["var/log/dpkg.log", null, "logs"],
    ["app/npm-debug.log", null, "logs"],
    ["tmp/build/a.o", null, "temporary"],
    ["srv/tmp/a.o", null, "application"],
    ["app/dist/main.js.map", null, "source-maps"],
    ["app/map", null, "application"],
    ["usr/lib/debug/.build-id/aa/bb.debug", "deb/libc6-dbg", "debug-symbols"],
    ["usr/bin/gcc", "apk/gcc", "build-toolchain"],
    ["usr/share/man/man1/gcc.1.gz", "deb/gcc-12", "build-toolchain"],
    ["usr/bin/x86_64-linux-gnu-ld", "deb/binutils-x86-64-linux-gnu", "build-toolchain"],
    ["usr/local/go/bin/go", null, "build-toolchain"],
    ["usr/include/zlib.h", "apk/zlib-dev", "headers-static-libs"],
    ["usr/lib/libfoo.a", null, "headers-static-libs"],
    ["usr/lib/x86_64-linux-gnu/crt1.o", "deb/libc6-dev", "headers-static-libs"],
    ["usr/lib/x86_64-linux-gnu/libc.so.6", "deb/libc6", "os-base"],
    ["usr/share/doc/bash/README", "deb/bash", "docs-locales"],
    ["usr/share/locale/de/LC_MESSAGES/bash.mo", "deb/bash", "docs-locales"],
    ["usr/lib/python3.11/site-packages/numpy/tests/test_x.py", "python/numpy", "tests-examples"],
    ["app/tests/test_x.py", null, "application"],
    ["app/node_modules/left-pad/README.md", "npm/left-pad", "docs-locales"],
    ["app/node_modules/left-pad/index.js", "npm/left-pad", "application"],
    ["app/README.md", null, "application"],
    ["usr/bin/python3.11", "deb/python3.11-minimal", "language-runtime"],
    ["usr/local/lib/python3.12/json/decoder.py", null, "language-runtime"],
    ["usr/local/lib/python3.12/site-packages/flask/app.py", "python/flask", "application"],
    ["usr/bin/perl", "apk/perl", "language-runtime"],
    ["bin/busybox", "apk/busybox", "os-base"],
    ["usr/local/bin/server", null, "application"],
  ])("%s of %s is %s", (path, owner, expected) => {
    expect(category(path, owner)).toBe(expected);
  });

  it("takes what came with the base, or is a package manager's own, for the operating system", () => {
    expect(category("etc/passwd")).toBe("application");
    expect(category("etc/passwd", null, true)).toBe("os-base");
    expect(category("var/cache/apk/x", null, true)).toBe("package-cache");
  });

  it("does not take a language package's name for an OS package's", () => {
    expect(category("app/node_modules/gcc/index.js", "npm/gcc")).toBe("application");
    expect(category("usr/lib/gcc.jar", "java/org.x:gcc")).toBe("application");
  });

  it("takes dpkg's architecture for no part of a name", () => {
    expect(category("usr/lib/i386-linux-gnu/x.o", "deb/libc6-dev:i386")).toBe("headers-static-libs");
  });

  it("is as quick and as right with thousands of directories in a path", () => {
    expect(category(`${"d/".repeat(2000)}.git/x`)).toBe("version-control");
  });
});

it("holds however deep a directory lies", () => {
  const deep = Array.from({ length: 2000 }, () => "d").join("/");
  const decided = (path: string) => {
    const { rank, insidePackages } = categorizer.directory(path);
    return { rank, insidePackages };
  };
  expect(decided(deep)).toEqual(decided("d"));
  expect(decided(`${deep}/node_modules/x`)).toEqual(decided("d/node_modules/x"));
  expect(decided("d/node_modules/x")).not.toEqual(decided("d"));
});

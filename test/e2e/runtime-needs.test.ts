import { existsSync, lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { loadImage } from "../../packages/core/src/analyze.ts";
import { weigh } from "../../packages/core/src/ledger/ledger.ts";
import { type RuntimeNeeds, runtimeNeeds } from "../../packages/core/src/runtime/runtime-needs.ts";
import { resolveSource } from "../../packages/core/src/source/resolve-source.ts";
import { temporaryDirectory } from "../support/analyze-files.ts";
import { CORPUS, hasCorpus, ran, run, works } from "./tools.ts";

/* What files need, against what loaders and scanelf say of the same files. */

async function needsOfTar(path: string): Promise<RuntimeNeeds> {
  return runtimeNeeds(weigh(await loadImage(resolveSource(`tar:${path}`))));
}

function librariesOf(needs: RuntimeNeeds, path: string): string[] {
  const found = needs.needsOf([path]);
  const libraries = found.files.filter(({ kind }) => kind === "library");
  return [
    ...new Set([
      ...libraries.map((file) => `${file.name} ${file.path}`),
      ...found.missing.map(({ name }) => `${name} not found`),
    ]),
  ].sort();
}

/** `name => path (address)`, as both loaders list what they would load; the vDSO has no file. */
function parseListing(text: string, real: (path: string) => string): string[] {
  const lines = text.split("\n").map((line) => /^\s*(\S+) => (not found|\S+)/.exec(line));
  return [
    ...new Set(lines.flatMap((match) => (match === null ? [] : [`${match[1]} ${real(match[2] as string)}`]))),
  ].sort();
}

const LIBRARIES = "/usr/lib/x86_64-linux-gnu";
const hasMultiarch = process.arch === "x64" && existsSync(join(LIBRARIES, "libc.so.6"));
const LARGE = 3_000_000;

describe.skipIf(!hasMultiarch)("ldd of this machine", () => {
  test("lists the libraries that are found for its programs", async () => {
    const programs = ["bash", "cat", "curl", "git", "gpg", "grep", "openssl", "perl", "python3", "ssh", "tar", "xz"]
      .map((name) => `/usr/bin/${name}`)
      .filter((path) => existsSync(path));
    const listings = await Promise.all(programs.map(async (path) => (await ran("ldd", [path])).toString()));
    const listed = listings.flatMap((text) => [...text.matchAll(/\s(\/\S+) \(/g)].map((match) => match[1] as string));
    const others = readdirSync(LIBRARIES)
      .filter((name) => name.includes(".so"))
      .map((name) => join(LIBRARIES, name))
      .filter((path) => existsSync(path) && statSync(path).size < LARGE)
      .slice(0, 500);
    const archive = join(temporaryDirectory(), "root.tar");
    const wanted = new Set([...programs, ...listed, ...others].flatMap((path) => [path, realpathSync(path)]));
    const links = ["/lib", "/lib64", "/bin"].filter((path) => lstatSync(path).isSymbolicLink());
    const settings = ["/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.cache"];
    const relative = [...links, ...settings, ...wanted].map((path) => path.slice(1));
    await ran("tar", ["-C", "/", "-cf", archive, ...relative]);
    const needs = await needsOfTar(archive);
    const real = (path: string): string => (path === "not found" ? path : realpathSync(path).slice(1));
    expect(programs.length).toBeGreaterThan(3);
    for (const [i, path] of programs.entries())
      expect(
        librariesOf(needs, path.slice(1)).filter((line) => !line.startsWith("ld-linux")),
        path,
      ).toEqual(parseListing(listings[i] as string, real));
  });
});

const canChroot = process.getuid?.() === 0 && process.arch === "x64";

describe.skipIf(!hasCorpus || !canChroot)("musl's loader in Alpine", () => {
  test("lists the libraries that are found for its programs", async () => {
    const folder = temporaryDirectory();
    const compressed = join(CORPUS, "rootfs/alpine-minirootfs-3.20.3-x86_64.tar.gz");
    await ran("tar", ["-xf", compressed, "-C", folder]);
    const needs = await needsOfTar(compressed);
    const dynamic = [...needs.files.binaries.values()].filter(({ facts }) => facts.needed.length > 0);
    expect(dynamic.length).toBeGreaterThan(10);
    for (const { path } of dynamic) {
      const { stdout } = await run("chroot", [folder, "/lib/ld-musl-x86_64.so.1", "--list", `/${path}`]);
      const real = (at: string): string => realpathSync(join(folder, at)).slice(folder.length + 1);
      expect(librariesOf(needs, path), path).toEqual(parseListing(stdout.toString(), real));
    }
  });
});

describe.skipIf(!hasMultiarch || !works("scanelf", ["--version"]))("scanelf", () => {
  test("names the same libraries, of each file by itself", async () => {
    const paths = ["bash", "perl", "git", "tar"].map((name) => `/usr/bin/${name}`).filter((path) => existsSync(path));
    const archive = join(temporaryDirectory(), "programs.tar");
    await ran("tar", ["-C", "/", "-cf", archive, ...paths.map((path) => path.slice(1))]);
    const needs = await needsOfTar(archive);
    for (const path of paths) {
      const scanned = (await ran("scanelf", ["--needed", "--nobanner", "--format", "%n#p", path])).toString();
      const { missing } = needs.needsOf([path.slice(1)]);
      const asked = missing.filter(({ kind }) => kind === "library").map(({ name }) => name);
      expect(asked).toEqual(scanned.trim().split(",").sort());
    }
  });
});

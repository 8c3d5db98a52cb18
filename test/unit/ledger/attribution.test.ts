import { describe, expect, it } from "vitest";
import type { CaptureRequest } from "../../../packages/core/src/layer/capture.ts";
import { summarizeLedger } from "../../../packages/core/src/ledger/analysis.ts";
import { explain } from "../../../packages/core/src/ledger/explain.ts";
import { groupByCategory, groupByPackage, listUnowned } from "../../../packages/core/src/ledger/group.ts";
import { Ledger, weigh } from "../../../packages/core/src/ledger/ledger.ts";
import { listPackages } from "../../../packages/core/src/ledger/package-rows.ts";
import type { FileView, FoundPackage, PackageDb } from "../../../packages/core/src/package-db/package-db.ts";
import { type Entries, imageOfBlobs, readBlob } from "../../support/layers.ts";
import { dir, file, symlink, tarBytes, whiteout } from "../../support/tar-bytes.ts";

/*
 * A database of one line a package: `name version explicit requires,… files:…`, which only tests have; real ones have
 * tests of their own.
 */
function request(id: string, names: readonly string[]): CaptureRequest {
  return { id, version: 1, names, prefixes: [], suffixes: [], magic: [], maxBytes: 10_000 };
}

function readLines(view: FileView, path: string): FoundPackage[] {
  const content = view.get(path)?.content;
  if (content === undefined) return [];
  return Buffer.from(content)
    .toString()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", version = "", explicit, requires = "", ...files] = line.split(" ");
      return {
        ecosystem: "apk",
        name,
        version,
        files,
        roots: [],
        explicit: explicit === "yes",
        requires: requires === "-" ? [] : requires.split(",").map((needed) => `apk/${needed}`),
      };
    });
}

const OS: PackageDb = {
  id: "os",
  level: "os",
  captures: [request("os", ["db/os"])],
  binaries: false,
  archives: false,
  isState: (path) => path.startsWith("db/"),
  read: (view) => ({ packages: readLines(view, "db/os"), troubles: [] }),
  remove: (_view, names) => ({ freed: names.map((name) => `apk/${name}`), refusal: null, notes: ["as told"] }),
};

const LANGUAGE: PackageDb = {
  id: "language",
  level: "language",
  captures: [request("language", ["app/outer/package", "app/outer/deps/inner/package"])],
  binaries: false,
  archives: false,
  isState: () => false,
  read: (view) => ({
    packages: view.files.map(({ path }) => ({
      ecosystem: "npm",
      name: path.split("/").at(-2) as string,
      version: "1",
      files: [],
      roots: [path.slice(0, -"/package".length)],
      explicit: null,
      requires: [],
    })),
    troubles: view.files.some(({ content }) => content.length === 0)
      ? [{ path: "app", message: "an empty manifest" }]
      : [],
  }),
};

const DATABASES = [OS, LANGUAGE];

async function ledgerOf(...layers: Entries[]): Promise<Ledger> {
  const image = await imageOfBlobs(...layers.map((entries) => tarBytes(entries)));
  const captures = DATABASES.flatMap((database) => database.captures);
  const read = await Promise.all(layers.map((entries) => readBlob(tarBytes(entries), { captures })));
  const withCaptures = {
    ...image,
    layers: image.layers.map((layer, i) => ({ ...layer, index: (read[i] as (typeof read)[number]).index })),
  };
  return weigh(withCaptures, { databases: DATABASES });
}

function rows(
  of: readonly { key: string; liveBytes: number; wastedBytes: number }[],
): Record<string, [number, number]> {
  return Object.fromEntries(of.map(({ key, liveBytes, wastedBytes }) => [key, [liveBytes, wastedBytes]]));
}

describe("owners", () => {
  it("are read from the database as it stands after a file's own layer", async () => {
    const ledger = await ledgerOf(
      [file("db/os", "tool 1 yes - bin/tool\n"), file("bin/tool", "x".repeat(100)), file("bin/mine", "y".repeat(5))],
      // The tool goes, and with it its record: its bytes were its own all the same.
      [file("db/os", "other 1 yes - bin/other\n"), whiteout("bin/tool"), file("bin/other", "z".repeat(7))],
    );
    expect(rows(groupByPackage(ledger))).toEqual({
      "apk/tool": [0, 100],
      "apk/other": [7, 0],
      "[unowned]": [5, 0],
      "[package-state]": ["other 1 yes - bin/other\n".length, "tool 1 yes - bin/tool\n".length],
    });
  });

  it("keep a file that is stored again", async () => {
    const ledger = await ledgerOf(
      [file("db/os", "tool 1 yes - bin/tool\n"), file("bin/tool", "x".repeat(100))],
      [file("bin/tool", "x".repeat(100), { mode: 0o755 })],
    );
    expect(rows(groupByPackage(ledger))["apk/tool"]).toEqual([100, 100]);
    expect(listPackages(ledger)[0]).toMatchObject({ layer: 0, layers: [0, 1], liveBytes: 100, wastedBytes: 100 });
  });

  it("list paths that lie behind symlinked directories", async () => {
    const ledger = await ledgerOf([
      dir("usr/lib/"),
      symlink("lib", "usr/lib"),
      file("db/os", "c 1 yes - lib/libc.so\n"),
      file("lib/libc.so", "x".repeat(9)),
    ]);
    expect(rows(groupByPackage(ledger))["apk/c"]).toEqual([9, 0]);
  });

  it("are OS packages first, then the deepest language package", async () => {
    const ledger = await ledgerOf([
      file("db/os", "os 1 yes - app/outer/listed\n"),
      file("app/outer/package", "{}"),
      file("app/outer/listed", "x".repeat(10)),
      file("app/outer/own", "x".repeat(20)),
      file("app/outer/deps/inner/package", "{}"),
      file("app/outer/deps/inner/own", "x".repeat(40)),
    ]);
    expect(rows(groupByPackage(ledger))).toMatchObject({
      "apk/os": [10, 0],
      "npm/outer": [22, 0],
      "npm/inner": [42, 0],
    });
  });

  it("leave the unowned broken down by directory", async () => {
    const ledger = await ledgerOf([file("a/x", "12"), file("a/y", "123"), file("b/z", "1"), file("db/os", "")]);
    expect(rows(listUnowned(ledger))).toEqual({ "/a": [5, 0], "/b": [1, 0] });
    expect(rows(groupByPackage(ledger))["[unowned]"]).toEqual([6, 0]);
  });

  it("tell troubles as warnings, with their layer", async () => {
    const analysis = summarizeLedger(await ledgerOf([file("x", "1")], [file("app/outer/package", "")]));
    expect(analysis.warnings).toEqual([
      { code: "package-database", message: "layer 1: an empty manifest", layer: 1, path: "/app" },
    ]);
  });
});

const CHAIN =
  "app 1 yes mid,side bin/app\nmid 1 no low bin/mid\nlow 1 no mid bin/low\nside 1 no low bin/side\nalone 1 yes low bin/alone\n";

describe("packages", () => {
  const layer: Entries = [
    file("db/os", CHAIN),
    file("bin/app", "x".repeat(1)),
    file("bin/mid", "x".repeat(20)),
    file("bin/low", "x".repeat(300)),
    file("bin/side", "x".repeat(4000)),
    file("bin/alone", "x".repeat(50_000)),
  ];

  it("know who needs them", async () => {
    const packages = listPackages(await ledgerOf(layer));
    expect(packages.map(({ name, requiredBy }) => [name, requiredBy])).toEqual([
      ["alone", []],
      ["side", ["apk/app"]],
      ["low", ["apk/alone", "apk/mid", "apk/side"]],
      ["mid", ["apk/app", "apk/low"]],
      ["app", []],
    ]);
  });

  it("are explained by chains from what was asked for, the shortest first", async () => {
    const reason = explain(await ledgerOf(layer), "low");
    expect(reason).toMatchObject({
      kind: "package",
      key: "apk/low",
      chains: [
        ["apk/alone", "apk/low"],
        ["apk/app", "apk/mid", "apk/low"],
      ],
      // A circle with mid; alone needs it too.
      exclusiveBytes: 300,
      removal: { freed: [{ key: "apk/low", liveBytes: 300 }], freedBytes: 300, refusal: null, notes: ["as told"] },
    });
  });

  it("count as exclusive what nothing else leads to", async () => {
    const ledger = await ledgerOf(layer);
    expect(explain(ledger, "app")).toMatchObject({ exclusiveBytes: 1 + 4000 });
    expect(explain(ledger, "apk/alone")).toMatchObject({ exclusiveBytes: 50_000, chains: [["apk/alone"]] });
  });

  it("remember the layer in which their version first appeared", async () => {
    const ledger = await ledgerOf(
      [file("db/os", "a 1 yes -\n")],
      [file("db/os", "a 1 yes -\nb 1 no -\n")],
      [file("db/os", "a 2 yes -\n")],
    );
    const found = Object.fromEntries(
      listPackages(ledger).map(({ name, version, layer: at, installed }) => [name, { version, at, installed }]),
    );
    expect(found).toEqual({
      a: { version: "2", at: 2, installed: true },
      b: { version: "1", at: 1, installed: false },
    });
  });

  it("are not found where there are none, and asked about where there are several", async () => {
    const ledger = await ledgerOf([file("db/os", "x 1 yes -\n"), file("app/outer/package", "{}"), file("q", "1")]);
    expect(() => explain(ledger, "nothing")).toThrow(expect.objectContaining({ code: "PATH_NOT_FOUND" }));
    expect(explain(ledger, "q")).toMatchObject({
      kind: "path",
      path: "/q",
      owner: "[unowned]",
      category: "application",
    });
  });
});

describe("categories", () => {
  it("split debug symbols off an ELF file", async () => {
    const ledger = await ledgerOf([file("bin/tool", "x".repeat(1000))]);
    const debugBytes = new Map([[0, 400]]);
    const split = new Ledger(ledger.image, ledger.squash, { ...ledger.attribution, debugBytes }, ledger);
    expect(rows(groupByCategory(split))).toEqual({ application: [600, 0], "debug-symbols": [400, 0] });
  });
});

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RELEASE_FILES } from "../../../packages/core/src/base/os-release.ts";
import { explain } from "../../../packages/core/src/ledger/explain.ts";
import { groupByCategory, groupByDirectory, groupByPackage } from "../../../packages/core/src/ledger/group.ts";
import { type Ledger, weigh } from "../../../packages/core/src/ledger/ledger.ts";
import { PACKAGE_DATABASES } from "../../../packages/core/src/package-db/databases.ts";
import { apkState, BASE, BASE_WORLD, filesOf } from "../../support/apk-image.ts";
import { entriesOf, readFixture, type Tree } from "../../support/language-packages.ts";
import { type Entries, imageOfBlobs, readBlob } from "../../support/layers.ts";
import { dpkgState, rpmState } from "../../support/os-packages.ts";
import { fixture as rpmFixture } from "../../support/rpm-fixtures.ts";
import { file, hardlink, type TarEntry, tarBytes, whiteout } from "../../support/tar-bytes.ts";

const captures = [...PACKAGE_DATABASES, RELEASE_FILES].flatMap((database) => database.captures);

async function ledgerOf(...layers: Entries[]): Promise<Ledger> {
  const blobs = layers.map((entries) => tarBytes(entries));
  const image = await imageOfBlobs(...blobs);
  const read = await Promise.all(blobs.map((blob) => readBlob(blob, { captures, extractors: ["elf", "zip-jar"] })));
  return weigh({ ...image, layers: image.layers.map((layer, i) => ({ ...layer, ...read[i] })) });
}

/** What hides the bytes of a tree behind names that say nothing: by content, as each tool lays its store out. */
const STORES: Readonly<Record<string, (digest: string) => string>> = {
  ostree: (digest) => `sysroot/ostree/repo/objects/${digest.slice(0, 2)}/${digest.slice(2)}.file`,
  pnpm: (digest) => `root/.local/share/pnpm/store/v10/files/${digest.slice(0, 2)}/${digest.slice(2)}`,
  nix: (digest) => `nix/store/.links/${digest}`,
  "any content-addressed store": (digest) => `data/${digest}`,
};

/** The same tree with its files in a store, and hard links where they were. */
function linked(entries: readonly TarEntry[], storeOf: (digest: string) => string) {
  const files = entries.filter(({ type }) => type === undefined || type === "0");
  const placed = files.map((entry, i) => {
    const digest = createHash("sha256")
      .update(`${i} ${String(entry.name)}`)
      .digest("hex");
    return { entry, stored: storeOf(digest) };
  });
  return {
    store: placed.map(({ entry, stored }) => ({ ...entry, name: stored })),
    links: [
      ...placed.map(({ entry, stored }) => hardlink(entry.name, stored)),
      ...entries.filter((entry) => !files.includes(entry)),
    ],
  };
}

interface Told {
  readonly [grouping: string]: Readonly<Record<string, number>>;
}

/** The content bytes of each row that has any. */
function told(ledger: Ledger): Told {
  const bytes = (rows: readonly { key: string; contentBytes: number }[]) =>
    Object.fromEntries(rows.filter(({ contentBytes }) => contentBytes > 0).map((row) => [row.key, row.contentBytes]));
  return {
    package: bytes(groupByPackage(ledger)),
    category: bytes(groupByCategory(ledger)),
    directory: bytes(groupByDirectory(ledger)),
  };
}

const jar = (name: string): Buffer => readFileSync(new URL(`../../fixtures/java/${name}`, import.meta.url));

const TREES: Readonly<Record<string, readonly TarEntry[]>> = {
  apk: [...filesOf(BASE), ...apkState(BASE, BASE_WORLD)],
  dpkg: (() => {
    const files = [file("usr/bin/tool", "t".repeat(900)), file("usr/share/tool/data", "d".repeat(400))];
    return [...files, ...dpkgState([{ name: "tool", files }])];
  })(),
  "rpm, in its own format": (() => {
    const files = [file("usr/bin/tool", "t".repeat(900)), file("usr/share/tool/data", "d".repeat(400))];
    return [...files, ...rpmState([{ name: "tool", files }])];
  })(),
  "rpm, in SQLite where ostree has it": [file("usr/share/rpm/rpmdb.sqlite", rpmFixture("rpmdb.sqlite.gz"))],
  npm: entriesOf(readFixture<unknown>("npm/npm-install.json") as Tree),
  "pnpm's own": entriesOf(readFixture<unknown>("npm/pnpm-install.json") as Tree),
  pip: entriesOf(readFixture<unknown>("python/pip-venv.json") as Tree),
  conda: entriesOf(readFixture<unknown>("conda/environment.json") as Tree),
  composer: entriesOf(readFixture<unknown>("composer/composer-install.json") as Tree),
  gem: entriesOf(readFixture<unknown>("gem/gem-install.json") as Tree),
  jars: [file("srv/app.jar", jar("app.jar")), file("srv/lib/demo-lib-1.2.3.jar", jar("demo-lib-1.2.3.jar"))],
};

describe("a tree whose files are hard links", () => {
  for (const [name, tree] of Object.entries(TREES)) {
    it(`is owned as without them: ${name}`, async () => {
      const plain = told(await ledgerOf(tree));
      expect(Object.keys(plain["package"] ?? {})).not.toEqual(["[unowned]"]);
      for (const [store, storeOf] of Object.entries(STORES)) {
        const { store: objects, links } = linked(tree, storeOf);
        expect(told(await ledgerOf([...objects, ...links])), store).toEqual(plain);
        const alternating = objects.flatMap((object, i) => [object, links[i] as TarEntry]);
        expect(told(await ledgerOf([...alternating, ...links.slice(objects.length)])), store).toEqual(plain);
      }
    });
  }

  it("is owned by what a name asks for, whichever comes first", async () => {
    const tree = TREES["pip"] as readonly TarEntry[];
    const copies = tree.map((entry) => ({ ...entry, name: `root/.cache/uv/archive-v0/abc/${String(entry.name)}` }));
    const links = tree.map((entry, i) =>
      entry.type === undefined || entry.type === "0" ? hardlink(entry.name, (copies[i] as TarEntry).name) : entry,
    );
    const plain = told(await ledgerOf(tree));
    const { package: byPackage, directory } = told(await ledgerOf([...copies, ...links]));
    expect(byPackage).toEqual(plain["package"]);
    expect(directory).toEqual(plain["directory"]);
  });
});

describe("a file with several paths", () => {
  const PACKAGE = JSON.stringify({ name: "ms", version: "2.1.3" });
  const STORED = "root/.local/share/pnpm/store/v10/files/ab/cdef";

  it("is found by a link of a later layer to what is captured", async () => {
    const ledger = await ledgerOf(
      [file("opt/a/node_modules/ms/package.json", PACKAGE), file("opt/a/node_modules/ms/index.js", "12345")],
      [
        hardlink("srv/b/node_modules/ms/package.json", "opt/a/node_modules/ms/package.json"),
        hardlink("srv/b/node_modules/ms/index.js", "opt/a/node_modules/ms/index.js"),
        whiteout("opt/a"),
      ],
    );
    // Whiteouts act first, so the links lead nowhere; without the whiteout they hold the package.
    expect(ledger.squash.warnings.map(({ code }) => code)).toContain("dangling-hardlink");
    const kept = await ledgerOf(
      [file("opt/a/node_modules/ms/package.json", PACKAGE), file("opt/a/node_modules/ms/index.js", "12345")],
      [
        hardlink("srv/b/node_modules/ms/package.json", "opt/a/node_modules/ms/package.json"),
        hardlink("srv/b/node_modules/ms/index.js", "opt/a/node_modules/ms/index.js"),
      ],
      [whiteout("opt/a")],
    );
    expect(told(kept)).toMatchObject({
      package: { "npm/ms": PACKAGE.length + 5 },
      directory: { "/srv/b/node_modules/ms": PACKAGE.length + 5 },
    });
  });

  it("counts once, at the best of them, and why names the others", async () => {
    const ledger = await ledgerOf([
      file(STORED, PACKAGE),
      hardlink("srv/node_modules/ms/package.json", STORED),
      hardlink("opt/copy-of-it", STORED),
    ]);
    expect(ledger.entry(0).path).toBe("srv/node_modules/ms/package.json");
    expect(ledger.entry(0).ownPath).toBe(STORED);
    const reason = explain(ledger, `/${STORED}`);
    expect(reason).toMatchObject({
      owner: "npm/ms",
      countedAt: { path: "/srv/node_modules/ms/package.json" },
      otherPaths: [{ path: "/opt/copy-of-it" }, { path: "/srv/node_modules/ms/package.json" }],
    });
    expect(told(ledger)["directory"]).toEqual({ "/srv/node_modules/ms": PACKAGE.length });
  });

  it("is reported under the best that it had once it is dead", async () => {
    const ledger = await ledgerOf(
      [file(STORED, PACKAGE), hardlink("srv/node_modules/ms/package.json", STORED)],
      [whiteout("srv")],
      [whiteout("root")],
    );
    expect(ledger.entry(0).path).toBe("srv/node_modules/ms/package.json");
    expect(told(ledger)["package"]).toEqual({ "npm/ms": PACKAGE.length });
  });

  it("is no longer seen under a path that is gone", async () => {
    const ledger = await ledgerOf(
      [file("srv/node_modules/ms/package.json", PACKAGE), hardlink("keep/it", "srv/node_modules/ms/package.json")],
      [whiteout("srv"), file("srv/node_modules/ms/index.js", "123")],
    );
    expect(ledger.entry(0).path).toBe("keep/it");
    expect(told(ledger)["package"]).toMatchObject({ "[unowned]": 3 + PACKAGE.length });
  });

  it("does not make a package of a store's directory", async () => {
    const ledger = await ledgerOf([file(STORED, PACKAGE), file(`${STORED}0`, "another")]);
    expect(told(ledger)["package"]).toEqual({ "[unowned]": PACKAGE.length + 7 });
  });
});

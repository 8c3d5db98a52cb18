import { describe, expect, it } from "vitest";
import { Allowance } from "../../../packages/core/src/package-db/allowance.ts";
import { RpmHeader, readHeader, TAG } from "../../../packages/core/src/package-db/rpm/header.ts";
import { rpmDatabase } from "../../../packages/core/src/package-db/rpm/rpm-db.ts";
import { openSqlite } from "../../../packages/core/src/package-db/rpm/sqlite.ts";
import { rpmHeader as header, rpmNdb as ndb } from "../../support/rpm-bytes.ts";
import { fixture } from "../../support/rpm-fixtures.ts";
import { viewOf } from "../../support/rpm-view.ts";

const FORMATS = [
  ["var/lib/rpm/rpmdb.sqlite", "rpmdb.sqlite.gz"],
  ["var/lib/rpm/Packages.db", "Packages.db.gz"],
  ["var/lib/rpm/Packages", "Packages.little.gz"],
  ["var/lib/rpm/Packages", "Packages.big.gz"],
] as const;

const read = (blobs: readonly Buffer[]) => rpmDatabase.read(viewOf({ "var/lib/rpm/Packages.db": ndb(blobs) }));
const view = (path: string, content: Uint8Array) => viewOf({ [path]: content });

describe.each(FORMATS)("%s of %s, damaged", (path, name) => {
  const whole = fixture(name);
  const count = rpmDatabase.read(view(path, whole)).packages.length;

  it("reads what is whole of a database that is cut, and says so", () => {
    let most = 0;
    for (let part = 0; part < 1; part += 1 / 16) {
      const { packages, troubles } = rpmDatabase.read(view(path, whole.subarray(0, Math.floor(whole.length * part))));
      expect(troubles.length).toBeGreaterThan(0);
      expect(packages.length).toBeGreaterThanOrEqual(most === 0 ? 0 : 1);
      most = Math.max(most, packages.length);
    }
    expect(most).toBeGreaterThan(count / 4);
    expect(most).toBeLessThanOrEqual(count);
  });

  it("never throws, and never lists what leaves the root, whatever bytes are changed", () => {
    let seed = 1;
    const random = (below: number) => {
      seed = (seed * 48271) % 0x7fffffff;
      return seed % below;
    };
    for (let round = 0; round < 25; round++) {
      const bytes = Buffer.from(whole);
      for (let i = 0; i < 1 + round * 2; i++) {
        // The first bytes of a page say most.
        const at = random(2) === 0 ? random(bytes.length) : random(bytes.length >> 9) * 512 + random(40);
        bytes[at] = random(256);
      }
      const found = rpmDatabase.read(view(path, bytes));
      for (const one of found.packages) expect(one.files.some((file) => /(?:^|\/)\.\.(?:\/|$)/.test(file))).toBe(false);
      rpmDatabase.remove?.(view(path, bytes), ["app", "libalpha"]);
    }
  });

  it("marks what the capture cut", () => {
    const cut = view(path, whole.subarray(0, 16384));
    const truncated = {
      ...cut,
      get: (asked: string) => (asked === path ? { path, content: whole, truncated: true } : undefined),
    };
    expect(rpmDatabase.read(truncated).troubles[0]?.message).toBe("the database is too big and was kept in part");
  });
});

describe("hostile headers", () => {
  it("reads names before rpm 4 and bytes that are not UTF-8", () => {
    const [one] = read([
      header({ [TAG.NAME]: ["old"], [TAG.VERSION]: ["1"], [TAG.OLDFILENAMES]: ["/usr/bin/\xff\xfe", "/../../etc/x"] }),
    ]).packages;
    expect(one).toMatchObject({ name: "old", version: "1", files: ["usr/bin/\xff\xfe", "etc/x"] });
  });

  it("skips what has no directory, and counts it", () => {
    const names = Array.from({ length: 10 }, (_, i) => `f${i}`);
    const { packages, troubles } = read([
      header({
        [TAG.NAME]: ["x"],
        [TAG.DIRINDEXES]: [0, 9, 9, 9, 9, 9, 9, 9, 9, 9],
        [TAG.BASENAMES]: names,
        [TAG.DIRNAMES]: ["/d/"],
      }),
    ]);
    expect(packages[0]?.files).toEqual(["d/f0"]);
    expect(troubles.map(({ message }) => message)).toEqual([
      ...Array(3).fill("a file without a usable path: x"),
      "a file without a usable path: 6 more",
    ]);
  });

  it("does not multiply a long directory by very many names", () => {
    const names = Array.from({ length: 200_000 }, () => "a");
    const directory = `/${"d".repeat(4000)}/`;
    const blob = header({
      [TAG.NAME]: ["x"],
      [TAG.DIRINDEXES]: names.map(() => 0),
      [TAG.BASENAMES]: names,
      [TAG.DIRNAMES]: [directory],
    });
    const { packages, troubles } = read([blob]);
    expect(packages[0]?.files.length).toBeLessThan(10_000);
    expect(troubles.map(({ message }) => message)).toContain(
      "more bytes of paths than a package of its size can have: x",
    );
  });

  it("does not follow thousands that need what thousands provide", () => {
    const many = Array.from({ length: 3000 }, (_, i) =>
      header({
        [TAG.NAME]: [`p${i}`],
        [TAG.PROVIDENAME]: ["cap", "cap"],
        [TAG.PROVIDEFLAGS]: [8, 8],
        [TAG.PROVIDEVERSION]: ["1", "2"],
        [TAG.REQUIRENAME]: ["cap", `(cap or p${i - 1})`],
        [TAG.REQUIREFLAGS]: [12, 0],
        [TAG.REQUIREVERSION]: [`${i / 3000}`, ""],
      }),
    );
    const started = performance.now();
    const { packages, troubles } = read(many);
    expect(packages).toHaveLength(3000);
    expect(troubles.some(({ message }) => message.startsWith("too many packages"))).toBe(true);
    const removal = rpmDatabase.remove?.(view("var/lib/rpm/Packages.db", ndb(many)), ["p1"]);
    expect(removal?.notes).toContain("the dependencies are too many to be followed");
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it("takes a long chain and a cycle in its stride", () => {
    const chain = Array.from({ length: 5000 }, (_, i) =>
      header({
        [TAG.NAME]: [`p${i}`],
        [TAG.PROVIDENAME]: [`p${i}`],
        [TAG.REQUIRENAME]: [`p${(i + 1) % 5000}`],
        [TAG.REQUIREFLAGS]: [0],
      }),
    );
    expect(rpmDatabase.remove?.(view("var/lib/rpm/Packages.db", ndb(chain)), ["p0"]).freed).toHaveLength(5000);
  });

  it("keeps apart duplicate records of one package", () => {
    const twice = header({ [TAG.NAME]: ["kernel"], [TAG.VERSION]: ["1"], [TAG.ARCH]: ["x86_64"] });
    expect(read([twice, twice]).packages.map(({ name }) => name)).toEqual(["kernel", "kernel"]);
  });

  it("reads the same data twice at most, whatever tags speak of it", () => {
    const names = Array.from({ length: 1000 }, (_, i) => `name-${i}`);
    const data = Buffer.from(names.map((name) => `${name}\0`).join(""));
    const all = { type: 8, offset: 0, count: 0xffffffff };
    const tags = [TAG.BASENAMES, TAG.DIRNAMES, TAG.REQUIRENAME, TAG.PROVIDENAME];
    const overlapping = new RpmHeader(new Map(tags.map((tag) => [tag, all])), data, new Allowance(1e6, () => {}));
    expect(tags.map((tag) => overlapping.texts(tag).length)).toEqual([1000, 1000, 0, 0]);
  });

  it("reads no more names than any database has, in all of its packages together", () => {
    const blob = (name: string) => header({ [TAG.NAME]: [name], [TAG.BASENAMES]: Array(40_000).fill("") });
    const room = new Allowance(50_000, () => {});
    const read = ["a", "b"].map((name) => readHeader(blob(name), room)?.texts(TAG.BASENAMES).length);
    expect(read).toEqual([40_000, 10_000]);
  });

  it("believes neither counts nor offsets", () => {
    const claims = new RpmHeader(
      new Map([[TAG.BASENAMES, { type: 8, offset: 0, count: 0xffffffff }]]),
      Buffer.from("a\0b\0c"),
      new Allowance(10, () => {}),
    );
    expect(claims.texts(TAG.BASENAMES)).toEqual(["a", "b"]);
    expect(read([Buffer.alloc(40, 255), Buffer.alloc(0)]).troubles).toHaveLength(2);
  });
});

describe("the write-ahead log", () => {
  const file = fixture("history.sqlite.gz");
  const wal = fixture("history.sqlite-wal.gz");
  const rows = (log: Uint8Array | null) => {
    const troubles: string[] = [];
    const transactions = openSqlite(file, log, (kind) => troubles.push(kind))?.rows("trans_item")?.length ?? null;
    return { transactions, troubles };
  };

  it("is applied as far as it is committed", () => {
    const whole = rows(wal).transactions ?? 0;
    const half = rows(wal.subarray(0, wal.length >> 1));
    expect(half.troubles).toEqual([]);
    expect(half.transactions ?? 0).toBeLessThan(whole);
    // A frame that was changed, and all behind it, are no part of the database.
    const changed = Buffer.from(wal);
    changed[wal.length >> 1] = (changed[wal.length >> 1] as number) ^ 0xff;
    expect(rows(changed).transactions ?? 0).toBeLessThanOrEqual(half.transactions ?? 0);
  });

  it("may be empty or damaged", () => {
    expect(rows(new Uint8Array()).troubles).toEqual([]);
    expect(rows(Buffer.alloc(100, 1)).troubles).toEqual(["a damaged write-ahead log"]);
  });
});

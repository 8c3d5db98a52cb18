import { describe, expect, test } from "vitest";
import { storesAgain } from "../../../packages/core/src/edit/stores-again.ts";
import { aptInstalled, aptPurged, type OsPackage } from "../../support/os-packages.ts";
import { type CaseImage, ledgerOf, wasteOf } from "../../support/rule-case.ts";
import { file, type TarEntry, whiteout } from "../../support/tar-bytes.ts";

const LIBC: OsPackage = { name: "libc6", files: [file("lib/libc.so.6", 5000)] };
const LESS: OsPackage = { name: "less", files: [file("usr/bin/less", 9000)] };
const TREE: OsPackage = { name: "tree", files: [file("usr/bin/tree", 7000)] };

/** What the base has; a RUN takes it away, and the next stores it again. */
const SETTINGS = file("etc/settings", "as shipped", { mtime: 1_600_000_000 });
const LATER = file("etc/settings", "as shipped", { mtime: 1_600_000_001 });
const BASE = { by: "ADD file:1 in /", entries: [SETTINGS, ...aptInstalled([LIBC], [])] };

interface Run {
  readonly by: string;
  readonly entries: readonly TarEntry[];
}

/** By rule, two RUNs that it joins. */
const JOINED: readonly (readonly [rule: string, first: Run, last: Run])[] = [
  [
    "deleted-later",
    { by: "RUN fetch /srv/data", entries: [file("srv/data", 9000)] },
    { by: "RUN rm /srv/data", entries: [whiteout("srv/data")] },
  ],
  [
    "moved-across-layers",
    { by: "RUN fetch /in/data", entries: [file("in/data", 9000)] },
    { by: "RUN mv /in/data /srv/data", entries: [whiteout("in/data"), file("srv/data", 9000)] },
  ],
  [
    "overwritten-later",
    { by: "RUN fetch /srv/data", entries: [file("srv/data", "a".repeat(9000))] },
    { by: "RUN convert /srv/data", entries: [file("srv/data", "b".repeat(9000))] },
  ],
  [
    "metadata-copy",
    { by: "RUN fetch /srv/tool", entries: [file("srv/tool", 9000, { mode: 0o644 })] },
    { by: "RUN chmod 755 /srv/tool", entries: [file("srv/tool", 9000, { mode: 0o755 })] },
  ],
  [
    "package-database-rewrite",
    { by: "RUN apt-get install -y less", entries: aptInstalled([LESS], [LIBC]) },
    { by: "RUN apt-get install -y tree", entries: aptInstalled([TREE], [LIBC, LESS]) },
  ],
  [
    "apt-split-purge",
    { by: "RUN apt-get install -y less", entries: aptInstalled([LESS], [LIBC]) },
    { by: "RUN apt-get purge -y less", entries: aptPurged([LESS], [LIBC]) },
  ],
];

function withEntry({ by, entries }: Run, entry: TarEntry): Run {
  return { by, entries: [...entries, entry] };
}

function image([, first, last]: (typeof JOINED)[number], again: TarEntry): CaseImage {
  return {
    base: 1,
    layers: [BASE, withEntry(first, whiteout("etc/settings")), withEntry(last, again)],
  };
}

describe("where joined RUNs delete a file of a lower layer and store it again, whether that is stored depends on the driver", () => {
  test.each(JOINED)("%s", async (...row) => {
    const [rule] = row;
    for (const [again, exact] of [
      [SETTINGS, false],
      [LATER, true],
    ] as const) {
      const { findings, plan } = await wasteOf(image(row, again));
      const joins = findings.filter((finding) => finding.rule === rule && finding.fix.kind === "join-runs");
      expect(joins.map((finding) => finding.exact)).toEqual([{ content: exact, tar: false, blob: false }]);
      expect(plan.findings).toContain(joins[0]?.id);
      expect(plan.exact.content).toBe(exact);
    }
  });
});

describe("a join stores again", () => {
  const again = async (joined: readonly (readonly number[])[], ...layers: readonly (readonly TarEntry[])[]) =>
    storesAgain(
      await ledgerOf({ layers: layers.map((entries) => ({ entries })) }),
      joined.map((own) => ({ kind: "join" as const, layers: own })),
    );
  const before = file("a", "x", { mode: 0o644, uid: 0, mtime: 5 });

  test("what is changed, and changed back", async () => {
    const changed = file("a", "x", { mode: 0o755, uid: 0, mtime: 5 });
    expect(await again([[1, 2]], [before], [changed], [before])).toBe(true);
    expect(await again([[1, 2]], [before], [file("a", "y", { mode: 0o644, mtime: 6 })], [before])).toBe(true);
    expect(await again([[1, 2]], [before], [changed], [changed])).toBe(false);
  });

  test("not what comes again with another size, time, mode or owner", async () => {
    for (const other of [
      file("a", "xy", { mode: 0o644, mtime: 5 }),
      file("a", "x", { mode: 0o644, mtime: 6 }),
      file("a", "x", { mode: 0o600, mtime: 5 }),
      file("a", "x", { mode: 0o644, uid: 7, mtime: 5 }),
      file("a", "x", { mode: 0o644, gid: 7, mtime: 5 }),
    ])
      expect(await again([[1, 2]], [before], [whiteout("a")], [other])).toBe(false);
  });

  test("what a layer between brings, which goes below the joined one", async () => {
    expect(await again([[0, 2, 3]], [file("b", "b")], [before], [whiteout("a")], [before])).toBe(true);
  });

  test("not what one layer replaces by itself, nor what only joined layers store", async () => {
    expect(await again([[1, 2]], [before], [before], [file("b", "b")])).toBe(false);
    expect(await again([[0, 1, 2]], [before], [whiteout("a")], [before])).toBe(false);
  });

  test("over all layers that overlapping joins make one", async () => {
    const layers = [[before], [whiteout("a")], [file("b", "b")], [before]];
    expect(await again([[1, 2]], ...layers)).toBe(false);
    expect(await again([[2, 3]], ...layers)).toBe(false);
    expect(
      await again(
        [
          [1, 2],
          [2, 3],
        ],
        ...layers,
      ),
    ).toBe(true);
  });
});

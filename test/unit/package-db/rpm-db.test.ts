import { describe, expect, it } from "vitest";
import { rpmDatabase } from "../../../packages/core/src/package-db/rpm/rpm-db.ts";
import { expected, fixture } from "../../support/rpm-fixtures.ts";
import { viewOf } from "../../support/rpm-view.ts";

const HISTORY = {
  "var/lib/dnf/history.sqlite": fixture("history.sqlite.gz"),
  "var/lib/dnf/history.sqlite-wal": fixture("history.sqlite-wal.gz"),
};
const SQLITE = { "var/lib/rpm/rpmdb.sqlite": fixture("rpmdb.sqlite.gz") };
const told = expected();

const facts = (files: Record<string, Uint8Array>) => {
  const { packages, troubles } = rpmDatabase.read(viewOf(files));
  expect(troubles).toEqual([]);
  return packages
    .map(({ name, version, files }) => ({ name, version, files: [...files].sort() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
};
const sorted = <T extends { name: string }>(rows: readonly T[]) => [...rows].sort((a, b) => (a.name < b.name ? -1 : 1));

describe("the packages and files of rpm -qa, from every format", () => {
  it.each([
    ["sqlite", "var/lib/rpm/rpmdb.sqlite", "rpmdb.sqlite.gz", told.packages],
    ["Berkeley DB, little-endian", "var/lib/rpm/Packages", "Packages.little.gz", told.packages],
    ["Berkeley DB, big-endian, headers within pages", "usr/share/rpm/Packages", "Packages.big.gz", told.packages],
    ["ndb", "usr/lib/sysimage/rpm/Packages.db", "Packages.db.gz", told.ndbPackages],
  ])("%s", (_, path, name, packages) => {
    expect(facts({ [path]: fixture(name) })).toEqual(sorted(packages));
  });
});

describe("reading", () => {
  const { packages } = rpmDatabase.read(viewOf({ ...SQLITE, ...HISTORY }));
  const named = (name: string) => packages.find((one) => one.name === name);

  it("resolves what is required as dnf does", () => {
    for (const [name, requires] of Object.entries(told.requires)) {
      for (const one of packages.filter((found) => found.name === name)) {
        expect([name, ...[...one.requires].sort()]).toEqual([name, ...requires]);
      }
    }
  });

  it("knows from dnf's history, write-ahead log included, what was asked for", () => {
    const explicit = { user: true, dependency: false, "weak-dependency": false, unknown: null };
    for (const [nameArch, reason] of Object.entries(told.reasons)) {
      const one = named(nameArch) ?? named(nameArch.replace(/\.[^.]+$/, ""));
      expect([nameArch, one?.explicit]).toEqual([nameArch, explicit[reason as keyof typeof explicit]]);
    }
  });

  it("does not say so without a history", () => {
    const found = rpmDatabase.read(viewOf(SQLITE)).packages;
    expect(new Set(found.map(({ explicit }) => explicit))).toEqual(new Set([null]));
  });

  it("tells architectures of one name apart, and gives keys no files", () => {
    expect(packages.map(({ name }) => name).filter((name) => name.startsWith("multi"))).toEqual([
      "multi.x86_64",
      "multi.i686",
    ]);
    expect(named("gpg-pubkey")?.files).toEqual([]);
  });

  it("owns no %ghost, no directory, nothing left out at installation, nothing that was replaced", () => {
    expect(named("app")?.files).not.toContain("var/log/app.log");
    expect(named("app")?.files).not.toContain("var/lib/app");
    expect(named("extra-docs")?.files).toEqual(["usr/share/app/\u00c3\u00a9.txt"]);
    expect(named("many")?.files).not.toContain("usr/share/many/a/000.txt");
    expect(named("replacer")?.files).toEqual(["usr/share/many/a/000.txt"]);
  });

  it("reads a database once that goes by two directories, and tells of a second one", () => {
    const links = { "var/lib/rpm": "usr/lib/sysimage/rpm" };
    const sqlite = fixture("rpmdb.sqlite.gz");
    expect(rpmDatabase.read(viewOf({ "usr/lib/sysimage/rpm/rpmdb.sqlite": sqlite }, links)).troubles).toEqual([]);
    const two = rpmDatabase.read(viewOf({ ...SQLITE, "var/lib/rpm/Packages": fixture("Packages.little.gz") }));
    expect(two.packages).toHaveLength(told.packages.length);
    expect(two.troubles).toEqual([
      {
        path: "var/lib/rpm/Packages",
        message: "another rpm database, which is not read: packages are those of /var/lib/rpm/rpmdb.sqlite",
      },
    ]);
  });

  it("is quiet where there is no rpm", () => {
    expect(rpmDatabase.read(viewOf({}))).toEqual({ packages: [], troubles: [] });
    expect(rpmDatabase.read(viewOf({ "etc/dnf/protected.d/x.conf": "x" }))).toEqual({ packages: [], troubles: [] });
  });

  it("reads what dnf5 and yum remember", () => {
    const explicitOf = (files: Record<string, Uint8Array | string>) => {
      const found = rpmDatabase.read(viewOf({ ...SQLITE, ...files })).packages;
      return ["app", "shell", "tool", "keeper"].map((name) => found.find((one) => one.name === name)?.explicit);
    };
    const toml =
      'version = "1.0"\n[packages]\n"app.noarch" = {reason = "User"}\n[packages."shell.noarch"]\nreason = "Dependency"\n[packages."tool.noarch"]\nreason = "Weak Dependency"\n';
    expect(explicitOf({ "usr/lib/sysimage/libdnf5/packages.toml": toml })).toEqual([true, false, false, null]);
    const yumdb = "var/lib/yum/yumdb";
    expect(
      explicitOf({
        [`${yumdb}/a/0123456789abcdef-app-10-2-noarch/reason`]: "user",
        [`${yumdb}/s/0123456789abcdef-shell-5.2-3-noarch/reason`]: "dep",
      }),
    ).toEqual([true, false, null, null]);
  });

  it("counts the directories of rpm, dnf and yum as state", () => {
    expect(
      ["var/lib/rpm/x", "usr/lib/sysimage/rpm/y", "usr/share/rpm/z", "var/lib/dnf/a/b", "var/lib/yum/c"].every(
        rpmDatabase.isState,
      ),
    ).toBe(true);
    expect(["var/lib/rpmx/x", "usr/lib/rpm/macros", "var/lib/rpm"].some(rpmDatabase.isState)).toBe(false);
  });
});

describe("removing", () => {
  const view = viewOf({ ...SQLITE, ...HISTORY });
  const remove = (...names: string[]) => rpmDatabase.remove?.(view, names);

  it.each(Object.entries(told.removals))(
    "%s: what dnf would remove, and whether rpm would refuse",
    (names, { freed, rpm }) => {
      const removal = remove(...names.split(","));
      const keys = removal?.freed.map((key) => key.replace(/\.(?:i686|x86_64)$/, ""));
      expect([...new Set(keys)]).toEqual([...new Set(freed)].sort());
      expect(removal?.refusal).toBeNull();
      const refused = removal?.notes.filter((note) => note.startsWith("rpm -e would refuse: "));
      expect(refused).toHaveLength(rpm.length > 0 ? 1 : 0);
      for (const need of rpm.filter((line) => !line.startsWith("(")).slice(0, 3)) expect(refused?.[0]).toContain(need);
    },
  );

  it("says what is not installed", () => {
    expect(remove("nope")).toEqual({ freed: [], refusal: null, notes: ["No match for argument: nope"] });
  });

  it("refuses what is protected, as dnf words it", () => {
    const guarded = viewOf({ ...SQLITE, ...HISTORY, "etc/dnf/protected.d/guarded.conf": "guarded\n" });
    expect(rpmDatabase.remove?.(guarded, ["guard-lib"])).toMatchObject({
      freed: [],
      refusal: "The operation would result in removing the following protected packages: guarded",
    });
  });

  it("frees no dependency where nobody wrote down that it is one", () => {
    expect(rpmDatabase.remove?.(viewOf(SQLITE), ["cycle-user"]).freed).toEqual(["rpm/cycle-user"]);
  });
});

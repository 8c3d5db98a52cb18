import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AptConfig } from "../../../packages/core/src/package-db/dpkg/apt-config.ts";
import { dpkgDatabase } from "../../../packages/core/src/package-db/dpkg/dpkg-db.ts";
import { compilePattern } from "../../../packages/core/src/package-db/dpkg/name-pattern.ts";
import { viewOf } from "../../support/dpkg-view.ts";

interface Simulated {
  readonly names: readonly string[];
  readonly freed?: readonly string[];
  readonly error?: readonly string[];
}

interface Recorded {
  readonly files: Readonly<Record<string, string>>;
  readonly removals: readonly Simulated[];
  readonly broken: { readonly status: string; readonly removals: readonly Simulated[] };
  readonly unrecorded: { readonly status: string; readonly removals: readonly Simulated[] };
}

const recorded: Recorded = JSON.parse(
  readFileSync(new URL("../../fixtures/dpkg/installed.json", import.meta.url), "utf8"),
) as Recorded;

function compare(files: Readonly<Record<string, string>>, simulated: readonly Simulated[]): void {
  for (const { names, freed } of simulated) {
    const removal = dpkgDatabase.remove?.(viewOf(files), names);
    const keys = freed?.map((name) => `deb/${name}`).sort() ?? [];
    expect({ names, freed: removal?.freed, refused: removal?.refusal !== null }).toEqual({
      names,
      freed: keys,
      refused: freed === undefined,
    });
  }
}

describe("apt-get purge --auto-remove, as apt 2.6.1 simulated it", () => {
  it("frees what apt frees, and refuses where apt does", () => compare(recorded.files, recorded.removals));

  it("refuses in a broken database, unless the removal repairs it", () =>
    compare({ ...recorded.files, "var/lib/dpkg/status": recorded.broken.status }, recorded.broken.removals));

  it("frees dependents only, where apt has no record of what it installed", () => {
    const { "var/lib/apt/extended_states": _, ...files } = recorded.files;
    compare({ ...files, "var/lib/dpkg/status": recorded.unrecorded.status }, recorded.unrecorded.removals);
    expect(dpkgDatabase.remove?.(viewOf(files), ["less"]).notes).toEqual([
      "apt keeps no record of what it installed on its own: nothing is autoremoved",
    ]);
  });

  it("keeps suggested packages unless apt.conf says otherwise", () => {
    const { "etc/apt/apt.conf.d/docker-autoremove-suggests": _, ...files } = recorded.files;
    const freed = dpkgDatabase.remove?.(viewOf(files), []).freed;
    expect(freed).not.toContain("deb/git-doc");
    const without = {
      ...files,
      "etc/apt/apt.conf": "APT::AutoRemove { RecommendsImportant 0; SuggestsImportant no };",
    };
    expect(dpkgDatabase.remove?.(viewOf(without), []).freed).toEqual(
      expect.arrayContaining(["deb/git-doc", "deb/patch", "deb/less", "deb/libidn2-0"]),
    );
  });

  it("says what goes along", () => {
    expect(dpkgDatabase.remove?.(viewOf(recorded.files), ["liberror-perl"]).notes).toEqual([
      "git goes too: it needs what is removed",
    ]);
  });
});

describe("apt.conf", () => {
  it("reads nested and flat names, lists, comments, any case", () => {
    const config = new AptConfig();
    config.add(
      '// c\n# d\nA::B "1"; a { c "x"; D:: "p"; D { "q"; /* no */ "r"; }; };\nA::d:: "s"; u v; Url "http://x//y"; /* open',
    );
    expect(config.list("a::b")).toEqual(["1"]);
    expect(config.list("A::C")).toEqual(["x"]);
    expect(config.list("A::D")).toEqual(["p", "q", "r", "s"]);
    expect(config.list("U")).toEqual(["v"]);
    expect(config.list("url")).toEqual(["http://x//y"]);
  });

  it("survives what is not balanced", () => {
    const config = new AptConfig();
    config.add(`}}};;${"a{".repeat(10_000)}"v";${"}".repeat(20_000)} B "2";`);
    expect(config.list("b")).toEqual(["2"]);
  });

  it("takes apt's words for true and false", () => {
    const config = new AptConfig();
    config.add('a "yes"; b "Off"; c "0"; d "maybe";');
    expect(["a", "b", "c", "d", "e"].map((name) => config.flag(name, true))).toEqual([true, false, false, true, true]);
  });
});

describe("name patterns", () => {
  it.each([
    ["^firmware-linux.*", "firmware-linux-free", true],
    ["^linux-image-[a-z0-9]*$", "linux-image-amd64", true],
    ["^linux-image-[a-z0-9]*$", "linux-image-6.1-amd64", false],
    ["^postgresql.*-15", "postgresql-client-15", true],
    ["^linux-.*-6\\.1\\.0-18-amd64$", "linux-image-6.1.0-18-amd64", true],
    ["^linux-.*-6\\.1\\.0-18-amd64$", "linux-image-6x1.0-18-amd64", false],
    ["(a|b)+c?$", "xxabab", true],
    ["(a|b)+c?$", "xxababd", false],
    ["[^a-c]x", "ax", false],
    ["[^a-c]x", "dx", true],
    ["LIB", "zlib1g", true],
    ["", "anything", true],
  ])("%s on %s", (pattern, name, matches) => {
    expect(compilePattern(pattern)?.test(name)).toBe(matches);
  });

  it.each(["a{2}", "(", ")", "[a", "*a", "[[:alpha:]]", "\\w", "x".repeat(1000)])("does not guess at %s", (pattern) => {
    expect(compilePattern(pattern)).toBeNull();
  });

  it("takes no more time for patterns made to be slow", () => {
    expect(compilePattern("^(((a*)*)*)*b$")?.test("a".repeat(200))).toBe(false);
  });
});

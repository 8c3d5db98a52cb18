import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { pathFromText } from "../../../packages/core/src/image-path.ts";
import { dpkgDatabase } from "../../../packages/core/src/package-db/dpkg/dpkg-db.ts";
import type { FoundPackage, PackageReading } from "../../../packages/core/src/package-db/package-db.ts";
import { viewOf } from "../../support/dpkg-view.ts";

interface Recorded {
  readonly files: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string, string])[];
  readonly listing: Readonly<Record<string, readonly string[]>>;
  readonly manual: readonly string[];
}

const recorded: Recorded = JSON.parse(
  readFileSync(new URL("../../fixtures/dpkg/installed.json", import.meta.url), "utf8"),
) as Recorded;

function named({ packages }: PackageReading, name: string): FoundPackage | undefined {
  return packages.find((found) => found.name === name);
}

/** The files of `dpkg -L`: a diverted one is followed by where it went; directories are parents of others. */
function filesOfListing(lines: readonly string[]): readonly string[] {
  const paths: string[] = [];
  for (const line of lines) {
    const diverted = /^(?:diverted by \S+|locally diverted) to: (.*)$/.exec(line)?.[1];
    if (diverted !== undefined) paths[paths.length - 1] = diverted;
    else if (!line.startsWith("package diverts others to: ")) paths.push(line);
  }
  const files = paths.filter((path) => path !== "/." && !paths.some((other) => other.startsWith(`${path}/`)));
  return files.map(pathFromText).sort();
}

describe("a database that dpkg 1.21.22 made", () => {
  const reading = dpkgDatabase.read(viewOf(recorded.files));

  it("has the packages and versions of dpkg-query -W", () => {
    const found = reading.packages.map(({ name, version }) => [name, version]);
    const queried = recorded.query.map(([name, version]) => [name, version]);
    expect(found.sort()).toEqual(queried.sort());
  });

  it("has the files of dpkg-query -L, diversions followed", () => {
    for (const { name, files } of reading.packages) {
      expect([name, [...files].sort()]).toEqual([name, filesOfListing(recorded.listing[name] ?? [])]);
    }
    expect(named(reading, "tool")?.files).toContain("usr/bin/tool.real");
    expect(named(reading, "wrapper")?.files).toContain("usr/bin/tool");
    expect(named(reading, "patch")?.files).toContain("usr/bin/patch.mine");
  });

  it("asked for what apt-mark showmanual has", () => {
    const explicit = reading.packages.filter((found) => found.explicit === true).map(({ name }) => name);
    expect(explicit.sort()).toEqual(recorded.manual);
    expect(named(reading, "gone")?.explicit).toBeNull();
  });

  it("leaves a removed package its conffiles, and tells of one that is only unpacked", () => {
    expect(named(reading, "gone")?.files).toEqual(["etc/gone.conf"]);
    expect(named(reading, "gone-bare")).toBeUndefined();
    expect(reading.troubles.map(({ message }) => message)).toEqual([
      "package not installed whole: unpacked is unpacked",
    ]);
  });

  it("resolves dependencies among what is installed", () => {
    expect(named(reading, "git")?.requires).toEqual([
      "deb/libc6:amd64",
      "deb/perl",
      "deb/liberror-perl",
      "deb/perl-base",
    ]);
    expect(named(reading, "base-files")?.requires).toEqual(["deb/gawk", "deb/mawk"]);
    expect(named(reading, "wrapper")?.requires).toEqual(["deb/libc6:i386"]);
    expect(named(reading, "liberror-perl")?.requires).toEqual(["deb/perl"]);
  });
});

describe("other shapes of a database", () => {
  it("reads the status.d of distroless", () => {
    const reading = dpkgDatabase.read(
      viewOf({
        "var/lib/dpkg/status.d/base": "Package: base-files\nVersion: 12\nArchitecture: amd64\nEssential: yes\n",
        "var/lib/dpkg/status.d/base.md5sums": "0123456789abcdef0123456789abcdef  usr/lib/os release\nbad\n",
        "var/lib/dpkg/status.d/libssl3":
          "Package: libssl3\nVersion: 3\nArchitecture: amd64\nDepends: base-files (>= 13) | base-files\n",
      }),
    );
    expect(reading.packages).toEqual([
      {
        ecosystem: "deb",
        name: "base-files",
        version: "12",
        files: ["usr/lib/os release"],
        roots: [],
        explicit: null,
        requires: [],
        recommends: [],
        essential: true,
      },
      {
        ecosystem: "deb",
        name: "libssl3",
        version: "3",
        files: [],
        roots: [],
        explicit: null,
        requires: ["deb/base-files"],
        recommends: [],
        essential: false,
      },
    ]);
    expect(reading.troubles.map(({ message }) => message)).toEqual(["malformed file list: 1 lines"]);
  });

  it("takes md5sums and conffiles where a list is missing", () => {
    const reading = dpkgDatabase.read(
      viewOf({
        "var/lib/dpkg/status":
          "Package: a\nStatus: install ok installed\nVersion: 1\nConffiles:\n /etc/a b 0123456789abcdef0123456789abcdef\n /etc/new newconffile\n /etc/old 0123456789abcdef0123456789abcdef obsolete\n",
        "var/lib/dpkg/info/a.md5sums": "0123456789abcdef0123456789abcdef  usr/bin/a\n",
      }),
    );
    expect(reading.packages[0]?.files).toEqual(["usr/bin/a", "etc/a b", "etc/new", "etc/old"]);
    expect(reading.troubles).toHaveLength(1);
  });

  it("says which paths are state", () => {
    const state = ["var/lib/dpkg/status-old", "var/lib/apt/extended_states", "var/cache/debconf/config.dat"];
    const other = ["var/lib/apt/lists/x", "var/cache/apt/archives/a.deb", "etc/apt/apt.conf", "var/lib/dpkgs"];
    expect(state.filter(dpkgDatabase.isState)).toEqual(state);
    expect(other.filter(dpkgDatabase.isState)).toEqual([]);
  });
});

describe("hostile databases", () => {
  const read = (files: Record<string, string>) => dpkgDatabase.read(viewOf(files));
  const status = (text: string) => read({ "var/lib/dpkg/status": text });

  it("reads on past what is malformed", () => {
    const reading = status(
      "junk\n\n\nPackage: a\nStatus: install ok installed\nVersion: 1\n\n leading\n\nPackage: b\n",
    );
    expect(reading.packages.map(({ name }) => name)).toEqual(["a"]);
    expect(reading.troubles.map(({ message }) => message)).toEqual([
      "malformed lines: 1",
      "paragraphs without a package or its status: 1",
      "package without a file list: a; its files are unowned",
    ]);
  });

  it("keeps paths below the root", () => {
    const reading = read({
      "var/lib/dpkg/status": "Package: ../a\nStatus: install ok installed\n",
      "var/lib/dpkg/info/../a.list": "/../../etc/x\n/./y//z\nrelative\n",
    });
    expect(reading.packages[0]?.files).toEqual(["etc/x", "y/z"]);
  });

  it("counts what repeats", () => {
    const reading = status("Package: a\nStatus: install ok half-installed\n\n".repeat(1000));
    expect(reading.packages).toHaveLength(1);
    expect(reading.troubles.length).toBeLessThan(10);
  });

  it("reads one list once, however many packages claim it", () => {
    const stanzas = Array.from(
      { length: 100 },
      (_, i) => `Package: a\nArchitecture: x${i}\nStatus: install ok installed\n`,
    );
    const reading = read({ "var/lib/dpkg/status": stanzas.join("\n"), "var/lib/dpkg/info/a.list": "/usr/x\n" });
    expect(reading.packages.filter(({ files }) => files.length > 0)).toHaveLength(1);
  });

  it("stays bounded where everything provides and needs one name", () => {
    const stanzas = Array.from(
      { length: 5_000 },
      (_, i) =>
        `Package: p${i}\nStatus: install ok installed\nVersion: 1\nProvides: v (= 1)\nDepends: v (>= 0.${i}), v\n`,
    );
    const text = stanzas.join("\n");
    expect(status(text).troubles.some(({ message }) => message.startsWith("too many providers"))).toBe(true);
    expect(dpkgDatabase.remove?.(viewOf({ "var/lib/dpkg/status": text }), ["p1"]).refusal).toContain(
      "too many providers",
    );
  });

  it("takes long lines and cycles", () => {
    const long = `Package: a\nStatus: install ok installed\nDepends: ${"b | ".repeat(200_000)}b,${" ".repeat(1_000_000)}(\n`;
    const cycle = "\nPackage: b\nStatus: install ok installed\nDepends: a\n";
    expect(status(long + cycle).packages.map(({ requires }) => requires)).toEqual([["deb/b"], ["deb/a"]]);
    expect(status(`${"x".repeat(5_000_000)}\nPackage: ${"y".repeat(5_000_000)}`).packages).toEqual([]);
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { pathFromText } from "../../../packages/core/src/image-path.ts";
import { pacmanDatabase } from "../../../packages/core/src/package-db/pacman/pacman-db.ts";
import { comparePacmanVersions } from "../../../packages/core/src/package-db/pacman/version.ts";
import { viewOf } from "../../support/dpkg-view.ts";

interface Recorded {
  readonly files: Readonly<Record<string, string>>;
  readonly listing: Readonly<Record<string, readonly string[]>>;
  readonly explicit: readonly string[];
  readonly versions: readonly string[];
  readonly orders: readonly string[];
  readonly removals: readonly { names: readonly string[]; freed?: readonly string[]; error?: readonly string[] }[];
}

const recorded: Recorded = JSON.parse(
  readFileSync(new URL("../../fixtures/pacman/installed.json", import.meta.url), "utf8"),
) as Recorded;

describe("a database that pacman 6.0.2 made", () => {
  const { packages, troubles } = pacmanDatabase.read(viewOf(recorded.files));

  it("has the packages and files of pacman -Ql", () => {
    expect(troubles).toEqual([]);
    expect(packages.map(({ name }) => name).sort()).toEqual(Object.keys(recorded.listing).sort());
    for (const { name, files } of packages) {
      const listed = (recorded.listing[name] ?? []).filter((path) => !path.endsWith("/"));
      const relative = listed.map(pathFromText);
      expect([name, [...files].sort()]).toEqual([name, relative.sort()]);
    }
  });

  it("asked for what pacman -Qe has", () => {
    const explicit = packages.filter((found) => found.explicit).map(({ name }) => name);
    expect(explicit.sort()).toEqual(recorded.explicit);
  });

  it("resolves dependencies by name, version and provision", () => {
    const requires = (wanted: string) => packages.find(({ name }) => name === wanted)?.requires;
    expect(requires("app")).toEqual(["pacman/liba", "pacman/bash", "pacman/dash", "pacman/libd"]);
    expect(requires("tool")).toEqual(["pacman/libd", "pacman/bash"]);
    expect(packages.find(({ name }) => name === "liba")?.version).toBe("1:1.2-1");
  });

  it("frees what pacman -Rs frees, and refuses where pacman does", () => {
    for (const { names, freed } of recorded.removals) {
      const removal = pacmanDatabase.remove?.(viewOf(recorded.files), names);
      expect({ names, freed: removal?.freed, refused: removal?.refusal !== null }).toEqual({
        names,
        freed: freed?.map((name) => `pacman/${name}`) ?? [],
        refused: freed === undefined,
      });
    }
  });

  it("compares versions as libalpm does", () => {
    recorded.versions.forEach((a, row) => {
      const orders = recorded.versions.map((b) => "<=>"[Math.sign(comparePacmanVersions(a, b)) + 1]).join("");
      expect([a, orders]).toEqual([a, recorded.orders[row]]);
    });
  });
});

describe("hostile databases", () => {
  const LOCAL = "var/lib/pacman/local";

  it("reads on past what is malformed", () => {
    const { packages, troubles } = pacmanDatabase.read(
      viewOf({
        [`${LOCAL}/a-1/desc`]: "%NAME%\na\n\n%VERSION%\n1\n\n%DEPENDS%\na\nb\n\n%REASON%\n1",
        [`${LOCAL}/a-1/files`]: "%FILES%\n../../etc/x\nusr/\nusr//bin/./a\n\n%BACKUP%\netc/x\tabc\n",
        [`${LOCAL}/a-2/desc`]: "%NAME%\na\n\n%VERSION%\n2\n",
        [`${LOCAL}/b-1/desc`]: "%NAME%\nb\n\n%VERSION%\n1\n\n%DEPENDS%\na\n",
        [`${LOCAL}/junk/desc`]: "x".repeat(1_000_000),
      }),
    );
    expect(packages).toEqual([
      {
        ecosystem: "pacman",
        name: "a",
        version: "1",
        files: ["etc/x", "usr/bin/a"],
        roots: [],
        explicit: false,
        requires: ["pacman/b"],
      },
      { ecosystem: "pacman", name: "b", version: "1", files: [], roots: [], explicit: true, requires: ["pacman/a"] },
    ]);
    expect(troubles.map(({ message }) => message)).toEqual([
      "package described twice, the first counts: a",
      "package without a list of files beside it",
      "package without a name or version",
    ]);
  });

  it("stays bounded where everything provides and needs one name", () => {
    const files: Record<string, string> = {};
    for (let i = 0; i < 3000; i += 1) {
      files[`${LOCAL}/p${i}/desc`] = `%NAME%\np${i}\n\n%VERSION%\n1\n\n%PROVIDES%\nv=1\n\n%DEPENDS%\nv>=0.${i}\n`;
    }
    const messages = pacmanDatabase.read(viewOf(files)).troubles.map(({ message }) => message);
    expect(messages).toContain("too many providers: dependencies are incomplete");
    expect(pacmanDatabase.remove?.(viewOf(files), ["p1"]).refusal).toContain("too many providers");
  });

  it("says which paths are state", () => {
    expect(pacmanDatabase.isState("var/lib/pacman/local/a-1/desc")).toBe(true);
    expect(pacmanDatabase.isState("var/cache/pacman/pkg/a.zst")).toBe(false);
  });
});

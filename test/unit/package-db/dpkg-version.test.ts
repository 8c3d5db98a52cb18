import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parseRelations } from "../../../packages/core/src/package-db/dpkg/relations.ts";
import { compareVersions, versionSatisfies } from "../../../packages/core/src/package-db/dpkg/version.ts";

const VERSIONS = [
  "0",
  "0-0",
  "00.1",
  "1",
  "1.0",
  "1.0-1",
  "1.0-1+b1",
  "1.0-1~bpo12+1",
  "1.0-01",
  "1.0~rc1",
  "1.0~~",
  "1.0~",
  "1.0+dfsg-1",
  "1.0a",
  "1.0.a",
  "1.0-1-2",
  "1:0.9",
  "0:1.0",
  "2:1.02.185-2",
  "10",
  "9",
  "1.10",
  "1.9",
  "5.36.0-7+deb12u2",
  "2.36-9+deb12u10",
  "2.36-9+deb12u9",
  "20230311",
  "99999999999999999999999999999999999999",
  "99999999999999999999999999999999999998",
];

describe("Debian versions", () => {
  it("are ordered as deb-version(7) has it", () => {
    const ordered = [
      "1.0~~",
      "1.0~~a",
      "1.0~",
      "1.0",
      "1.0-0.1",
      "1.0-1",
      "1.0a",
      "1.0+",
      "1.0.a",
      "1.9",
      "1.10",
      "1:0",
    ];
    for (let i = 1; i < ordered.length; i += 1) {
      expect(compareVersions(ordered[i - 1] as string, ordered[i] as string)).toBeLessThan(0);
      expect(compareVersions(ordered[i] as string, ordered[i - 1] as string)).toBeGreaterThan(0);
    }
    expect(compareVersions("1.0", "0:1.0-0")).toBe(0);
  });

  it("satisfy bounds", () => {
    const satisfied = (["<<", "<=", "=", ">=", ">>"] as const).map((operator) =>
      versionSatisfies("1", operator, "1-0"),
    );
    expect(satisfied).toEqual([false, true, true, true, false]);
  });
});

describe("relations", () => {
  it("have alternatives, versions and architectures, and old operators", () => {
    expect(parseRelations("a (>= 1:2~), b:any | c:i386 (<2) , , d(=3)[amd64], (x), e <!nocheck>")).toEqual([
      [{ name: "a", arch: null, operator: ">=", version: "1:2~" }],
      [
        { name: "b", arch: "any", operator: null, version: "" },
        { name: "c", arch: "i386", operator: "<=", version: "2" },
      ],
      [{ name: "d", arch: null, operator: "=", version: "3" }],
      [{ name: "e", arch: null, operator: null, version: "" }],
    ]);
  });
});

const dpkg = spawnSync("dpkg", ["--version"]).status === 0;

describe.skipIf(!dpkg)("Debian versions, against this machine's dpkg", () => {
  it("compare as dpkg --compare-versions does", { timeout: 60_000 }, () => {
    const pairs = VERSIONS.flatMap((a, i) => VERSIONS.slice(i + 1).map((b) => [a, b] as const));
    const script = pairs.map(
      ([a, b]) =>
        `if dpkg --compare-versions '${a}' lt '${b}'; then echo '<'; elif dpkg --compare-versions '${a}' eq '${b}'; then echo '='; else echo '>'; fi`,
    );
    const { stdout } = spawnSync("sh", [], { input: script.join("\n"), encoding: "utf8" });
    const mine = pairs.map(([a, b]) => "<=>"[Math.sign(compareVersions(a, b)) + 1]);
    expect(mine).toEqual(stdout.trim().split("\n"));
  });
});

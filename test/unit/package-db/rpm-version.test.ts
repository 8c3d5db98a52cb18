import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { isNeed, parseDependency } from "../../../packages/core/src/package-db/rpm/dependency.ts";
import { compareVersions, overlaps, parseEvr, SENSE } from "../../../packages/core/src/package-db/rpm/version.ts";
import { fixture } from "../../support/rpm-fixtures.ts";

const PAIRS = JSON.parse(fixture("versions.json").toString("utf8")) as [string, string, number][];
const RPM = "rpm";
const hasRpm = spawnSync(RPM, ["--version"]).status === 0;

describe("rpmvercmp", () => {
  it(`agrees with rpm 4.18.0 on ${PAIRS.length} pairs`, () => {
    expect(PAIRS.filter(([a, b, order]) => compareVersions(a, b) !== order)).toEqual([]);
  });

  it.skipIf(!hasRpm)("agrees with the rpm that is installed", () => {
    const lua = PAIRS.slice(0, 200).map(([a, b]) => `rpm.vercmp("${a}","${b}")`);
    const { stdout } = spawnSync(RPM, ["--eval", `%{lua: print(table.concat({${lua.join(",")}}, " "))}`], {
      encoding: "utf8",
    });
    expect(stdout.trim().split(" ").map(Number)).toEqual(PAIRS.slice(0, 200).map(([a, b]) => compareVersions(a, b)));
  });

  it("is linear in versions of any length", () => {
    const long = "1.".repeat(500_000);
    expect(compareVersions(`${long}1`, `${long}2`)).toBe(-1);
    expect(compareVersions("0".repeat(1_000_000), "~".repeat(1_000_000))).toBe(1);
  });
});

describe("ranges", () => {
  it.each([
    ["1:2.0-3", { epoch: "1", version: "2.0", release: "3" }],
    ["2.0", { epoch: null, version: "2.0", release: null }],
    [":2.0-a-b", { epoch: "0", version: "2.0-a", release: "b" }],
  ])("reads %s", (text, evr) => expect(parseEvr(text)).toEqual(evr));

  it.each([
    ["1.0-1", "=", "1.0", "=", true],
    ["1.0-1", "=", "1.0-2", ">=", false],
    ["1:1.0-1", "=", "1.5", ">=", true],
    ["1:1.0-1", "=", "1.5", "<", false],
    ["0:1.0-1", "=", "1.0", "<=", true],
    ["2", ">", "1", "<", false],
    ["2", "<", "1", ">", true],
    ["1.0-1", "=", "1.0", "<", false],
    ["1.0~rc1-1", "=", "1.0", "<", true],
  ])("%s %s overlapping %s %s: %s", (a, signA, b, signB, result) => {
    const flags = (sign: string) =>
      (sign.includes("<") ? SENSE.LESS : 0) |
      (sign.includes(">") ? SENSE.GREATER : 0) |
      (sign.includes("=") ? SENSE.EQUAL : 0);
    const one = { name: "x", version: a, flags: flags(signA) };
    const two = { name: "x", version: b, flags: flags(signB) };
    expect([overlaps(one, two), overlaps(two, one)]).toEqual([result, result]);
  });
});

describe("dependencies", () => {
  const rich = (name: string) => parseDependency({ name, flags: 0, version: "" });
  const single = (name: string, flags = 0, version = "") => ({ operator: "single", name, flags, version });

  it("reads boolean expressions", () => {
    expect(rich("(a >= 1.0 and b(x)(64bit))")).toEqual({
      operator: "and",
      left: single("a", SENSE.GREATER | SENSE.EQUAL, "1.0"),
      right: single("b(x)(64bit)"),
    });
    expect(rich("(a if (b or c) else d)")).toEqual({
      operator: "if",
      left: single("a"),
      condition: { operator: "or", left: single("b"), right: single("c") },
      otherwise: single("d"),
    });
    expect(rich("((a with b < 2) or c)")).toMatchObject({ operator: "or", left: { operator: "with" } });
  });

  it.each([
    "(",
    "(a",
    "(a and",
    "(a and )",
    "(a and b or c)",
    "(a xor b)",
    "(a >= )",
    "()",
    "(a) b",
    "(a constructor b)",
  ])("leaves %s alone", (text) => expect(rich(text)).toBeNull());

  it("is not led into the depths", () => {
    expect(rich("(".repeat(100_000))).toBeNull();
    expect(rich(`(${"a and ".repeat(100_000)}b)`)).toBeNull();
  });

  it("does not need features of rpm, configuration files and hints", () => {
    expect(isNeed({ name: "rpmlib(PayloadIsXz)", flags: 1 << 24, version: "" })).toBe(false);
    expect(isNeed({ name: "config(app)", flags: 1 << 28, version: "" })).toBe(false);
    expect(isNeed({ name: "app", flags: 1 << 19, version: "" })).toBe(false);
    expect(isNeed({ name: "app", flags: 8, version: "1" })).toBe(true);
  });
});

import { describe, expect, it } from "vitest";
import type { Ignore, ImageCheck, Level } from "../../../packages/core/src/check/check-config.ts";
import { evaluate, summarizeCheck } from "../../../packages/core/src/check/evaluate.ts";
import { judgeFindings } from "../../../packages/core/src/check/judge-findings.ts";
import type { Snapshot } from "../../../packages/core/src/diff/snapshot.ts";
import { resultOfAnalysis } from "../../../packages/core/src/doors/report.ts";
import type { Finding } from "../../../packages/core/src/finding/finding.ts";
import { analyzeImage, snapshotImage } from "../../../packages/core/src/index.ts";
import { PLAIN_CHECK, snapshotOfFiles } from "../../support/snapshots.ts";

const TODAY = "2026-06-15";
const demo = await analyzeImage("demo:");

const finding = (rule: string, paths: readonly string[] = ["/srv/.git/a", "/srv/.git/b"]): Finding => ({
  ...(demo.findings[0] as Finding),
  id: `id-of-${rule}`,
  rule,
  paths,
});

const at = (line: number) => ({ file: "imgweigh.yaml", line, key: "images[0]" });

function check(
  rules: readonly (readonly [string, Level])[],
  { failOn = "error", ignores = [] }: { readonly failOn?: Level; readonly ignores?: readonly Partial<Ignore>[] } = {},
): ImageCheck {
  return {
    ...PLAIN_CHECK,
    failOn,
    rules: rules.map(([rule, level], i) => ({ rule, level, origin: at(i + 10) })),
    ignores: ignores.map((one, i) => ({
      rule: "*",
      path: null,
      reason: "known",
      until: null,
      origin: at(i + 20),
      ...one,
    })),
  };
}

const known = (ids: readonly string[]): Snapshot => ({
  ...snapshotOfFiles([]),
  findings: ids.map((id) => ({ id, rule: "vcs", title: "", severity: "warn", inBase: false, contentBytes: 1 })),
});

function levels(one: ImageCheck, findings: readonly Finding[]) {
  return judgeFindings(one, findings, null, TODAY).findings.map(({ finding: { rule }, level, fails }) => [
    rule,
    level,
    fails,
  ]);
}

describe("the level of a finding", () => {
  const three = [finding("apt-lists"), finding("apt-archives"), finding("vcs")];

  it("is that of the last rule that matches, and warn where none does", () => {
    expect(
      levels(
        check([
          ["apt-*", "error"],
          ["apt-lists", "off"],
        ]),
        three,
      ),
    ).toEqual([
      ["apt-archives", "error", true],
      ["vcs", "warn", false],
    ]);
    expect(
      levels(
        check([
          ["apt-lists", "off"],
          ["apt-*", "error"],
        ]),
        three,
      ),
    ).toHaveLength(3);
  });

  it.each([
    ["error", [false, true]],
    ["warn", [true, true]],
    ["off", [false, false]],
  ] as const)("fails the check from %s on", (failOn, fails) => {
    const two = [finding("apt-lists"), finding("vcs")];
    expect(levels(check([["vcs", "error"]], { failOn }), two).map(([, , one]) => one)).toEqual(fails);
  });

  it("is told with whether the baseline had it", () => {
    const { findings } = judgeFindings(check([]), [finding("vcs"), finding("logs")], known(["id-of-vcs"]), TODAY);
    expect(findings.map(({ isNew }) => isNew)).toEqual([false, true]);
    expect(judgeFindings(check([]), [finding("vcs")], null, TODAY).findings[0]?.isNew).toBeNull();
  });
});

describe("an ignore", () => {
  const judge = (ignore: Partial<Ignore>, one = finding("vcs")) =>
    judgeFindings(check([["*", "error"]], { ignores: [ignore] }), [one], null, TODAY);

  it.each([
    [{ rule: "vcs" }, true],
    [{ rule: "v*" }, true],
    [{ rule: "vc" }, false],
    [{ path: "/srv" }, true],
    [{ path: "/srv/.git/*" }, true],
    [{ path: "/srv/.git/a" }, false],
    [{ path: "/opt" }, false],
    [{ until: "2026-06-15" }, true],
    [{ until: "2026-06-14" }, false],
  ] as const)("%o", (ignore, holds) => {
    const { findings, ignored } = judge(ignore);
    expect([findings.length, ignored.length]).toEqual(holds ? [0, 1] : [1, 0]);
  });

  it("of a path is not about a finding without any", () => {
    expect(judge({ path: "/" }, finding("dockerfile-mistake", [])).findings).toHaveLength(1);
  });

  it("keeps its reason", () => {
    expect(judge({ reason: "served", until: "2027-01-01" }).ignored).toMatchObject([
      { reason: "served", until: "2027-01-01", finding: { rule: "vcs" } },
    ]);
  });

  it("that has expired, or matches nothing, is told of", () => {
    expect(judge({ rule: "vcs", until: "2026-06-14" }).notes).toEqual([
      "the ignore of vcs (imgweigh.yaml:20) expired after 2026-06-14",
    ]);
    expect(judge({ rule: "logs" }).notes).toEqual([
      "the ignore of logs (imgweigh.yaml:20) matches no finding: it can go",
    ]);
    expect(judge({ rule: "vcs" }).notes).toEqual([]);
  });
});

describe("a verdict", () => {
  it("fails by a finding alone, is plain JSON data, and the same every time", async () => {
    const { analysis, snapshot } = await snapshotImage("demo:");
    const of = (one: ImageCheck) => evaluate({ check: one, analysis, snapshot, baseline: snapshot, today: TODAY });
    const passed = of(check([]));
    expect(passed).toMatchObject({ passed: true, wastedBytes: 5_262_747, planBytes: 6_157_825, notes: [] });
    expect(passed.diff?.change.contentBytes).toBe(0);
    expect(passed.findings.every(({ isNew }) => isNew === false)).toBe(true);
    const failed = of(check([["copied-then-removed", "error"]]));
    expect(failed.passed).toBe(false);
    const result = summarizeCheck([passed, failed], ["a note"]);
    expect(result).toMatchObject({ schemaVersion: 1, passed: false, notes: ["a note"] });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    expect(JSON.stringify(of(check([])))).toBe(JSON.stringify(passed));
    expect(summarizeCheck([passed], [], ["api"])).toMatchObject({ passed: false, unchecked: ["api"] });
  });

  it("refuses a baseline of another platform", async () => {
    const { analysis, snapshot } = await snapshotImage("demo:");
    const arm = snapshotOfFiles([], { architecture: "arm64" });
    expect(() => evaluate({ check: check([]), analysis, snapshot, baseline: arm, today: TODAY })).toThrow(
      expect.objectContaining({ code: "NOT_COMPARABLE" }),
    );
  });

  it("tells what is odd about the image, each kind once", async () => {
    const { analysis, snapshot } = await snapshotImage("demo:");
    const link = { code: "dangling-hardlink", message: "a link to nothing", layer: 0 } as const;
    const warnings = [
      { ...link, path: "/a" },
      { code: "dockerfile-mismatch", message: "another Dockerfile", layer: null, path: null } as const,
      { ...link, path: "/b" },
      { ...link, path: "/c" },
    ];
    const { notes } = evaluate({
      check: check([]),
      analysis: { ...analysis, warnings },
      snapshot,
      baseline: null,
      today: TODAY,
    });
    expect(notes).toEqual([
      "dangling-hardlink: a link to nothing (/a), and 2 more",
      "dockerfile-mismatch: another Dockerfile",
    ]);
    const [image] = resultOfAnalysis({ ...analysis, warnings }).images;
    expect(image?.notes).toEqual(notes);
  });

  it("tells of limits that leave much room, and of scopes that nothing matches", async () => {
    const { analysis, snapshot } = await snapshotImage("demo:");
    const max = (value: number) => ({ value, text: `${value} B` });
    const budget = { metric: "rootfs", scope: null, min: null, maxIncrease: null } as const;
    const origin = { file: "imgweigh.yaml", line: 7, key: "images[0].budgets[0]" };
    const { notes } = evaluate({
      check: {
        ...check([]),
        budgets: [
          { ...budget, max: max(20_000_000), origin },
          { ...budget, max: max(6_963_338), origin },
          { ...budget, max: max(8_000_000), origin },
          { ...budget, scope: { kind: "path", glob: "/opt" }, max: max(0), origin },
          { ...budget, max: max(20_000_000), origin: { file: null, line: null, key: "--max" } },
        ],
      },
      analysis,
      snapshot,
      baseline: null,
      today: TODAY,
    });
    expect(notes).toEqual([
      "no path matches /opt",
      "rootfs is 6.96 MB, well under its limit of 20000000 B: imgweigh check --tighten lowers it",
      "rootfs is 6.96 MB, well under its limit of 20000000 B",
    ]);
  });
});

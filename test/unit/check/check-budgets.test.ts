import { describe, expect, it } from "vitest";
import { parseIncrease, parseLimit } from "../../../packages/core/src/check/amounts.ts";
import type { Budget, Metric, Scope } from "../../../packages/core/src/check/check-config.ts";
import { judgeBudgets } from "../../../packages/core/src/check/judge-budgets.ts";
import { diff } from "../../../packages/core/src/diff/diff-images.ts";
import { slimSnapshot } from "../../../packages/core/src/diff/slim-snapshot.ts";
import type { Snapshot } from "../../../packages/core/src/diff/snapshot.ts";
import { PLAIN_CHECK, snapshotOfFiles } from "../../support/snapshots.ts";

const ORIGIN = { file: "imgweigh.yaml", line: 5, key: "images[0].budgets[0]" };

interface Bounds {
  readonly max?: string | number;
  readonly min?: string | number;
  readonly maxIncrease?: string | number;
}

function budget(metric: Metric, { max, min, maxIncrease }: Bounds, scope: Scope | null = null): Budget {
  const limit = (value: string | number | undefined) => (value === undefined ? null : parseLimit(metric, value));
  const increase = maxIncrease === undefined ? null : parseIncrease(metric, maxIncrease);
  return { metric, scope, max: limit(max), min: limit(min), maxIncrease: increase, origin: ORIGIN };
}

/** The verdict on one budget with one bound. */
function judge(one: Budget, head: Snapshot, base: Snapshot | null = null, baseline: string | null = "base.json") {
  const check = { ...PLAIN_CHECK, budgets: [one], baseline };
  const { budgets } = judgeBudgets(check, { head, base, diff: base === null ? null : diff(base, head) });
  const [verdict, ...more] = budgets;
  expect(more).toEqual([]);
  if (verdict === undefined) throw new Error("no verdict");
  return verdict;
}

const of = (live: number, wasted = 0) => snapshotOfFiles([{ path: "/a", live, wasted, blob: live }]);

describe("a limit", () => {
  it.each([
    ["max", 1000, "1 kB", "passed", 0],
    ["max", 1001, "1 kB", "failed", 1],
    ["max", 1024, "1 KiB", "passed", 0],
    ["max", 0, "0", "passed", 0],
    ["min", 1000, "1 kB", "passed", 0],
    ["min", 999, "1 kB", "failed", 1],
  ] as const)("%s of content %i against %s has %s", (bound, bytes, text, status, over) => {
    const verdict = judge(budget("content", { [bound]: text }), of(bytes));
    expect(verdict).toMatchObject({
      id: `content/${bound}`,
      status,
      over,
      measured: bytes,
      limitText: text,
      unit: "bytes",
    });
  });

  it.each([
    [95, 5, 0.95, "passed"],
    [949_999, 50_001, 0.95, "failed"],
    [2, 1, "66.6666%", "passed"],
    [2, 1, "66.6667%", "failed"],
    [0, 0, 1, "passed"],
    // As doubles, 0.1 + 0.2 over 1 would not be 0.3.
    [3, 7, 0.3, "passed"],
    [3_000_000_000_001, 6_999_999_999_999, 0.3, "passed"],
    [2_999_999_999_999, 7_000_000_000_001, 0.3, "failed"],
  ] as const)("of efficiency: %i live and %i wasted against %s has %s", (live, wasted, min, status) => {
    expect(judge(budget("efficiency", { min }), of(live, wasted)).status).toBe(status);
  });

  it("that is broken says by how much, what it is made of, and what to do next", () => {
    const head = snapshotOfFiles([
      { path: "/usr/lib/gcc", live: 900, package: "apk/gcc" },
      { path: "/srv/it's", live: 50 },
      { path: "/bin/sh", live: 40, package: "apk/busybox" },
      { path: "/lib/musl", live: 30, package: "apk/musl" },
      { path: "/lib/z", live: 20, package: "apk/zlib" },
    ]);
    expect(judge(budget("rootfs", { max: 1000 }), head)).toMatchObject({
      status: "failed",
      measured: 1040,
      head: 1040,
      base: null,
      limit: 1000,
      over: 40,
      reason: null,
      contributors: [
        { kind: "path", key: "/usr/lib/gcc", amount: 900 },
        { kind: "path", key: "/srv/it's", amount: 50 },
        { kind: "path", key: "/bin/sh", amount: 40 },
      ],
      next: "imgweigh why app:1 /usr/lib/gcc",
      origin: ORIGIN,
    });
    const scoped = budget("content", { max: 1 }, { kind: "path", glob: "/srv" });
    expect(judge(scoped, head)).toMatchObject({ over: 49, next: String.raw`imgweigh why app:1 '/srv/it'\''s'` });
  });

  it("names nothing that cannot be typed, and of too little nothing at all", () => {
    const head = snapshotOfFiles([
      { path: "/srv/\u001b[31mred", live: 30 },
      { path: "/srv/plain", live: 20 },
    ]);
    const failing = judge(budget("content", { max: 1 }), head);
    expect(failing.contributors.map(({ key }) => key)).toEqual(["/srv/plain"]);
    expect(judge(budget("content", { min: 100 }), head)).toMatchObject({
      status: "failed",
      over: 50,
      contributors: [],
    });
  });

  it("of a part whose files without content are not listed knows its content, not its blob bytes", () => {
    const head = { ...snapshotOfFiles([{ path: "/a", live: 10, blob: 7 }]), filesFrom: 1 };
    const scope = { kind: "path", glob: "/*" } as const;
    expect(judge(budget("content", { max: 9 }, scope), head)).toMatchObject({ status: "failed", measured: 10 });
    expect(judge(budget("blob", { max: 1 }, scope), head)).toMatchObject({
      status: "unmeasured",
      reason: "not available",
    });
  });

  it("of a number that the source does not know is not judged, never passed", () => {
    const head = snapshotOfFiles([{ path: "/a", live: 10, blob: null }]);
    expect(judge(budget("blob", { max: "1 MB" }), head)).toMatchObject({
      status: "unmeasured",
      reason: "not available",
      measured: null,
      over: null,
      limit: 1_000_000,
      contributors: [],
      next: null,
    });
  });

  it("of layers and entries counts them, by instruction too", () => {
    const files = [0, 0, 1, 2].map((layer, i) => ({ path: `/f${i}`, live: 1, layer }));
    const head = snapshotOfFiles(files, { layers: 3 });
    expect(judge(budget("layers", { max: 2 }), head)).toMatchObject({ measured: 3, over: 1, unit: "count" });
    expect(judge(budget("entries", { max: 4 }), head)).toMatchObject({ measured: 4, status: "passed" });
    const scope: Scope = { kind: "instruction", glob: "RUN step-[12]" };
    expect(judge(budget("layers", { max: 0 }, scope), head).measured).toBe(0);
    expect(judge(budget("entries", { max: 1 }, { kind: "layer", glob: "0" }), head)).toMatchObject({
      measured: 2,
      contributors: [{ kind: "instruction", key: "RUN step-0", amount: 2 }],
      next: "imgweigh analyze app:1",
    });
  });
});

describe("a scope", () => {
  const head = snapshotOfFiles(
    [
      { path: "/usr/lib/node/a.map", live: 1, package: "npm/@a/b", category: "source-maps" },
      { path: "/usr/lib/node/deep/er/a.js", live: 2, package: "npm/c" },
      { path: "/usr/lib64", live: 4, wasted: 8, package: "apk/musl", layer: 1 },
      { path: "/usr/lib", live: 16 },
    ],
    { layers: 2 },
  );

  it.each([
    [{ kind: "path", glob: "/usr/lib" }, 19],
    [{ kind: "path", glob: "/usr/lib/**" }, 19],
    [{ kind: "path", glob: "usr/lib/node" }, 3],
    [{ kind: "path", glob: "/usr/lib*" }, 23],
    [{ kind: "path", glob: "/**/*.map" }, 1],
    [{ kind: "path", glob: "/usr/*/er" }, 0],
    [{ kind: "path", glob: "/usr/**/er" }, 2],
    [{ kind: "path", glob: "/" }, 23],
    [{ kind: "package", glob: "npm/*" }, 3],
    [{ kind: "package", glob: "apk/mus?" }, 4],
    [{ kind: "category", glob: "source-maps" }, 1],
    [{ kind: "layer", glob: "1" }, 4],
    [{ kind: "instruction", glob: "*step-0" }, 19],
  ] as const)("%o has %i bytes", (scope, bytes) => {
    expect(judge(budget("rootfs", { max: "1 GB" }, scope), head).measured).toBe(bytes);
  });

  it("takes the waste of its part alone", () => {
    const scope: Scope = { kind: "package", glob: "apk/*" };
    expect(judge(budget("wasted", { max: 0 }, scope), head)).toMatchObject({
      id: "wasted/package:apk/*/max",
      measured: 8,
      contributors: [{ kind: "package", key: "apk/musl", amount: 8 }],
    });
    expect(judge(budget("efficiency", { min: 0.5 }, scope), head).measured).toBe(4 / 12);
  });
});

describe("an increase", () => {
  const base = of(10_000);

  it.each([
    ["2%", 10_200, "passed", 200],
    ["2%", 10_201, "failed", 200],
    ["2.5%", 10_250, "passed", 250],
    ["100 B", 10_100, "passed", 100],
    ["100 B", 10_101, "failed", 100],
    [0, 10_000, "passed", 0],
    [0, 10_001, "failed", 0],
    [0, 9000, "passed", 0],
    // Only what exceeds both fails.
    ["2% and 100 B", 10_150, "passed", 200],
    ["2% and 100 B", 10_201, "failed", 200],
    ["0.5% and 100 B", 10_100, "passed", 100],
    ["0.5% and 100 B", 10_101, "failed", 100],
  ] as const)("of at most %s: %i has %s", (maxIncrease, bytes, status, limit) => {
    const verdict = judge(budget("content", { maxIncrease }), of(bytes), base);
    expect(verdict).toMatchObject({ status, limit, measured: bytes - 10_000, head: bytes, base: 10_000 });
    expect(verdict.over).toBe(status === "failed" ? bytes - 10_000 - limit : 0);
  });

  it("compares shares in integers", () => {
    // 0.07 * 100 is 7.000000000000001 as doubles, and 3 % of 33 is 0.99.
    expect(judge(budget("content", { maxIncrease: "7%" }), of(107), of(100)).status).toBe("passed");
    expect(judge(budget("content", { maxIncrease: "3%" }), of(34), of(33)).status).toBe("failed");
    expect(
      judge(budget("content", { maxIncrease: "0.0001%" }), of(9_000_009_000_000_000), of(9_000_000_000_000_000)).status,
    ).toBe("passed");
    expect(
      judge(budget("content", { maxIncrease: "0.0001%" }), of(9_000_009_000_000_001), of(9_000_000_000_000_000)).status,
    ).toBe("failed");
  });

  it("over nothing is any", () => {
    expect(judge(budget("content", { maxIncrease: "50%" }), of(1), of(0))).toMatchObject({
      status: "failed",
      limit: 0,
    });
  });

  it("says what grew", () => {
    const before = snapshotOfFiles([
      { path: "/a", live: 10, package: "apk/a" },
      { path: "/b", live: 10, package: "apk/b" },
    ]);
    const after = snapshotOfFiles([
      { path: "/a", live: 15, package: "apk/a" },
      { path: "/b", live: 4, package: "apk/b" },
      { path: "/c", live: 7, package: "apk/c" },
      { path: "/d", live: 7, package: "apk/c" },
    ]);
    expect(judge(budget("content", { maxIncrease: 10 }), after, before)).toMatchObject({
      measured: 13,
      over: 3,
      contributors: [
        { kind: "package", key: "apk/c", amount: 14 },
        { kind: "package", key: "apk/a", amount: 5 },
      ],
      next: "imgweigh diff base.json app:1",
    });
  });

  it("tells what no package owns among the packages, and asks for what has a name", () => {
    const files = [
      { path: "/var/cache/index-1", live: 30 },
      { path: "/var/cache/index-2", live: 30 },
      { path: "/usr/bin/a", live: 20, package: "apk/a" },
      { path: "/usr/lib/a", live: 25, package: "apk/a" },
      { path: "/usr/lib/b", live: 20, package: "apk/b" },
      { path: "/usr/share/b", live: 20, package: "apk/b" },
    ];
    expect(judge(budget("content", { max: 100 }), snapshotOfFiles(files))).toMatchObject({
      contributors: [
        { kind: "package", key: "[unowned]", amount: 60 },
        { kind: "package", key: "apk/a", amount: 45 },
        { kind: "package", key: "apk/b", amount: 40 },
      ],
      next: "imgweigh why app:1 apk/a",
    });
  });

  it("without a baseline is not judged, and a limit that is known is told", () => {
    expect(judge(budget("content", { maxIncrease: "100 B" }), of(1))).toMatchObject({
      status: "unmeasured",
      reason: "no baseline",
      limit: 100,
      limitText: "100 B",
    });
    expect(judge(budget("content", { maxIncrease: "2% and 100 B" }), of(1)).limit).toBeNull();
  });

  it("of what either side does not know is not judged", () => {
    const unknown = snapshotOfFiles([{ path: "/a", live: 10, blob: null }]);
    const increase = budget("blob", { maxIncrease: "1%" });
    for (const [head, before] of [
      [unknown, of(1)],
      [of(1), unknown],
    ] as const)
      expect(judge(increase, head, before)).toMatchObject({ status: "unmeasured", reason: "not available" });
  });

  it("of paths that a baseline file left out is not judged; of one that it holds it is not", () => {
    const files = [
      { path: "/big", live: 1_000_000 },
      { path: "/lib/small", live: 10 },
    ];
    const slim = slimSnapshot(snapshotOfFiles(files));
    const head = snapshotOfFiles([...files, { path: "/lib/new", live: 500 }]);
    const increase = (glob: string) => budget("rootfs", { maxIncrease: 0 }, { kind: "path", glob });
    expect(judge(increase("/lib"), head, slim)).toMatchObject({ status: "unmeasured", reason: "not in the baseline" });
    expect(judge(increase("/gone"), head, slim)).toMatchObject({ status: "unmeasured", reason: "not in the baseline" });
    expect(judge(increase("/big"), head, slim)).toMatchObject({ status: "passed", base: 1_000_000 });
    expect(judge(increase("/lib"), head, snapshotOfFiles(files))).toMatchObject({ status: "failed", over: 500 });
  });
});

describe("budgets", () => {
  it("keep ids apart that would be the same", () => {
    const check = { ...PLAIN_CHECK, budgets: [budget("content", { max: 1, min: 0 }), budget("content", { max: 2 })] };
    const { budgets: verdicts } = judgeBudgets(check, { head: of(1), base: null, diff: null });
    expect(verdicts.map(({ id }) => id)).toEqual(["content/max", "content/min", "content/max#2"]);
  });
});

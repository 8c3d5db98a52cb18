import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const ENGINE_FILE = join(ROOT, "test/e2e/engine.test.ts");

type Status = "passed" | "failed" | "pending";

describe("the end of the gate", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gate-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Writes a report as vitest does, and returns where. */
  async function report(name: string, file: string, tests: Record<string, Status>, status = "passed"): Promise<string> {
    const assertionResults = Object.entries(tests).map(([fullName, result]) => ({ fullName, status: result }));
    const path = join(folder, name);
    await writeFile(path, JSON.stringify({ testResults: [{ name: file, status, assertionResults }] }));
    return path;
  }

  function summarize(...args: string[]): Promise<{ code: number; lines: string[] }> {
    return new Promise((done) => {
      execFile(process.execPath, [".ci/summary.mjs", ...args], { cwd: ROOT }, (error, stdout) =>
        done({ code: error === null ? 0 : Number(error.code), lines: stdout.trim().split("\n") }),
      );
    });
  }

  test("adds up the runs", async () => {
    const unit = await report("a.json", join(ROOT, "test/unit/a.test.ts"), { one: "passed", two: "passed" });
    const e2e = await report("b.json", ENGINE_FILE, { "a real engine is weighed": "passed" });
    const all = ["--report", unit, "--report", e2e, "--engine", "--none-skipped"];
    expect(await summarize(...all)).toEqual({ code: 0, lines: ["3 passed, 0 failed, 0 skipped"] });
  });

  test("names what was skipped, and fails where nothing may be", async () => {
    const unit = await report("c.json", join(ROOT, "test/unit/a.test.ts"), { one: "passed", two: "pending" });
    const said = "skipped: test/unit/a.test.ts: two";
    expect(await summarize("--report", unit)).toEqual({ code: 0, lines: [said, "1 passed, 0 failed, 1 skipped"] });
    const strict = await summarize("--report", unit, "--none-skipped");
    expect(strict).toMatchObject({
      code: 1,
      lines: [said, expect.stringContaining("gate: 1 tests skipped"), expect.any(String)],
    });
  });

  test.each<[string, () => Promise<string[]>]>([
    ["a failed test", async () => ["--report", await report("d.json", "a.test.ts", { one: "failed", two: "passed" })]],
    ["a file that cannot be loaded", async () => ["--report", await report("e.json", "a.test.ts", {}, "failed")]],
    ["no test at all", async () => ["--report", await report("f.json", "a.test.ts", {})]],
    ["a run without a report", async () => ["--report", join(folder, "nowhere.json")]],
    [
      "a phase that failed",
      async () => ["--report", await report("g.json", "a.test.ts", { one: "passed" }), "--failed-phase", "check"],
    ],
    [
      "an engine that no test has used",
      async () => [
        "--report",
        await report("h.json", ENGINE_FILE, { "an engine that is not there": "passed" }),
        "--engine",
      ],
    ],
  ])("fails for %s", async (_, args) => {
    const { code, lines } = await summarize(...(await args()));
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatch(/^\d+ passed, \d+ failed, \d+ skipped$/);
  });
});

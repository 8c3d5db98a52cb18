import { describe, expect, it } from "vitest";
import { formatDiff, formatReport, REPORTS, resultOfAnalysis } from "../../../packages/core/src/doors/report.ts";
import type { ImageVerdict } from "../../../packages/core/src/doors/results.ts";
import { analyzeImage, type CheckResult, type Diff } from "../../../packages/core/src/index.ts";
import { api, budget, checked, finding, hostile, incomplete, passing, worker } from "../../support/check-results.ts";
import { mistakesInGitlab, mistakesInJunit, mistakesInSarif, mistakesInShields } from "../../support/report-schemas.ts";

function check(...images: ImageVerdict[]): CheckResult {
  return { schemaVersion: 1, passed: images.every(({ passed }) => passed), images, unchecked: [], notes: [] };
}

const RESULTS: readonly (readonly [string, CheckResult])[] = [
  ["of images that fail and pass, with hostile names", checked],
  ["of one image that passes", passing],
  ["of no image", check()],
  ["of an image that could not be analysed", incomplete],
];

interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly locations: readonly [
    { readonly physicalLocation: { readonly artifactLocation: object; readonly region: object } },
  ];
}

function sarifRun(result: CheckResult): { rules: { id: string; helpUri?: string }[]; results: SarifResult[] } {
  const [run] = JSON.parse(formatReport(result, "sarif")).runs;
  return { rules: run.tool.driver.rules, results: run.results };
}

/** The same check a build later: other numbers, other lines. */
function later(image: ImageVerdict): ImageVerdict {
  return {
    ...image,
    budgets: image.budgets.map((one) => ({
      ...one,
      measured: 1_000_000_007,
      head: 1_000_000_007,
      over: 77_777_777,
      origin: { ...one.origin, line: 99 },
    })),
    findings: image.findings.map((one) => ({
      ...one,
      finding: { ...one.finding, line: 42, bytes: { content: 5, tar: null, blob: null } },
    })),
  };
}

describe("reports keep to the schemas of their formats", () => {
  it.each(RESULTS)("%s", async (_, result) => {
    expect(mistakesInSarif(formatReport(result, "sarif"))).toBeNull();
    expect(mistakesInGitlab(formatReport(result, "gitlab"))).toBeNull();
    expect(mistakesInShields(formatReport(result, "shields"))).toBeNull();
    expect(await mistakesInJunit(formatReport(result, "junit"))).toBeNull();
  });

  it("which see mistakes", async () => {
    const sarif = formatReport(checked, "sarif");
    expect(mistakesInSarif(sarif.replace('"startLine": 6', '"startLine": 0'))).toContain("startLine");
    expect(mistakesInSarif(sarif.replace('"uri": "imgweigh.yaml"', '"uri": "img weigh.yaml"'))).toContain("uri");
    expect(mistakesInSarif(sarif.replace('"level": "error"', '"level": "fatal"'))).toContain("level");
    expect(mistakesInGitlab(formatReport(checked, "gitlab").replace('"major"', '"bad"'))).toContain("severity");
    expect(mistakesInShields(formatReport(checked, "shields").replace("message", "text"))).toContain("message");
    expect(await mistakesInJunit(formatReport(checked, "junit").replace("<skipped>", "<omitted>"))).not.toBeNull();
    expect(await mistakesInJunit(formatReport(checked, "junit").replace(' name="worker"', ""))).toContain("name");
  });
});

describe("every report", () => {
  it.each(REPORTS.map(({ name }) => name))("%s is the same for the same result", (name) => {
    const text = formatReport(checked, name);
    expect(text).toBe(formatReport(structuredClone(checked), name));
    expect(text.endsWith("\n")).toBe(true);
    expect(text).not.toContain("undefined");
    expect(text).not.toContain("NaN");
  });

  it("is refused by a name that is none", () => {
    expect(() => formatReport(checked, "html" as "json")).toThrow(TypeError);
  });
});

describe("fingerprints", () => {
  const both = { images: [api, worker, hostile] };

  it("stay while sizes and lines change, and are no two alike", () => {
    const before = sarifRun(check(...both.images)).results;
    const after = sarifRun(check(...both.images.map(later))).results;
    const prints = (results: SarifResult[]) => results.map((one) => one.partialFingerprints["imgweigh/v1"]);
    expect(prints(after)).toEqual(prints(before));
    expect(new Set(prints(before)).size).toBe(before.length);
    const gitlab = JSON.parse(formatReport(check(...both.images.map(later)), "gitlab"));
    expect(gitlab.map(({ fingerprint }: { fingerprint: string }) => fingerprint)).toEqual(prints(before));
  });

  it("differ for one finding in two images, and for a budget that is written twice", () => {
    const failing = budget({ status: "failed", over: 1 });
    const twice = { ...api, budgets: [failing, failing], findings: api.findings.slice(0, 1) };
    const rows: { fingerprint: string }[] = JSON.parse(
      formatReport(check(twice, { ...twice, name: "second" }), "gitlab"),
    );
    expect(rows).toHaveLength(6);
    expect(new Set(rows.map(({ fingerprint }) => fingerprint)).size).toBe(6);
  });
});

describe("places", () => {
  const placeOf = (image: ImageVerdict) => sarifRun(check(image)).results[0]?.locations[0].physicalLocation;
  const failing = { ...worker, passed: false, budgets: [budget({ status: "failed", over: 1 })] };
  const found = {
    ...worker,
    findings: [{ finding: finding({ line: 7 }), level: "warn", fails: false, isNew: null }] as const,
  };

  it("of a budget are its line of the configuration", () => {
    expect(placeOf(failing)).toEqual({
      artifactLocation: { uri: "imgweigh.yaml", uriBaseId: "%SRCROOT%" },
      region: { startLine: 6 },
    });
  });

  it("of a flag's budget are the image's line of the configuration, or else the top of the Dockerfile", () => {
    const flag = { file: null, line: null, key: "--max" };
    const image = { ...failing, budgets: [budget({ status: "failed", over: 1, origin: flag })] };
    expect(placeOf({ ...image, dockerfile: "api/Dockerfile" })).toMatchObject({
      artifactLocation: { uri: "imgweigh.yaml" },
      region: { startLine: 17 },
    });
    const alone = { ...image, origin: { file: null, line: null, key: "argument" } };
    const top = { artifactLocation: { uri: "api/Dockerfile" }, region: { startLine: 1 } };
    expect(placeOf({ ...alone, dockerfile: "./api/Dockerfile" })).toMatchObject(top);
    expect(placeOf(alone)).toMatchObject({ artifactLocation: { uri: "Dockerfile" }, region: { startLine: 1 } });
    const csv = formatReport(check({ ...alone, dockerfile: "./api/Dockerfile" }), "csv");
    expect(csv).toContain(",api/Dockerfile,1,");
  });

  it("of a finding are its line of the Dockerfile, or else the image's of the configuration", () => {
    expect(placeOf({ ...found, dockerfile: "./a b/Dockerfile#1" })).toEqual({
      artifactLocation: { uri: "a%20b/Dockerfile%231", uriBaseId: "%SRCROOT%" },
      region: { startLine: 7 },
    });
    expect(placeOf(found)).toMatchObject({ artifactLocation: { uri: "imgweigh.yaml" }, region: { startLine: 17 } });
  });

  it("outside of the sources are file URIs", () => {
    expect(placeOf({ ...found, dockerfile: "/src/ä/Dockerfile" })?.artifactLocation).toEqual({
      uri: "file:///src/%C3%A4/Dockerfile",
    });
    expect(placeOf({ ...found, dockerfile: "C:\\src\\Dockerfile" })?.artifactLocation).toEqual({
      uri: "file:///C:/src/Dockerfile",
    });
  });

  it("are never paths of an image", () => {
    const uris = sarifRun(checked).results.map((one) => JSON.stringify(one.locations[0].physicalLocation));
    expect(uris.filter((uri) => !/"(?:imgweigh\.yaml|build\/Dockerfile|Dockerfile)"/.test(uri))).toEqual([]);
  });
});

describe("SARIF", () => {
  it("names its rules, and what level each result has", () => {
    const { rules, results } = sarifRun(checked);
    expect(rules.map(({ id }) => id)).toEqual([
      "imgweigh/apk-index",
      "imgweigh/budget-content",
      "imgweigh/budget-efficiency",
      "imgweigh/documentation",
    ]);
    expect(rules[0]?.helpUri).toBe("https://unpkg.com/@imgweigh/core/rules/apk-index.md");
    for (const one of results) expect(rules[one.ruleIndex]?.id).toBe(one.ruleId);
    // What passed, was skipped or is ignored is not among them.
    expect(results.map(({ level }) => level)).toEqual(["error", "error", "error", "error", "note", "error", "warning"]);
  });

  it("has no placeholders or links in messages", () => {
    const odd = finding({ title: "{0} and [a](https://evil.test)" });
    const [result] = sarifRun(
      check({ ...worker, findings: [{ finding: odd, level: "warn", fails: false, isNew: null }] }),
    ).results;
    expect(result?.message.text).toContain("{{0}} and [a] (https://evil.test)");
  });
});

describe("annotations of GitHub", () => {
  it("are ten of a kind at most, and say how many are left out", () => {
    const budgets = Array.from({ length: 25 }, (_, i) => budget({ id: `b${i}`, status: "failed", over: 1 }));
    const lines = formatReport(check({ ...worker, passed: false, budgets }), "github").split("\n");
    const errors = lines.filter((line) => line.startsWith("::error "));
    expect(errors).toHaveLength(10);
    expect(errors.at(-1)).toBe("::error title=imgweigh::… 16 more");
  });

  it("are all there when there are just ten", () => {
    const budgets = Array.from({ length: 10 }, (_, i) => budget({ id: `b${i}`, status: "failed", over: 1 }));
    const text = formatReport(check({ ...worker, passed: false, budgets }), "github");
    expect(text.match(/^::error /gm)).toHaveLength(10);
    expect(text).not.toContain("… ");
  });

  it("escape as the toolkit of GitHub Actions does", () => {
    const image = {
      ...worker,
      name: "a:b,c%d",
      passed: false,
      budgets: [budget({ status: "failed", over: 1, limitText: "5%" })],
    };
    expect(formatReport(check(image), "github").split("\n")[0]).toBe(
      "::error file=imgweigh.yaml,line=6,title=imgweigh a%3Ab%2Cc%25d%3A budget-content::content is 128 MB: 1 B more than max 5%25",
    );
  });
});

describe("Markdown", () => {
  const many = Array.from({ length: 3000 }, (_, i) => ({
    finding: finding({ id: i.toString(16).padStart(12, "0"), title: `Finding number ${i} of a long list` }),
    level: "warn" as const,
    fails: false,
    isNew: null,
  }));

  it.each([4_000, 65_536, 100_000])("keeps to %i bytes by whole rows", (maxBytes) => {
    const text = formatReport(check({ ...api, findings: many }), "markdown", { maxBytes });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
    const shown = text.match(/^\| Finding number \d+ of a long list \|.*\|$/gm)?.length ?? 0;
    expect(text).toContain(`| … ${3000 - shown} more |  |  |  |`);
    expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
    // What fails is shown before any warning.
    expect(text).toContain("| ❌ content | 128,000,000 B |");
  });

  it("has room for more in a summary than in a comment", () => {
    const result = check({ ...api, findings: many });
    const comment = formatReport(result, "markdown");
    expect(Buffer.byteLength(comment)).toBeLessThanOrEqual(65_536);
    expect(Buffer.byteLength(comment)).toBeGreaterThan(64_000);
    const summary = formatReport(result, "summary");
    expect(summary.match(/Finding number/g)).toHaveLength(3000);
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1_048_576);
  });

  it("leaves whole images out where not even their headings have room, those that pass first", () => {
    const images = Array.from({ length: 200 }, (_, i) => ({ ...worker, name: `worker-${i}` }));
    const text = formatReport(check(...images, { ...api, diff: null }), "markdown", { maxBytes: 8_000 });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8_000);
    const left = Number(/^… (\d+) more images$/m.exec(text)?.[1]);
    expect(text.match(/^### /gm)).toHaveLength(201 - left);
    expect(text).toContain("### ❌ api: 3 of 5 budgets failed");
  });

  it("begins with a marker that no name can break", () => {
    const markerOf = (name: string) => formatReport(check({ ...worker, name }), "markdown").split("\n", 1)[0];
    expect(markerOf("api")).toBe("<!-- imgweigh:api -->");
    expect(markerOf("ghcr.io/acme/api:main")).toBe("<!-- imgweigh:ghcr.io/acme/api:main -->");
    expect(markerOf("a --> b--c")).toBe("<!-- imgweigh:a%20%2D%2D%3E%20b%2D%2Dc -->");
    const markerOfAll = (result: CheckResult) => formatReport(result, "markdown").split("\n", 1)[0];
    expect(markerOfAll(check(worker, api))).toBe("<!-- imgweigh:api,worker -->");
    // The comment stays the same one when an image cannot be analysed for once.
    expect(markerOfAll({ ...check(worker), unchecked: ["api"] })).toBe("<!-- imgweigh:api,worker -->");
    expect(markerOfAll(check())).toBe("<!-- imgweigh:check -->");
    expect(markerOf("x".repeat(300))).toMatch(/^<!-- imgweigh:[0-9a-f]{64} -->$/);
  });

  it("folds what did not change", () => {
    const same = api.diff === null ? null : { ...api.diff, head: api.diff.base, packages: [], layers: [], moves: [] };
    const groups = { package: [], category: [], instruction: [], directory: [], base: [], path: [] };
    const text = formatReport(
      check({ ...worker, diff: same === null ? null : { ...same, groups, findings: { new: [], fixed: [] } } }),
      "markdown",
    );
    expect(text).toContain("<details><summary>8 sizes unchanged</summary>");
    expect(text.match(/^\|/gm)?.length).toBe(text.slice(text.indexOf("<details>")).match(/^\|/gm)?.length);
  });

  it("of a diff keeps to a bound too", () => {
    if (api.diff === null) throw new Error("the fixture has a diff");
    const row = { status: "changed" as const, base: null, head: null, change: null };
    const path = Array.from({ length: 5000 }, (_, i) => ({ ...row, key: `/srv/${i}` }));
    const text = formatDiff({ ...api.diff, groups: { ...api.diff.groups, path } }, "markdown");
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_536);
    expect(text).toMatch(/^\| … \d+ more \|/m);
    expect(JSON.parse(formatDiff(api.diff, "json"))).toEqual(api.diff);
  });
});

describe("a diff as Markdown", () => {
  const given = () => {
    if (api.diff === null) throw new Error("the fixture has a diff");
    return api.diff;
  };
  const row = (key: string, liveBytes: number, wastedBytes: number): Diff["groups"]["package"][number] => {
    const change = { contentBytes: liveBytes + wastedBytes, liveBytes, wastedBytes, blobBytes: null };
    return { key, status: "changed", base: null, head: null, change };
  };

  it("tells bytes by package with what no package owns, and versions also where no byte changed", () => {
    const rows = [row("[unowned]", 3000, 0), row("apk/musl", 4000, 500)];
    const text = formatDiff({ ...given(), groups: { ...given().groups, package: rows } }, "markdown");
    expect(text).toContain("<summary>2 packages differ, and what no package owns</summary>");
    expect(text.split("\n").filter((line) => /^\| .* `(?:apk\/|\[unowned)/.test(line))).toEqual([
      "| +3.00 kB | +3.00 kB | - | `[unowned]` |  |  |",
      "| +4.50 kB | +4.00 kB | +500 B | `apk/musl` | upgraded | `1.2.4-r2 → 1.2.5-r0` |",
      "| +7.00 MB | +7.00 MB | - | `apk/gcc` | added | `13.2.1-r1` |",
    ]);
  });

  it("counts one as one", () => {
    const { groups, layers } = given();
    const text = formatDiff(
      {
        ...given(),
        layers: layers.slice(0, 2),
        packages: [],
        groups: { ...groups, package: [row("[unowned]", 1, 0)], category: groups.category.slice(0, 1) },
      },
      "markdown",
    );
    expect(text).toContain("<summary>1 layer differs, 1 the same</summary>");
    expect(text).toContain("<summary>1 category differs</summary>");
    expect(text).toContain("<summary>what no package owns</summary>");
  });
});

describe("CSV", () => {
  it("ends lines as RFC 4180 has it, and guards what a spreadsheet would take for a formula", () => {
    const titles = ["=1+1", "+1", "-1", "@x", " =1", "＝1", "plain", 'a "b", c'];
    const findings = titles.map((title) => ({
      finding: finding({ title }),
      level: "warn" as const,
      fails: false,
      isNew: null,
    }));
    const text = formatReport(check({ ...worker, budgets: [], findings }), "csv");
    const lines = text.split("\r\n");
    expect(lines.at(-1)).toBe("");
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(lines.slice(1, -1).map((line) => line.split(",warned,")[1]?.replace(/,,bytes.*/, ""))).toEqual([
      "'=1+1",
      "'+1",
      "'-1",
      "'@x",
      "' =1",
      "'＝1",
      "plain",
      '"a ""b"", c"',
    ]);
  });

  it("keeps negative numbers as numbers", () => {
    const shrunk = budget({ bound: "maxIncrease", measured: -5, limit: 0, limitText: "0" });
    expect(formatReport(check({ ...worker, budgets: [shrunk] }), "csv")).toContain(",maxIncrease,bytes,-5,0,");
  });
});

describe("a check that lacks an image", () => {
  it("says so in every report that can", () => {
    expect(formatReport(incomplete, "markdown")).toContain("## ❌ imgweigh: 1 image unchecked");
    expect(formatReport(incomplete, "github")).toContain(
      "::error title=imgweigh::sidecar was not checked: IMAGE_NOT_FOUND: no such image\n",
    );
    expect(formatReport(incomplete, "junit")).toContain('tests="2" failures="0" errors="1"');
    expect(JSON.parse(formatReport(incomplete, "sarif")).runs[0].invocations[0].executionSuccessful).toBe(false);
    expect(JSON.parse(formatReport(incomplete, "shields"))).toMatchObject({
      message: "1 image unchecked",
      isError: true,
    });
  });
});

describe("badges", () => {
  const badge = (result: CheckResult) => JSON.parse(formatReport(result, "shields"));

  it("tell one image by its content bytes, several by their verdicts", () => {
    expect(badge(passing)).toEqual({
      schemaVersion: 1,
      label: "worker content",
      message: "9.00 MB",
      color: "brightgreen",
    });
    expect(badge(check(api))).toMatchObject({ message: "128 MB, 3 budgets failed", color: "red", isError: true });
    expect(badge(check(worker, worker))).toMatchObject({ label: "imgweigh", message: "2 images passed" });
  });

  it("are yellow where something was found that fails nothing", () => {
    const found = [{ finding: finding({}), level: "warn", fails: false, isNew: null }] as const;
    expect(badge(check({ ...worker, findings: found })).color).toBe("yellow");
  });
});

describe("an analysis as a result", () => {
  it("shows what was found in every report, and fails nothing", async () => {
    const analysis = await analyzeImage("demo:");
    const result = resultOfAnalysis(analysis, { dockerfile: "Dockerfile" });
    expect(result.passed).toBe(true);
    expect(result.images[0]?.findings.map(({ finding: one }) => one.id)).toEqual(analysis.findings.map(({ id }) => id));
    const sarif = formatReport(result, "sarif");
    expect(mistakesInSarif(sarif)).toBeNull();
    expect(sarifRun(result).results).toHaveLength(analysis.findings.length);
    expect(await mistakesInJunit(formatReport(result, "junit"))).toBeNull();
    expect(mistakesInGitlab(formatReport(result, "gitlab"))).toBeNull();
    expect(formatReport(result, "csv").split("\r\n")).toHaveLength(analysis.findings.length + 2);
    expect(formatReport(result, "markdown")).toContain("demo");
  });
});

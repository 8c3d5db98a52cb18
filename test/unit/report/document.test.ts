import { describe, expect, it } from "vitest";
import { analysisDocument, diffDocument, formatAnalysis, formatDiff } from "../../../packages/core/src/doors/report.ts";
import { type Analysis, analyzeImage } from "../../../packages/core/src/index.ts";
import { cellText } from "../../../packages/core/src/report/cell-text.ts";
import { bytesBy, type Cell, type ChangeCell, type Document } from "../../../packages/core/src/report/document.ts";
import { documentCsv } from "../../../packages/core/src/report/document-csv.ts";
import { documentMarkdown } from "../../../packages/core/src/report/document-markdown.ts";
import { api, HOSTILE } from "../../support/check-results.ts";

function documentOf(...rows: readonly (readonly Cell[])[]): Document {
  const columns = [{ id: "a", title: "a" }];
  return { title: "t", subject: [], sections: [{ id: "s", title: "s", columns, rows, isDetail: true, rank: 0 }] };
}

describe("a cell in words", () => {
  const change = (partial: Partial<ChangeCell>): string => cellText({ ...bytesBy(0), ...partial });

  it.each<[string, string]>([
    [change({ by: 0 }), "-"],
    [change({ by: null }), "?"],
    [change({ by: null, note: "3 kB (not known before)" }), "3 kB (not known before)"],
    [change({ by: 1000 }), "+1.00 kB"],
    [change({ by: -1000, note: "removed" }), "-1.00 kB (removed)"],
    [change({ from: 2000, by: 1000 }), "+1.00 kB (+50.0 %)"],
    [cellText({ kind: "amount", amount: null, unit: "bytes" }), "?"],
    [cellText({ kind: "amount", amount: 1_000_001, unit: "bytes", beside: 1_000_002 }), "1,000,001 B"],
    [cellText({ kind: "amount", amount: 1_000_001, unit: "bytes", isAbout: true }), "about 1.00 MB"],
    [cellText({ kind: "instruction", layer: 3, text: "RUN a\n  b", isGuess: true }), "3 ? RUN a b"],
    [cellText({ kind: "instruction", layer: null, text: null }), "(no history)"],
  ])("%s", (told, expected) => {
    expect(told).toBe(expected);
  });
});

describe("a document", () => {
  it("is a table of any cell in Markdown, in which no name is markup", () => {
    const kinds: Cell[] = [
      { kind: "text", text: HOSTILE },
      { kind: "name", text: HOSTILE, url: "javascript:alert(1)" },
      { kind: "path", path: HOSTILE },
      { kind: "instruction", layer: 1, text: HOSTILE },
    ];
    const text = documentMarkdown(documentOf(...kinds.map((cell) => [cell])));
    const [prose = "", ...spans] = text.split("\n").filter((line) => line.startsWith("| ") && line.includes("script"));
    expect(prose).not.toMatch(/[<>`[\]]/);
    expect(spans).toHaveLength(3);
    for (const span of spans) expect(span).toMatch(/^\| (`+)(?!`).*\1 \|$/);
  });

  it("is CSV with a head for all sections, whole numbers, and no formula", () => {
    const rows: Cell[][] = [
      [{ kind: "text", text: "=1+1" }],
      [bytesBy(12_345)],
      [{ kind: "amount", amount: null, unit: "bytes" }],
    ];
    expect(documentCsv(documentOf(...rows))).toBe("section,a\r\ns,'=1+1\r\ns,12345\r\ns,\r\n");
  });
});

describe("the document of an analysis", async () => {
  const analysis: Analysis = await analyzeImage("demo:");
  const { sections } = analysisDocument(analysis);

  it("has a cell for each column, and every section once", () => {
    for (const { columns, rows } of sections) for (const row of rows) expect(row).toHaveLength(columns.length);
    expect(new Set(sections.map(({ id }) => id)).size).toBe(sections.length);
  });

  it("holds what the analysis has: the rows of a grouping sum to its bytes", () => {
    const csv = formatAnalysis(analysis, "csv").split("\r\n");
    const [head = "", ...lines] = csv;
    const column = head.split(",").indexOf("liveBytes");
    const live = lines.filter((line) => line.startsWith("categories,")).map((line) => Number(line.split(",")[column]));
    expect(live.reduce((sum, bytes) => sum + bytes, 0)).toBe(analysis.sizes.rootfsBytes);
  });

  it("is told in Markdown of at most so many bytes", () => {
    const text = formatAnalysis(analysis, "markdown", { maxBytes: 6000 });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(6000);
    expect(text).toMatch(/^### 12\.2 MB of content, 5\.26 MB of it wasted\n/);
    expect(text).toContain("apk-virtual-split");
  });

  it.each(["sarif", "github", "junit", "gitlab"] as const)("tells its findings as %s", (format) => {
    expect(formatAnalysis(analysis, format)).toContain("apk-virtual-split");
  });
});

describe("the document of a diff", () => {
  it("tells in every format the same rows", () => {
    if (api.diff === null) throw new Error("the fixture has a diff");
    const { sections } = diffDocument(api.diff);
    const rows = sections.reduce((sum, section) => sum + section.rows.length, 0);
    expect(formatDiff(api.diff, "csv").trimEnd().split("\r\n")).toHaveLength(rows + 1);
    const lines = formatDiff(api.diff, "markdown").split("\n");
    expect(lines.filter((line) => line.startsWith("| ") && !/^\| -+:? /.test(line))).toHaveLength(
      rows + sections.length,
    );
  });

  it("says that nothing changed", () => {
    if (api.diff === null) throw new Error("the fixture has a diff");
    const { base, groups } = api.diff;
    const none = Object.fromEntries(Object.keys(groups).map((key) => [key, []])) as unknown as typeof groups;
    const same = { ...api.diff, head: base, layers: [], packages: [], moves: [], groups: none };
    expect(diffDocument({ ...same, findings: { new: [], fixed: [] } }).title).toBe("No change");
  });
});

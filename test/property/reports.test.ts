import type { CheckResult } from "@imgweigh/core";
import { formatDiff, formatReport, REPORTS } from "@imgweigh/core/report";
import fc from "fast-check";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import { api, budget, finding, worker } from "../support/check-results.ts";
import { mistakesInGitlab, mistakesInJunit, mistakesInSarif, mistakesInShields } from "../support/report-schemas.ts";

/* Whatever names an image, a configuration or a path has: a report stays what it is, read by another program. */

/** Pieces that mean something to one of the formats. */
const PIECES = [
  ..."`|\\<>&\"'*_[](){}!#@~$=+-:;,%\n\r\t \u0000\u001b\u007f\u0085\u2028\u202e\ufeff\ufffe\uffff\ud800\udc00ä😀",
  "``",
  "\\|",
  "](",
  "<!--",
  "-->",
  "--!>",
  "]]>",
  "::error::",
  "##[error]",
  "%0A",
  "\r\n",
  "@team/all",
  "#12",
  "https://evil.test/",
  "www.evil.test",
  "a@evil.test",
  "<script>",
  "</details>",
  "<https://evil.test>",
  "![x](https://evil.test)",
  "=cmd|' /C calc'!A0",
  "&#64;",
  "{0}",
  "| --- |",
  "~~~",
  "$`x`$",
];

const anyText = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.constantFrom(...PIECES, "a", "api"), { maxLength: 12 }).map((parts) => parts.join("")),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
);

/** A check all of whose texts are the given ones, in turn. */
function checkOf(texts: readonly string[]): CheckResult {
  let at = 0;
  const next = () => texts[at++ % texts.length] as string;
  const diff = api.diff;
  if (diff === null) throw new Error("the fixture has a diff");
  const failing = budget({
    id: next(),
    scope: { kind: "path", glob: next() },
    status: "failed",
    over: 1,
    limitText: next(),
    contributors: [
      { kind: "path", key: next(), amount: 5 },
      { kind: "package", key: next(), amount: 4 },
    ],
    next: next(),
    origin: { file: next(), line: 3, key: next() },
  });
  const skipped = budget({ status: "skipped", measured: null, reason: next(), limitText: next() });
  const found = () => finding({ title: next(), paths: [next()], instruction: next(), fix: { ...FIX, text: next() } });
  return {
    schemaVersion: 1,
    passed: false,
    unchecked: [next()],
    notes: [next()],
    images: [
      {
        ...api,
        name: next(),
        image: { ...api.image, reference: next() },
        budgets: [failing, skipped],
        findings: [
          { finding: found(), level: "error", fails: true, isNew: true },
          { finding: found(), level: "warn", fails: false, isNew: false },
        ],
        ignored: [{ finding: found(), reason: next(), until: next() }],
        dockerfile: next(),
        notes: [next(), next()],
        diff: {
          ...diff,
          base: { ...diff.base, image: { ...diff.base.image, reference: next() } },
          layers: diff.layers.map((layer) => ({ ...layer, instruction: next() })),
          groups: { ...diff.groups, path: diff.groups.directory.map((row) => ({ ...row, key: next() })) },
          packages: diff.packages.map((row) => ({ ...row, name: next(), headVersion: next() })),
          moves: diff.moves.map((move) => ({ ...move, from: next(), to: next() })),
          findings: {
            new: diff.findings.new.map((row) => ({ ...row, title: next() })),
            fixed: diff.findings.fixed.map((row) => ({ ...row, title: next(), rule: next() })),
          },
        },
      },
      { ...worker, name: next(), notes: [next()] },
    ],
  };
}

const FIX = finding({}).fix;
const anyCheck = fc.array(anyText, { minLength: 1, maxLength: 20 }).map(checkOf);

/** RFC 4180, as a reader has it. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let [row, cell, quoted]: [string[], string, boolean] = [[], "", false];
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if (quoted && character === '"' && text[i + 1] === '"') {
      cell += '"';
      i++;
    } else if (character === '"') quoted = !quoted;
    else if (quoted) cell += character;
    else if (character === ",") {
      row.push(cell);
      cell = "";
    } else if (character === "\r" && text[i + 1] === "\n") {
      rows.push([...row, cell]);
      [row, cell] = [[], ""];
      i++;
    } else cell += character;
  }
  return rows;
}

/** GitHub's kind of Markdown as HTML, by an independent reader. */
function htmlOf(markdown: string): string {
  return micromark(markdown, {
    allowDangerousHtml: true,
    allowDangerousProtocol: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
}

const OWN_TAGS =
  /^<\/?(?:h2|h3|p|table|thead|tbody|tr|th|td|code|strong|details|summary)>$|^<br(?: \/)?>$|^<t[hd] align="right">$|^<\/a>$|^<a href="https:\/\/unpkg\.com\/@imgweigh\/core\/rules\/[a-z-]+\.md">$/;

function holdMarkdown(markdown: string): void {
  const html = htmlOf(markdown);
  const tags = html.replace(/^<!-- imgweigh:[\w%./:,!~*'()-]* -->\n/, "").match(/<[^>]*>?/g) ?? [];
  expect(tags.filter((tag) => !OWN_TAGS.test(tag))).toEqual([]);
  for (const tag of ["table", "details", "summary"])
    expect(html.split(`<${tag}>`).length).toBe(html.split(`</${tag}>`).length);
  // Mentions and references are looked for in text that is no code.
  const text = html.replace(/<code>.*?<\/code>/gs, "").replace(/<[^>]*>/g, "");
  expect(text).not.toMatch(/@\w|#\d/);
  for (const table of html.match(/<table>.*?<\/table>/gs) ?? []) {
    const columns = table.match(/<th[ >]/g)?.length;
    for (const row of table.split("<tr>").slice(2)) expect(row.match(/<td[ >]/g)?.length).toBe(columns);
  }
  // A reader fills up and cuts rows silently, so their bars are counted too.
  const rows = markdown.split("\n").filter((line) => line.startsWith("|"));
  rows.forEach((line, i) => {
    const delimiter = /^\|(?: -+:? \|)+$/.test(line);
    if (delimiter) expect(bars(rows[i - 1] as string)).toBe(bars(line));
    else if (i > 0 && !/^\|(?: -+:? \|)+$/.test(rows[i + 1] ?? ""))
      expect(bars(line)).toBe(bars(rows[i - 1] as string));
  });
}

/** Control, bidi and invisible characters, halves of pairs. */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])/;

function bars(line: string): number {
  return line.match(/(?<!\\)\|/g)?.length ?? 0;
}

describe("whatever names there are", () => {
  it("JSON reads back as the result", () => {
    fc.assert(
      fc.property(anyCheck, (result) => {
        expect(JSON.parse(formatReport(result, "json"))).toEqual(result);
      }),
    );
  });

  it("SARIF, Code Quality and badges keep to their schemas", () => {
    fc.assert(
      fc.property(anyCheck, (result) => {
        expect(mistakesInSarif(formatReport(result, "sarif"))).toBeNull();
        expect(mistakesInGitlab(formatReport(result, "gitlab"))).toBeNull();
        expect(mistakesInShields(formatReport(result, "shields"))).toBeNull();
      }),
    );
  });

  it("JUnit keeps to its schema", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyText, { minLength: 40, maxLength: 60 }).map(checkOf), async (result) => {
        expect(await mistakesInJunit(formatReport(result, "junit"))).toBeNull();
      }),
      { numRuns: 15 },
    );
  });

  it("a workflow command is one line", () => {
    fc.assert(
      fc.property(anyCheck, (result) => {
        const text = formatReport(result, "github");
        // A note, one failing budget, one failing finding, a warning, and how both images ended.
        expect(text.split("\n")).toHaveLength(7);
        expect(text).not.toMatch(/\r/);
        for (const line of text.split("\n").slice(0, -1))
          expect(line).toMatch(/^::(?:error|warning|notice) (?:file=[^,:]*,line=\d+,)?title=imgweigh[^,:]*::[^\n]*$/);
      }),
    );
  });

  it("CSV reads back with its rows and cells, none of them a formula", () => {
    fc.assert(
      fc.property(anyCheck, (result) => {
        const [head, ...rows] = parseCsv(formatReport(result, "csv"));
        expect(rows).toHaveLength(2 + 2 + 1 + 2);
        for (const row of rows) {
          expect(row).toHaveLength((head as string[]).length);
          for (const cell of row) expect(/^-?\d+(?:\.\d+)?$/.test(cell) || !/^[\s]*[=+\-@]/.test(cell)).toBe(true);
        }
      }),
    );
  });

  it("Markdown has the same tables, no markup but its own, no mention, no foreign link", () => {
    fc.assert(
      fc.property(anyCheck, (result) => holdMarkdown(formatReport(result, "markdown"))),
      { numRuns: 60 },
    );
  });

  it("so has that of a diff", () => {
    fc.assert(
      fc.property(anyCheck, ({ images: [image] }) => {
        if (image?.diff == null) throw new Error("the check has a diff");
        holdMarkdown(formatDiff(image.diff, "markdown"));
      }),
      { numRuns: 40 },
    );
  });

  it("Markdown keeps to its bound", () => {
    fc.assert(
      fc.property(anyCheck, fc.integer({ min: 8_000, max: 40_000 }), (result, maxBytes) => {
        const text = formatReport(result, "markdown", { maxBytes });
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
        holdMarkdown(text);
      }),
      { numRuns: 30 },
    );
  });

  it.each(REPORTS.map(({ name }) => name))("%s has no character that moves a cursor or hides", (name) => {
    fc.assert(
      fc.property(anyCheck, (result) => {
        const text = formatReport(result, name).replace(/\r?\n/g, "");
        expect(text).not.toMatch(HIDDEN);
      }),
    );
  });
});

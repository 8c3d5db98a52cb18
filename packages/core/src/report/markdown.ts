import type { BudgetVerdict, CheckResult, FindingVerdict, ImageVerdict } from "../check/check-result.ts";
import { byText } from "../diff/keys.ts";
import { formatAmount, formatChange, plural } from "./amounts.ts";
import { diffDocument } from "./diff-document.ts";
import { markdownSections, markdownSubject } from "./document-markdown.ts";
import { fitDocument, type Section, type Table } from "./markdown-document.ts";
import { code, link, marker, prose } from "./markdown-text.ts";
import { isAgainst, placeOfFinding } from "./report-rows.ts";
import {
  BASELINE_REMEDY,
  contributorUnit,
  tellCheck,
  tellExcess,
  tellMeasure,
  tellMissingBaseline,
  tellReason,
  tellSaving,
  tellVerdict,
} from "./sentences.ts";

function icon({ passed, findings, budgets }: ImageVerdict): string {
  if (!passed) return "❌";
  return findings.length > 0 || budgets.some(({ status }) => status === "skipped") ? "⚠️" : "✅";
}

function budgetName({ metric, scope }: BudgetVerdict): string {
  return scope === null ? metric : `${metric} of ${scope.kind} ${code(scope.glob)}`;
}

function contributors(budget: BudgetVerdict): string {
  return budget.contributors
    .map(({ kind, key, amount }) => `${kind} ${code(key)} ${formatAmount(amount, contributorUnit(budget))}`)
    .join("<br>");
}

function failedTable(budgets: readonly BudgetVerdict[]): readonly Table[] {
  if (budgets.length === 0) return [];
  return [
    {
      summary: null,
      columns: [
        { title: "budget" },
        { title: "measured", right: true },
        { title: "" },
        { title: "most of it" },
        { title: "next" },
      ],
      rows: budgets.map((budget) => [
        `❌ ${budgetName(budget)}`,
        tellMeasure(budget),
        prose(budget.status === "unmeasured" ? `NOT CHECKED: ${tellReason(budget)}` : tellExcess(budget)),
        contributors(budget),
        budget.next === null ? prose(budget.remedy ?? "") : code(budget.next),
      ]),
      rank: 0,
    },
  ];
}

function otherTable(budgets: readonly BudgetVerdict[]): readonly Table[] {
  if (budgets.length === 0) return [];
  const held = budgets.filter(({ status }) => status === "passed").length;
  const skipped = budgets.length - held;
  return [
    {
      summary: [
        ...(held > 0 ? [`${plural(held, "budget")} kept`] : []),
        ...(skipped > 0 ? [`${skipped} skipped`] : []),
      ].join(", "),
      columns: [{ title: "budget" }, { title: "measured", right: true }, { title: "limit" }, { title: "" }],
      rows: budgets.map((budget) => [
        budgetName(budget),
        tellMeasure(budget),
        prose(`${budget.bound} ${budget.limitText}`),
        budget.status === "skipped"
          ? prose(`skipped: ${budget.reason ?? "not available"}`)
          : budget.estimated
            ? "kept, estimated"
            : "kept",
      ]),
      rank: 8,
    },
  ];
}

function findingTable(
  summary: string | null,
  found: readonly FindingVerdict[],
  image: ImageVerdict,
  rank: number,
): readonly Table[] {
  if (found.length === 0) return [];
  const where = (verdict: FindingVerdict) => {
    const place = placeOfFinding(verdict, image);
    return place === null ? "" : code(`${place.file}:${place.line}`);
  };
  return [
    {
      summary,
      columns: [{ title: "finding" }, { title: "saves", right: true }, { title: "where" }, { title: "rule" }],
      rows: found.map((verdict) => [
        `${verdict.fails ? "❌ " : ""}${verdict.isNew === true ? "**new** " : ""}${prose(verdict.finding.title)}`,
        tellSaving(verdict) ?? "",
        where(verdict),
        linked(verdict.finding),
      ]),
      rank,
    },
  ];
}

function linked({ rule, docsUrl }: FindingVerdict["finding"]): string {
  return docsUrl === null ? code(rule) : link(code(rule), docsUrl);
}

function ignoredTable({ ignored }: ImageVerdict): readonly Table[] {
  if (ignored.length === 0) return [];
  return [
    {
      summary: `${plural(ignored.length, "finding")} ignored`,
      columns: [{ title: "finding" }, { title: "rule" }, { title: "reason" }, { title: "until" }],
      rows: ignored.map(({ finding, reason, until }) => [
        prose(finding.title),
        code(finding.rule),
        prose(reason),
        prose(until ?? ""),
      ]),
      rank: 9,
    },
  ];
}

function noteTable(notes: readonly string[], isOpen = false): readonly Table[] {
  if (notes.length === 0) return [];
  return [
    {
      summary: isOpen ? null : plural(notes.length, "note"),
      columns: [{ title: "note" }],
      rows: notes.map((note) => [prose(note)]),
      rank: 8,
    },
  ];
}

/** Sizes where there is nothing to compare them with. */
function plainSizes({ sizes, wastedBytes, efficiency }: ImageVerdict): Table {
  const { contentBytes, rootfsBytes, blobBytes } = sizes;
  const amounts: readonly (readonly [string, number | null])[] = [
    ["content", contentBytes],
    ["rootfs", rootfsBytes],
    ["blob", blobBytes],
    ["wasted", wastedBytes],
  ];
  const rows = amounts.flatMap(([title, amount]) => (amount === null ? [] : [[title, formatAmount(amount, "bytes")]]));
  return {
    summary: null,
    columns: [{ title: "" }, { title: "size", right: true }],
    rows: [...rows, ["efficiency", formatAmount(efficiency, "ratio")]],
    rank: 0,
  };
}

function missingTable({ missingBaseline = null }: ImageVerdict): readonly Table[] {
  if (missingBaseline === null) return [];
  const row = [prose(tellMissingBaseline(missingBaseline)), prose(BASELINE_REMEDY)];
  return [{ summary: null, columns: [{ title: "not checked" }, { title: "do" }], rows: [row], rank: 0 }];
}

function imageSection(image: ImageVerdict): Section {
  const { budgets, findings } = image;
  const diff = image.diff === null ? null : diffDocument(image.diff);
  const sizes = diff?.sections.filter(({ rank }) => rank === 0) ?? [];
  // What is new is among the image's own findings.
  const changes = diff?.sections.filter((section) => !sizes.includes(section) && section.id !== "new-findings") ?? [];
  const failing = findings.filter(({ fails }) => fails);
  const others = findings.filter(({ fails }) => !fails);
  const planned = image.planBytes > 0 ? `, the plan saves ${formatAmount(image.planBytes, "bytes")}` : "";
  return [
    `### ${icon(image)} ${prose(image.name)}: ${tellVerdict(image)}`,
    diff === null ? code(image.image.reference ?? "") : markdownSubject(diff),
    ...missingTable(image),
    ...failedTable(budgets.filter(isAgainst)),
    ...findingTable(null, failing, image, 1),
    ...(diff === null ? [plainSizes(image)] : markdownSections(sizes)),
    ...findingTable(`${plural(others.length, "warning")}${planned}`, others, image, 2),
    ...markdownSections(changes),
    ...otherTable(budgets.filter((budget) => !isAgainst(budget))),
    ...ignoredTable(image),
    ...noteTable(image.notes),
  ].filter((block) => block !== "");
}

function overview({ images }: CheckResult): readonly Table[] {
  if (images.length < 2) return [];
  return [
    {
      summary: null,
      columns: [
        { title: "image" },
        { title: "content", right: true },
        { title: "change", right: true },
        { title: "verdict" },
      ],
      rows: images.map((image) => [
        `${icon(image)} ${prose(image.name)}`,
        formatAmount(image.sizes.contentBytes, "bytes"),
        image.diff === null
          ? ""
          : formatChange(image.diff.base.sizes.contentBytes, image.diff.head.sizes.contentBytes, "bytes"),
        tellVerdict(image),
      ]),
      rank: 0,
    },
  ];
}

/** What the comment is known by: other checks of the repository have other images. */
function checkName({ images, unchecked }: CheckResult): string {
  // In one order, whichever of them could be analysed this time.
  const names = [...images.map(({ name }) => name), ...unchecked].sort(byText);
  return names.length === 0 ? "check" : names.join(",");
}

/**
 * A check as Markdown for a comment or a step's summary, of at most so many bytes: what fails stands open, images that
 * fail first, and everything else is folded.
 */
export function formatMarkdown(result: CheckResult, maxBytes: number): string {
  const { images, passed, notes } = result;
  const incomplete = result.unchecked.length > 0;
  const header: Section = [
    marker(checkName(result)),
    ...(images.length === 1 && !incomplete ? [] : [`## ${passed ? "✅" : "❌"} imgweigh: ${tellCheck(result)}`]),
    ...noteTable(incomplete ? notes : [], true),
    ...overview(result),
    ...noteTable(incomplete ? [] : notes),
  ];
  const ordered = [...images.filter((image) => !image.passed), ...images.filter((image) => image.passed)];
  return fitDocument([header, ...ordered.map(imageSection)], maxBytes, "image");
}

import type { Unit } from "../check/amounts.ts";
import type { Diff, DiffRow, DiffSide, LayerChange, PackageChange } from "../diff/diff.ts";
import { keyOfPackage } from "../diff/keys.ts";
import { withoutMoved } from "../diff/moved-rows.ts";
import type { Weight } from "../diff/snapshot.ts";
import { formatAmount, formatChange, formatPair, formatSigned, plural } from "./amounts.ts";
import { COMMENT_BYTES, fitDocument, type Section, type Table } from "./markdown-document.ts";
import { code, prose } from "./markdown-text.ts";

/*
 * Tables of what a diff says, for comments on changes. What did not change is counted, not shown.
 */

interface Measure {
  readonly title: string;
  readonly unit: Unit;
  readonly of: (side: DiffSide) => number | null;
}

const MEASURES: readonly Measure[] = [
  { title: "content", unit: "bytes", of: ({ sizes }) => sizes.contentBytes },
  { title: "rootfs", unit: "bytes", of: ({ sizes }) => sizes.rootfsBytes },
  { title: "blob", unit: "bytes", of: ({ sizes }) => sizes.blobBytes },
  { title: "tar", unit: "bytes", of: ({ sizes }) => sizes.tarBytes },
  { title: "wasted", unit: "bytes", of: ({ wastedBytes }) => wastedBytes },
  { title: "efficiency", unit: "ratio", of: ({ efficiency }) => efficiency },
  { title: "layers", unit: "count", of: ({ layers }) => layers },
  { title: "entries", unit: "count", of: ({ entries }) => entries },
];

const SIZE_COLUMNS = [
  { title: "" },
  { title: "base", right: true },
  { title: "head", right: true },
  { title: "change", right: true },
];

function measureRow({ base, head }: Diff, { title, unit, of }: Measure): { changed: boolean; cells: string[] } {
  const [before, after] = [of(base), of(head)];
  if (before === null || after === null) {
    const show = (amount: number | null) => (amount === null ? "?" : formatAmount(amount, unit));
    return { changed: false, cells: [title, show(before), show(after), "not available"] };
  }
  const [from, to] = formatPair(before, after, unit);
  return { changed: before !== after, cells: [title, from, to, formatChange(before, after, unit)] };
}

/** Sizes that changed, open; the others folded. */
export function sizeTables(diff: Diff): readonly Table[] {
  const known = MEASURES.filter(({ of }) => of(diff.base) !== null || of(diff.head) !== null);
  const rows = known.map((measure) => measureRow(diff, measure));
  const changed = rows.filter((row) => row.changed).map(({ cells }) => cells);
  const same = rows.filter((row) => !row.changed).map(({ cells }) => cells);
  return [
    ...(changed.length > 0 ? [{ summary: null, columns: SIZE_COLUMNS, rows: changed, rank: 0 }] : []),
    ...(same.length > 0
      ? [{ summary: `${plural(same.length, "size")} unchanged`, columns: SIZE_COLUMNS, rows: same, rank: 9 }]
      : []),
  ];
}

function bytes(amount: number | null): string {
  return amount === null ? "?" : formatAmount(amount, "bytes");
}

function signed(amount: number | null): string {
  return amount === null ? "?" : formatSigned(amount, "bytes");
}

function folded(summary: string, columns: Table["columns"], rows: Table["rows"], rank: number): readonly Table[] {
  return rows.length === 0 ? [] : [{ summary, columns, rows, rank }];
}

function rowChange({ status, base, head, change }: DiffRow): string {
  if (change === null || status === "unknown") return "not in the baseline";
  if (base === null) return `${signed(change.contentBytes)} (new)`;
  if (head === null) return `${signed(change.contentBytes)} (removed)`;
  return formatChange(base.contentBytes, head.contentBytes, "bytes");
}

const ROW_COLUMNS = [
  { title: "" },
  { title: "content", right: true },
  { title: "live", right: true },
  { title: "wasted", right: true },
];

/** `1 layer differs`, `2 categories differ`. */
function tellDiffering(count: number, one: string, many?: string): string {
  return `${plural(count, one, many)} ${count === 1 ? "differs" : "differ"}`;
}

function groupTable(summary: string, rows: readonly DiffRow[], rank: number): readonly Table[] {
  return folded(
    summary,
    ROW_COLUMNS,
    rows.map((row) => [
      code(row.key),
      rowChange(row),
      signed(row.change?.liveBytes ?? null),
      signed(row.change?.wastedBytes ?? null),
    ]),
    rank,
  );
}

const PACKAGE_COLUMNS = [
  { title: "package" },
  { title: "" },
  { title: "base" },
  { title: "head" },
  { title: "live", right: true },
  { title: "wasted", right: true },
];

function packageCells(
  key: string,
  status: string,
  bytesOf: Pick<Weight, "liveBytes" | "wastedBytes"> | null,
  change: PackageChange | undefined,
): string[] {
  return [
    code(key),
    status === "unknown" ? "not in the baseline" : status,
    code(change?.baseVersion ?? ""),
    code(change?.headVersion ?? ""),
    signed(bytesOf?.liveBytes ?? null),
    signed(bytesOf?.wastedBytes ?? null),
  ];
}

/** Packages that differ, in bytes or only in version, and in brackets what none of them owns: the bytes add up. */
function packageTable({ packages, groups }: Diff): readonly Table[] {
  const changes = new Map(packages.map((change) => [keyOfPackage(change), change]));
  const weighed = new Set(groups.package.map(({ key }) => key));
  const rows = groups.package.map(({ key, status, change }) => {
    const own = changes.get(key);
    return packageCells(key, own?.status ?? status, change, own);
  });
  for (const [key, own] of changes) if (!weighed.has(key)) rows.push(packageCells(key, own.status, own, own));
  const unowned = groups.package.filter(({ key }) => key.startsWith("[")).length;
  const count = rows.length - unowned;
  const named = count > 0 ? [tellDiffering(count, "package")] : [];
  return folded([...named, ...(unowned > 0 ? ["what no package owns"] : [])].join(", and "), PACKAGE_COLUMNS, rows, 3);
}

function layerNumber({ base, head }: LayerChange): string {
  if (base === head || base === null) return String(head);
  return head === null ? String(base) : `${base} → ${head}`;
}

function layerTable({ layers }: Diff): readonly Table[] {
  const changed = layers.filter(({ status }) => status !== "same");
  return folded(
    `${tellDiffering(changed.length, "layer")}, ${layers.length - changed.length} the same`,
    [{ title: "layer", right: true }, { title: "" }, { title: "instruction" }, { title: "content", right: true }],
    changed.map((layer) => [
      layerNumber(layer),
      layer.status,
      code(layer.instruction ?? ""),
      layer.status === "moved" ? "" : signed(layer.change.contentBytes),
    ]),
    4,
  );
}

function moveTable({ moves }: Diff): readonly Table[] {
  return folded(
    `${plural(
      moves.reduce((sum, { files }) => sum + files, 0),
      "file",
    )} moved`,
    [{ title: "from" }, { title: "to" }, { title: "files", right: true }, { title: "content", right: true }],
    moves.map((move) => [code(move.from), code(move.to), formatAmount(move.files, "count"), bytes(move.bytes)]),
    7,
  );
}

function findingTable(title: string, findings: Diff["findings"]["new"], rank: number): readonly Table[] {
  return folded(
    `${plural(findings.length, `${title} finding`)}`,
    [{ title: "rule" }, { title: "finding" }, { title: "saves", right: true }],
    findings.map((finding) => [code(finding.rule), prose(finding.title), bytes(finding.contentBytes)]),
    rank,
  );
}

/** What grew and shrank, a folded table a kind of row. */
export function changeTables(diff: Diff): readonly Table[] {
  const { groups, findings } = diff;
  const paths = withoutMoved(diff);
  const but = diff.moves.length > 0 ? ", but for what moved" : "";
  return [
    ...packageTable(diff),
    ...layerTable(diff),
    ...groupTable(tellDiffering(groups.category.length, "category", "categories"), groups.category, 5),
    ...groupTable(tellDiffering(groups.directory.length, "directory", "directories"), groups.directory, 6),
    ...groupTable(`${tellDiffering(paths.length, "path")}${but}`, paths, 6),
    ...moveTable(diff),
    ...findingTable("fixed", findings.fixed, 7),
  ];
}

function nameSide({ image: { reference, digest, platform } }: DiffSide): string {
  const name = reference ?? digest ?? "an image without a name";
  const variant = platform?.variant == null ? "" : `/${platform.variant}`;
  return `${code(name)}${platform === null ? "" : ` (${prose(`${platform.os}/${platform.architecture}${variant}`)})`}`;
}

/** `base → head`. */
export function nameSides({ base, head }: Diff): string {
  return `${nameSide(base)} → ${nameSide(head)}`;
}

/** A diff as Markdown for a comment, of at most so many bytes. */
export function diffMarkdown(diff: Diff, maxBytes = COMMENT_BYTES): string {
  const { contentBytes } = diff.base.sizes;
  const change = formatChange(contentBytes, diff.head.sizes.contentBytes, "bytes");
  const section: Section = [
    `### Content ${change}`,
    nameSides(diff),
    ...sizeTables(diff),
    ...findingTable("new", diff.findings.new, 2),
    ...changeTables(diff),
  ];
  return fitDocument([section], maxBytes, "section");
}

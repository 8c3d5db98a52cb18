import {
  type Diff,
  type DiffRow,
  type DiffSide,
  formatBytes,
  formatChange,
  formatCount,
  formatPair,
  formatSigned,
  type LayerChange,
  type PackageChange,
  withoutMoved,
} from "@imgweigh/core";
import type { Surface } from "../commands/output-options.ts";
import { heading, plain, plural } from "./cells.ts";
import { imageTitle } from "./image-title.ts";
import { type Cell, type Column, renderTable } from "./table.ts";

/** What a diff can be told by. */
export type DiffSection = keyof Diff["groups"] | "layer";

export interface DiffTables {
  readonly sections: readonly DiffSection[];
  /** Rows of each table. */
  readonly top: number;
}

/** Growth stands out, shrinking is good, and what did not change is not in the way. */
function changed(amount: number | null, text: string, { style }: Surface): Cell {
  if (amount === null) return plain("?");
  if (amount === 0) return { text: "-", paint: style.dim };
  return { text, paint: amount > 0 ? style.waste : style.good };
}

function bytesChanged(amount: number | null, surface: Surface): Cell {
  return changed(amount, formatSigned(amount ?? 0, "bytes"), surface);
}

function title({ base, head }: Diff, surface: Surface): string {
  const name = ({ image }: DiffSide): string =>
    image.reference ?? image.digest ?? image.configDigest ?? "an image without a name";
  return imageTitle(head.image, [`compared with ${name(base)}`], surface);
}

const MEASURES: readonly {
  readonly title: string;
  readonly unit: "bytes" | "count";
  readonly of: (side: DiffSide) => number | null;
}[] = [
  { title: "content", unit: "bytes", of: ({ sizes }) => sizes.contentBytes },
  { title: "rootfs", unit: "bytes", of: ({ sizes }) => sizes.rootfsBytes },
  { title: "wasted", unit: "bytes", of: ({ wastedBytes }) => wastedBytes },
  { title: "blob", unit: "bytes", of: ({ sizes }) => sizes.blobBytes },
  { title: "layers", unit: "count", of: ({ layers }) => layers },
  { title: "entries", unit: "count", of: ({ entries }) => entries },
];

function sizes({ base, head }: Diff, surface: Surface): string {
  const columns: Column[] = [
    { title: "" },
    { title: "before", align: "right" },
    { title: "after", align: "right" },
    { title: "change", align: "right" },
  ];
  const rows = MEASURES.map(({ title: name, unit, of }) => {
    const [before, after] = [of(base), of(head)];
    if (before === null || after === null)
      return [name, ...[before, after].map((bytes) => (bytes === null ? "?" : formatBytes(bytes))), "?"].map(plain);
    const [from, to] = formatPair(before, after, unit);
    const change = changed(after - before, formatChange(before, after, unit), surface);
    return [plain(name), plain(from), plain(to), change];
  });
  return renderTable(columns, rows, surface);
}

function layerNumbers({ base, head }: LayerChange): string {
  if (base === null || head === null || base === head) return String(head ?? base);
  return `${base} → ${head}`;
}

function layers({ layers: all, change }: Diff, top: number, surface: Surface): string {
  const rows = all.filter((layer) => layer.status !== "same" || layer.change.contentBytes !== 0);
  const same = all.length - rows.length;
  if (rows.length === 0) return "";
  const hasBlobs = change.blobBytes !== null;
  const columns: Column[] = [
    { title: "layer", align: "right" },
    { title: "" },
    { title: "content", align: "right" },
    ...(hasBlobs ? [{ title: "blob", align: "right" } as const] : []),
    { title: "instruction", shrink: "end" },
  ];
  const cells = rows
    .slice(0, top)
    .map((layer) => [
      plain(layerNumbers(layer)),
      plain(layer.status),
      bytesChanged(layer.change.contentBytes, surface),
      ...(hasBlobs ? [bytesChanged(layer.change.blobBytes, surface)] : []),
      plain((layer.instruction ?? "(no history)").replace(/\s+/g, " ")),
    ]);
  return section(
    `Layers: ${plural(same, "layer")} the same`,
    { shown: cells.length, of: rows.length },
    renderTable(columns, cells, surface),
    surface,
  );
}

function section(name: string, { shown, of }: { shown: number; of: number }, table: string, surface: Surface): string {
  return `${heading(name, surface)}${table}${shown < of ? `  … ${formatCount(of - shown)} more\n` : ""}`;
}

function rowChange({ status, base, head, change }: DiffRow): string {
  const there = (head ?? base)?.contentBytes ?? 0;
  if (change === null) return `${formatBytes(there)} (not known ${base === null ? "before" : "after"})`;
  if (status === "added") return `${formatSigned(change.contentBytes, "bytes")} (new)`;
  if (status === "removed") return `${formatSigned(change.contentBytes, "bytes")} (removed)`;
  return formatChange(base?.contentBytes ?? 0, head?.contentBytes ?? 0, "bytes");
}

function versions(change: PackageChange | undefined): string {
  if (change === undefined) return "";
  const { status, baseVersion, headVersion } = change;
  if (status === "added" || status === "removed") return headVersion ?? baseVersion ?? "";
  return `${baseVersion ?? "?"} → ${headVersion ?? "?"}`;
}

interface Grouping {
  readonly name: string;
  readonly title: string;
  readonly shrink: "start" | "end";
  readonly rows: readonly DiffRow[];
}

/** Rows whose bytes stay and whose place in the blob shifts say nothing to people. */
function hasContentChange({ change }: DiffRow): boolean {
  return change === null || change.contentBytes !== 0 || change.liveBytes !== 0;
}

function grouping(
  { name, title: column, shrink, rows: all }: Grouping,
  diff: Diff,
  top: number,
  surface: Surface,
): string {
  const rows = all.filter(hasContentChange);
  if (rows.length === 0) return "";
  const hasBlobs = rows.some(({ change }) => change !== null && change.blobBytes !== null);
  const packages = new Map(diff.packages.map((change) => [`${change.ecosystem}/${change.name}`, change]));
  const hasVersions = column === "package" && rows.some(({ key }) => packages.has(key));
  const columns: Column[] = [
    { title: "content", align: "right" },
    { title: "live", align: "right" },
    { title: "wasted", align: "right" },
    ...(hasBlobs ? [{ title: "blob", align: "right" } as const] : []),
    { title: column, shrink },
    ...(hasVersions ? [{ title: "version", shrink: "end" } as const] : []),
  ];
  const cells = rows
    .slice(0, top)
    .map((row) => [
      changed(row.change?.contentBytes === undefined ? 1 : row.change.contentBytes, rowChange(row), surface),
      bytesChanged(row.change?.liveBytes ?? null, surface),
      bytesChanged(row.change?.wastedBytes ?? null, surface),
      ...(hasBlobs ? [bytesChanged(row.change?.blobBytes ?? null, surface)] : []),
      plain(row.key.replace(/\s+/g, " ")),
      ...(hasVersions ? [plain(versions(packages.get(row.key)))] : []),
    ]);
  return section(name, { shown: cells.length, of: rows.length }, renderTable(columns, cells, surface), surface);
}

/** Packages whose own bytes stay the same: virtual ones, and new versions of one size. */
function packageNames({ packages, groups }: Diff, top: number, surface: Surface): string {
  const shown = new Set(groups.package.filter(hasContentChange).map(({ key }) => key));
  const rows = packages.filter(({ ecosystem, name }) => !shown.has(`${ecosystem}/${name}`));
  if (rows.length === 0) return "";
  const columns: Column[] = [{ title: "" }, { title: "package", shrink: "end" }, { title: "version", shrink: "end" }];
  const cells = rows
    .slice(0, top)
    .map((change) => [plain(change.status), plain(`${change.ecosystem}/${change.name}`), plain(versions(change))]);
  return section(
    "Packages that came, went or changed their version without a change of bytes",
    { shown: cells.length, of: rows.length },
    renderTable(columns, cells, surface),
    surface,
  );
}

function moves({ moves: all }: Diff, top: number, surface: Surface): string {
  if (all.length === 0) return "";
  const columns: Column[] = [
    { title: "bytes", align: "right" },
    { title: "files", align: "right" },
    { title: "from", shrink: "start" },
    { title: "to", shrink: "start" },
  ];
  const cells = all
    .slice(0, top)
    .map(({ from, to, files, bytes }) => [
      plain(formatBytes(bytes)),
      plain(formatCount(files)),
      plain(from),
      plain(to),
    ]);
  const what = { shown: cells.length, of: all.length };
  return section("Moved: the same content at another path", what, renderTable(columns, cells, surface), surface);
}

function findings(name: string, all: Diff["findings"]["new"], top: number, surface: Surface): string {
  if (all.length === 0) return "";
  const columns: Column[] = [
    { title: "saves", align: "right" },
    { title: "finding", shrink: "end" },
    { title: "rule" },
  ];
  const cells = all
    .slice(0, top)
    .map(({ contentBytes, title: text, rule }) => [plain(formatBytes(contentBytes)), plain(text), plain(rule)]);
  return section(name, { shown: cells.length, of: all.length }, renderTable(columns, cells, surface), surface);
}

function hasNoChange({ change, layers: all, groups, packages, moves: moved, findings: found }: Diff): boolean {
  return (
    Object.values(change).every((amount) => amount === null || amount === 0) &&
    Object.values(groups).every((rows) => rows.length === 0) &&
    all.every(({ status }) => status === "same" || status === "rebuilt") &&
    [packages, moved, found.new, found.fixed].every((list) => list.length === 0)
  );
}

/** What grew and shrank, for people. */
export function renderDiff(diff: Diff, { sections, top }: DiffTables, surface: Surface): string {
  const head = `${title(diff, surface)}\n`;
  if (hasNoChange(diff)) return `${head}  no change\n`;
  const { groups } = diff;
  const by = (name: string, column: keyof Diff["groups"], shrink: "start" | "end"): string =>
    grouping({ name, title: column, shrink, rows: groups[column] }, diff, top, surface);
  const tables: Readonly<Record<DiffSection, () => string>> = {
    layer: () => layers(diff, top, surface),
    package: () => by("By package", "package", "end") + packageNames(diff, top, surface),
    category: () => by("By category", "category", "end"),
    directory: () => by("By directory, of what lies directly in it", "directory", "start"),
    path: () =>
      grouping(
        {
          name: diff.moves.length > 0 ? "By path, but for what moved" : "By path",
          title: "path",
          shrink: "start",
          rows: withoutMoved(diff),
        },
        diff,
        top,
        surface,
      ) + moves(diff, top, surface),
    instruction: () => by("By instruction", "instruction", "end"),
    base: () => by("By base", "base", "end"),
  };
  return [
    head,
    sizes(diff, surface),
    ...(top === 0 ? [] : sections.map((name) => tables[name]())),
    ...(top === 0 ? [] : [findings("New findings", diff.findings.new, top, surface)]),
    ...(top === 0 ? [] : [findings("Fixed findings", diff.findings.fixed, top, surface)]),
  ].join("");
}

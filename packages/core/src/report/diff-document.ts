import type { Unit } from "../check/amounts.ts";
import type { Diff, DiffRow, DiffSide, LayerChange, PackageChange } from "../diff/diff.ts";
import { keyOfPackage } from "../diff/keys.ts";
import { withoutMoved } from "../diff/moved-rows.ts";
import type { Weight } from "../diff/snapshot.ts";
import { formatPlatform } from "../oci/platform.ts";
import { formatAmount, formatChange, plural } from "./amounts.ts";
import {
  bytes,
  bytesBy,
  type Cell,
  type ChangeCell,
  type Column,
  count,
  type Document,
  name,
  type Section,
  text,
} from "./document.ts";

interface Measure {
  readonly title: string;
  readonly unit: Unit;
  readonly more: ChangeCell["more"];
  readonly of: (side: DiffSide) => number | null;
}

const MEASURES: readonly Measure[] = [
  { title: "content", unit: "bytes", more: "worse", of: ({ sizes }) => sizes.contentBytes },
  { title: "rootfs", unit: "bytes", more: "worse", of: ({ sizes }) => sizes.rootfsBytes },
  { title: "wasted", unit: "bytes", more: "worse", of: ({ wastedBytes }) => wastedBytes },
  { title: "blob", unit: "bytes", more: "worse", of: ({ sizes }) => sizes.blobBytes },
  { title: "tar", unit: "bytes", more: "worse", of: ({ sizes }) => sizes.tarBytes },
  { title: "efficiency", unit: "ratio", more: "better", of: ({ efficiency }) => efficiency },
  { title: "layers", unit: "count", more: "worse", of: ({ layers }) => layers },
  { title: "entries", unit: "count", more: "worse", of: ({ entries }) => entries },
];

const NUMBER = { align: "right" } as const;

const MEASURE_COLUMNS: readonly Column[] = [
  { id: "measure", title: "" },
  { id: "before", title: "before", ...NUMBER },
  { id: "after", title: "after", ...NUMBER },
  { id: "change", title: "change", ...NUMBER },
];

function measureRow({ base, head }: Diff, { title, unit, more, of }: Measure): readonly Cell[] {
  const [before, after] = [of(base), of(head)];
  const by = before === null || after === null ? null : after - before;
  const amount = (own: number | null, beside: number | null): Cell => ({ kind: "amount", amount: own, unit, beside });
  return [text(title), amount(before, after), amount(after, before), { kind: "change", from: before, by, unit, more }];
}

/** Sizes that changed, or of which it is not known, and then the others. */
function sizes(diff: Diff): readonly Section[] {
  const known = MEASURES.filter(({ of }) => of(diff.base) !== null || of(diff.head) !== null);
  const isSame = ({ of }: Measure): boolean => of(diff.base) === of(diff.head);
  const section = (id: string, title: string | null, measures: readonly Measure[], rank: number): Section => ({
    id,
    title,
    columns: MEASURE_COLUMNS,
    rows: measures.map((measure) => measureRow(diff, measure)),
    isDetail: title !== null,
    rank,
  });
  const changed = known.filter((measure) => !isSame(measure));
  const same = known.filter(isSame);
  return [
    section("sizes", null, changed, 0),
    section("unchanged-sizes", `${plural(same.length, "size")} unchanged`, same, 9),
  ];
}

/** The content bytes of a row: where one side does not say whether it had it, what the other has. */
function contentOf({ status, base, head, change }: DiffRow): Cell {
  if (change === null || status === "unknown") {
    const there = formatAmount((head ?? base)?.contentBytes ?? 0, "bytes");
    const note = `${there} (not known ${base === null ? "before" : "after"})`;
    return { kind: "change", from: null, by: null, unit: "bytes", more: "worse", note };
  }
  const by = change.contentBytes;
  const how = { kind: "change", by, unit: "bytes", more: "worse" } as const;
  if (status === "added") return { ...how, from: null, note: "new" };
  if (status === "removed") return { ...how, from: null, note: "removed" };
  return { ...how, from: base?.contentBytes ?? null };
}

/** Rows whose bytes stay and whose place in the blob shifts say nothing to people. */
function hasContentChange({ change }: DiffRow): boolean {
  return change === null || change.contentBytes !== 0 || change.liveBytes !== 0;
}

function hasBlobs(rows: readonly DiffRow[]): boolean {
  return rows.some(({ change }) => change !== null && change.blobBytes !== null);
}

function weightColumns(withBlobs: boolean): readonly Column[] {
  return [
    { id: "contentBytes", title: "content", ...NUMBER },
    { id: "liveBytes", title: "live", ...NUMBER },
    { id: "wastedBytes", title: "wasted", ...NUMBER },
    ...(withBlobs ? [{ id: "blobBytes", title: "blob", ...NUMBER }] : []),
  ];
}

function weightCells(content: Cell, change: Partial<Weight> | null, withBlobs: boolean): readonly Cell[] {
  const blob = withBlobs ? [bytesBy(change?.blobBytes ?? null)] : [];
  return [content, bytesBy(change?.liveBytes ?? null), bytesBy(change?.wastedBytes ?? null), ...blob];
}

/** `1 layer differs`, `2 categories differ`. */
function tellDiffering(many: number, one: string, plurals?: string): string {
  return `${plural(many, one, plurals)} ${many === 1 ? "differs" : "differ"}`;
}

/** What the rows of a grouping are. */
interface Grouping {
  readonly id: string;
  readonly one: string;
  readonly many?: string;
  /** After the number of rows: `, but for what moved`. */
  readonly about?: string;
  readonly key: (key: string) => Cell;
  readonly rank: number;
}

function grouping({ id, one, many, about = "", key, rank }: Grouping, all: readonly DiffRow[]): Section {
  const rows = all.filter(hasContentChange);
  const withBlobs = hasBlobs(rows);
  return {
    id,
    title: `${tellDiffering(rows.length, one, many)}${about}`,
    columns: [...weightColumns(withBlobs), { id: "key", title: one }],
    rows: rows.map((row) => [...weightCells(contentOf(row), row.change, withBlobs), key(row.key)]),
    isDetail: true,
    rank,
  };
}

function versions(change: PackageChange | undefined): string {
  if (change === undefined) return "";
  const { baseVersion, headVersion } = change;
  if (baseVersion === null || headVersion === null) return headVersion ?? baseVersion ?? "";
  return `${baseVersion} → ${headVersion}`;
}

/** Packages that differ, in bytes or only in version, and in brackets what none of them owns: the bytes add up. */
function packages({ packages: own, groups }: Diff): Section {
  const changes = new Map(own.map((change) => [keyOfPackage(change), change]));
  const rows = groups.package.filter((row) => hasContentChange(row) || changes.has(row.key));
  const weighed = new Set(rows.map(({ key }) => key));
  const others = own.filter((change) => !weighed.has(keyOfPackage(change)));
  const withBlobs = hasBlobs(rows);
  const about = (key: string, change: PackageChange | undefined): Cell[] => [
    name(key),
    text(change?.status ?? ""),
    name(versions(change)),
  ];
  const unowned = rows.filter(({ key }) => key.startsWith("[")).length;
  const named = rows.length + others.length - unowned;
  return {
    id: "packages",
    title: [
      ...(named > 0 ? [tellDiffering(named, "package")] : []),
      ...(unowned > 0 ? ["what no package owns"] : []),
    ].join(", and "),
    columns: [
      ...weightColumns(withBlobs),
      { id: "key", title: "package" },
      { id: "status", title: "" },
      { id: "version", title: "version" },
    ],
    rows: [
      ...rows.map((row) => [
        ...weightCells(contentOf(row), row.change, withBlobs),
        ...about(row.key, changes.get(row.key)),
      ]),
      ...others.map((change) => [
        ...weightCells(bytesBy(change.liveBytes + change.wastedBytes), change, withBlobs),
        ...about(keyOfPackage(change), change),
      ]),
    ],
    isDetail: true,
    rank: 3,
  };
}

function layerNumber({ base, head }: LayerChange): string {
  if (base === null || head === null || base === head) return String(head ?? base);
  return `${base} → ${head}`;
}

function layers({ layers: all }: Diff): Section {
  const changed = all.filter((layer) => layer.status !== "same" || layer.change.contentBytes !== 0);
  const withBlobs = changed.some(({ change }) => change.blobBytes !== null);
  return {
    id: "layers",
    title: `${tellDiffering(changed.length, "layer")}, ${all.length - changed.length} the same`,
    columns: [
      { id: "layer", title: "layer", ...NUMBER },
      { id: "status", title: "" },
      { id: "contentBytes", title: "content", ...NUMBER },
      ...(withBlobs ? [{ id: "blobBytes", title: "blob", ...NUMBER }] : []),
      { id: "key", title: "instruction" },
    ],
    rows: changed.map((layer) => [
      text(layerNumber(layer)),
      text(layer.status),
      bytesBy(layer.change.contentBytes),
      ...(withBlobs ? [bytesBy(layer.change.blobBytes)] : []),
      { kind: "instruction", layer: null, text: layer.instruction },
    ]),
    isDetail: true,
    rank: 4,
  };
}

function moves({ moves: all }: Diff): Section {
  const files = all.reduce((sum, move) => sum + move.files, 0);
  return {
    id: "moves",
    title: `${plural(files, "file")} moved: the same content at another path`,
    columns: [
      { id: "contentBytes", title: "content", ...NUMBER },
      { id: "files", title: "files", ...NUMBER },
      { id: "from", title: "from" },
      { id: "key", title: "to" },
    ],
    rows: all.map((move) => [
      bytes(move.bytes),
      count(move.files),
      { kind: "path", path: move.from },
      { kind: "path", path: move.to },
    ]),
    isDetail: true,
    rank: 7,
  };
}

function findings(which: "new" | "fixed", { findings: all }: Diff): Section {
  const found = all[which];
  return {
    id: `${which}-findings`,
    title: plural(found.length, `${which} finding`),
    columns: [
      { id: "contentBytes", title: "saves", ...NUMBER },
      { id: "finding", title: "finding" },
      { id: "key", title: "rule" },
    ],
    rows: found.map(({ contentBytes, title, rule }) => [bytes(contentBytes), text(title), name(rule)]),
    isDetail: true,
    rank: which === "new" ? 2 : 7,
  };
}

const asPath = (path: string): Cell => ({ kind: "path", path });
const asInstruction = (of: string): Cell => ({ kind: "instruction", layer: null, text: of });

/** What a diff can be told by, with the ids of the sections that do. */
export const DIFF_GROUPINGS = {
  layer: ["layers"],
  package: ["packages"],
  category: ["categories"],
  directory: ["directories"],
  path: ["paths", "moves"],
  instruction: ["instructions"],
  base: ["base"],
} as const;

/** What grew and shrank, a section a kind of row, those without a row left out. */
function sectionsOf(diff: Diff): readonly Section[] {
  const { groups } = diff;
  const paths: Grouping = {
    id: "paths",
    one: "path",
    about: diff.moves.length > 0 ? ", but for what moved" : "",
    key: asPath,
    rank: 6,
  };
  const directories: Grouping = {
    id: "directories",
    one: "directory",
    many: "directories",
    about: ", by what lies directly in them",
    key: asPath,
    rank: 6,
  };
  return [
    ...sizes(diff),
    findings("new", diff),
    layers(diff),
    packages(diff),
    grouping({ id: "categories", one: "category", many: "categories", key: name, rank: 5 }, groups.category),
    grouping(directories, groups.directory),
    grouping(paths, withoutMoved(diff)),
    moves(diff),
    grouping({ id: "instructions", one: "instruction", key: asInstruction, rank: 8 }, groups.instruction),
    grouping({ id: "base", one: "part", about: ", the base image's and yours", key: name, rank: 8 }, groups.base),
    findings("fixed", diff),
  ].filter(({ rows }) => rows.length > 0);
}

function nameSide({ image: { reference, digest, configDigest, platform } }: DiffSide): readonly Cell[] {
  const of = name(reference ?? digest ?? configDigest ?? "an image without a name");
  return platform === null ? [of] : [of, text(formatPlatform(platform))];
}

function titleOf({ base, head }: Diff, sections: readonly Section[]): string {
  if (sections.every(({ id }) => id === "unchanged-sizes")) return "No change";
  const [before, after] = [base.sizes.contentBytes, head.sizes.contentBytes];
  return before === after ? "Content unchanged" : `Content ${formatChange(before, after, "bytes")}`;
}

/** What grew and shrank between two images, as a document. */
export function diffDocument(diff: Diff): Document {
  const sections = sectionsOf(diff);
  return {
    title: titleOf(diff, sections),
    subject: [...nameSide(diff.base), text("→"), ...nameSide(diff.head)],
    sections,
  };
}

import { categoryTitle } from "../category/catalogue.ts";
import type { Analysis } from "../finding/analysis.ts";
import type { Finding } from "../finding/finding.ts";
import type { LayerAnalysis, WasteBytes } from "../ledger/analysis.ts";
import type { GroupRow } from "../ledger/group.ts";
import { UNOWNED } from "../ledger/owner-keys.ts";
import type { PackageRow } from "../ledger/package-rows.ts";
import { formatPlatform } from "../oci/platform.ts";
import { formatAmount, plural } from "./amounts.ts";
import {
  type AmountCell,
  bytes,
  type Cell,
  type Column,
  type Document,
  type InstructionCell,
  name,
  type Section,
  text,
  wasted,
} from "./document.ts";

const NUMBER = { align: "right" } as const;

/** The fates of waste, in the words of the ledger. */
const FATES: readonly { readonly title: string; readonly id: keyof WasteBytes }[] = [
  { title: "overwritten", id: "overwrittenBytes" },
  { title: "metadata-only", id: "metadataOnlyBytes" },
  { title: "deleted", id: "deletedBytes" },
  { title: "opaque-hidden", id: "opaqueHiddenBytes" },
  { title: "duplicate-entry", id: "duplicateEntryBytes" },
];

/** A ratio is rounded down by who shows it: 99.99 % must not look like a clean image. */
function efficiency({ efficiency: ratio, waste }: Analysis): AmountCell {
  const amount = Math.floor(ratio * 1000) / 1000;
  return { kind: "amount", amount, unit: "ratio", tone: waste.bytes === 0 ? "good" : "waste" };
}

function sizes(analysis: Analysis): Section {
  const { contentBytes, blobBytes, tarBytes, rootfsBytes } = analysis.sizes;
  const unknown = (amount: number | null): string => (amount === null ? ": not known from this source" : "");
  const row = (title: string, amount: Cell, what: string): readonly Cell[] => [
    text(title),
    amount,
    text(what, "faint"),
  ];
  return {
    id: "sizes",
    title: null,
    columns: [
      { id: "measure", title: "" },
      { id: "amount", title: "size", ...NUMBER },
      { id: "meaning", title: "" },
    ],
    rows: [
      row(
        "content",
        bytes(contentBytes),
        `what it weighs unpacked: the files of ${plural(analysis.layers.length, "layer")}`,
      ),
      row("rootfs", bytes(rootfsBytes), "what a container sees of them"),
      row("wasted", wasted(analysis.waste.bytes), "overwritten or deleted by later layers, yet in every pull"),
      row("blob", bytes(blobBytes), `what a pull transfers: the compressed layers${unknown(blobBytes)}`),
      row("tar", bytes(tarBytes), `the layers as they are unpacked, headers and padding included${unknown(tarBytes)}`),
      row("efficiency", efficiency(analysis), "rootfs ÷ content"),
    ],
    isDetail: false,
    rank: 0,
  };
}

/** The instruction of a layer, with its number. */
function origin({ layers }: Analysis, layer: number): InstructionCell {
  const of: LayerAnalysis | undefined = layers[layer];
  return { kind: "instruction", layer, text: of?.instruction ?? null, isGuess: of?.confidence === "low" };
}

function layers(analysis: Analysis): Section {
  const fates = FATES.filter(({ id }) => analysis.waste[id] !== 0);
  const withBlobs = analysis.sizes.blobBytes !== null;
  return {
    id: "layers",
    title: "Layers, and what later ones made of their content",
    columns: [
      { id: "layer", title: "#", ...NUMBER },
      { id: "key", title: "instruction" },
      { id: "contentBytes", title: "content", ...NUMBER },
      ...fates.map(({ title, id }): Column => ({ id, title, ...NUMBER })),
      ...(withBlobs ? [{ id: "blobBytes", title: "blob", ...NUMBER }] : []),
    ],
    rows: analysis.layers.map((layer) => [
      { kind: "amount", amount: layer.index, unit: "count" },
      { ...origin(analysis, layer.index), layer: null },
      bytes(layer.contentBytes),
      ...fates.map(({ id }) => wasted(layer[id])),
      ...(withBlobs ? [bytes(layer.blobBytes)] : []),
    ]),
    isDetail: false,
    rank: 1,
  };
}

/** Rows that stand for so many, of which a shortened result may have left some out. */
function counted<Row>(
  analysis: Analysis,
  rows: readonly Row[],
  { list, one, many }: { readonly list: string; readonly one: string; readonly many?: string },
): { readonly one: string; readonly many: string | undefined; readonly count: number } {
  return { one, many, count: rows.length + (analysis.omitted[list]?.count ?? 0) };
}

function wastedFiles(analysis: Analysis): Section {
  const { wasted: files, waste } = analysis;
  return {
    id: "wasted",
    title: "Wasted",
    columns: [
      { id: "bytes", title: "bytes", ...NUMBER },
      { id: "key", title: "path" },
      { id: "fate", title: "fate" },
      { id: "addedIn", title: "added in layer" },
      { id: "removedIn", title: "removed in layer" },
    ],
    rows: files.map((file) => [
      wasted(file.bytes),
      { kind: "path", path: file.path },
      text(file.fate ?? "rewritten"),
      origin(analysis, file.addedIn),
      origin(analysis, file.removedIn),
    ]),
    extent: {
      ...counted(analysis, files, { list: "wasted", one: "file" }),
      sum: { bytes: waste.bytes, of: files.map((file) => file.bytes) },
    },
    isDetail: true,
    rank: 3,
  };
}

function groupColumns({ sizes: { blobBytes } }: Analysis, key: string): readonly Column[] {
  return [
    { id: "liveBytes", title: "live", ...NUMBER },
    { id: "wastedBytes", title: "wasted", ...NUMBER },
    ...(blobBytes === null ? [] : [{ id: "blobBytes", title: "blob", ...NUMBER }]),
    { id: "key", title: key },
  ];
}

function groupCells({ sizes: { blobBytes } }: Analysis, row: GroupRow, key: Cell): readonly Cell[] {
  return [bytes(row.liveBytes), wasted(row.wastedBytes), ...(blobBytes === null ? [] : [bytes(row.blobBytes)]), key];
}

function base(analysis: Analysis): Section {
  const { base: found, libc, groups } = analysis;
  const of = found.layers === 0 ? "no base image" : `${found.name ?? "a base image"}, ${plural(found.layers, "layer")}`;
  return {
    id: "base",
    title: "Base and yours",
    lines: [
      `${of}${libc.kind === null ? "" : `, ${libc.kind}`}; confidence ${found.confidence}:`,
      ...found.evidence.map((why) => `  ${why}`),
    ],
    columns: groupColumns(analysis, "layers of"),
    rows: groups.base.map((row) => groupCells(analysis, row, text(row.key))),
    isDetail: false,
    rank: 2,
  };
}

function categories(analysis: Analysis): Section {
  const rows = analysis.groups.category.filter(
    ({ contentBytes, blobBytes }) => contentBytes > 0 || (blobBytes ?? 0) > 0,
  );
  return {
    id: "categories",
    title: "What the bytes are",
    columns: groupColumns(analysis, "category"),
    rows: rows.map((row) => groupCells(analysis, row, text(categoryTitle(row.key)))),
    isDetail: false,
    rank: 2,
  };
}

/** Why a package is there, in a few words. */
function why({ explicit, installed, requiredBy }: PackageRow): string {
  if (!installed) return "removed";
  if (explicit === true) return "asked for";
  const [first, ...others] = requiredBy;
  if (first === undefined) return explicit === false ? "nobody needs it" : "";
  return `for ${first}${others.length === 0 ? "" : ` and ${others.length} more`}`;
}

function packages(analysis: Analysis): Section {
  const rows = analysis.packages.length === 0 ? [] : analysis.groups.package;
  const byKey = new Map(analysis.packages.map((row) => [`${row.ecosystem}/${row.name}`, row]));
  return {
    id: "packages",
    title: "Who owns them",
    columns: [
      ...groupColumns(analysis, "package"),
      { id: "version", title: "version" },
      { id: "layer", title: "layer", ...NUMBER },
      { id: "why", title: "why" },
    ],
    rows: rows.map((row) => {
      const known = byKey.get(row.key);
      const layer: Cell = known === undefined ? text("") : { kind: "amount", amount: known.layer, unit: "count" };
      return [
        ...groupCells(analysis, row, name(row.key)),
        name(known?.version ?? ""),
        layer,
        text(known === undefined ? "" : why(known)),
      ];
    }),
    extent: counted(analysis, rows, { list: "groups.package", one: "row" }),
    isDetail: true,
    rank: 4,
  };
}

function unowned(analysis: Analysis): Section {
  const rows = analysis.packages.length === 0 ? [] : analysis.unowned.filter(({ contentBytes }) => contentBytes > 0);
  const content = analysis.groups.package.find(({ key }) => key === UNOWNED)?.contentBytes ?? 0;
  return {
    id: "unowned",
    title: `Owned by no package: ${formatAmount(content, "bytes")}, by directory`,
    columns: groupColumns(analysis, "directory"),
    rows: rows.map((row) => groupCells(analysis, row, { kind: "path", path: row.key })),
    isDetail: true,
    rank: 5,
  };
}

function largestFiles(analysis: Analysis): Section {
  const files = analysis.largestFiles;
  return {
    id: "files",
    title: "Largest live files",
    columns: [
      { id: "bytes", title: "bytes", ...NUMBER },
      { id: "key", title: "path" },
      { id: "addedIn", title: "layer" },
    ],
    rows: files.map((file) => [bytes(file.bytes), { kind: "path", path: file.path }, origin(analysis, file.layer)]),
    extent: {
      ...counted(analysis, files, { list: "largestFiles", one: "file" }),
      sum: { bytes: analysis.sizes.rootfsBytes, of: files.map((file) => file.bytes) },
    },
    isDetail: true,
    rank: 5,
  };
}

function directories(analysis: Analysis): Section {
  const live = analysis.groups.directory
    .filter(({ liveBytes }) => liveBytes > 0)
    .sort((a, b) => b.liveBytes - a.liveBytes);
  return {
    id: "directories",
    title: "Largest live directories, by what lies directly in them",
    columns: groupColumns(analysis, "directory"),
    rows: live.map((row) => groupCells(analysis, row, { kind: "path", path: row.key })),
    isDetail: true,
    rank: 6,
  };
}

function warnings({ warnings: all }: Analysis): Section {
  return {
    id: "warnings",
    title: "Warnings",
    columns: [
      { id: "key", title: "warning" },
      { id: "message", title: "" },
      { id: "path", title: "" },
    ],
    rows: all.map(({ code, message, path }) => [
      { ...name(code), tone: "waste" },
      text(message),
      { kind: "path", path: path ?? "" },
    ]),
    isDetail: false,
    rank: 3,
  };
}

/** Where a finding is mended: its line of the Dockerfile, or the layers that store it. */
function place({ line, layers: stored, inBase }: Finding): string {
  const at = line !== null ? [`line ${line}`] : stored.length > 0 ? [`layer ${stored.join(", ")}`] : [];
  return [...at, ...(inBase ? ["base image"] : [])].join(", ");
}

function findingSection(id: string, title: string, found: readonly Finding[], rank: number): Section {
  return {
    id,
    title,
    columns: [
      { id: "contentBytes", title: "alone", ...NUMBER },
      { id: "rule", title: "rule" },
      { id: "place", title: "where" },
      { id: "key", title: "what" },
    ],
    rows: found.map((one) => [
      { ...bytes(one.bytes.content, "good"), isAbout: !one.exact.content },
      name(one.rule, one.docsUrl),
      text(place(one)),
      text(one.title),
    ]),
    isDetail: true,
    rank,
  };
}

/** The findings of the plan in its order, and those that it leaves to people. */
function findings(analysis: Analysis): readonly Section[] {
  const byId = new Map(analysis.findings.map((finding) => [finding.id, finding]));
  const { before, after, exact, findings: ids } = analysis.plan;
  const planned = ids.flatMap((id) => byId.get(id) ?? []);
  const others = analysis.findings.filter(({ id }) => !ids.includes(id));
  const sizesOfPlan = `${formatAmount(before.contentBytes, "bytes")} → ${formatAmount(after.contentBytes, "bytes")}`;
  const title = `Plan: ${sizesOfPlan}, ${exact.content ? "to the byte" : "about"}, with ${plural(planned.length, "change")}`;
  return [
    findingSection("plan", title, planned, 1),
    findingSection("findings", `Also found, each by itself: ${plural(others.length, "finding")}`, others, 3),
  ];
}

/** An analysis as a document: everything that it says, each section by its id. */
export function analysisDocument(analysis: Analysis): Document {
  const { reference, digest, configDigest, platform } = analysis.image;
  const facts = [platform === null ? "platform unknown" : formatPlatform(platform), `from ${analysis.source.kind}`];
  const hash = digest ?? configDigest;
  const content = formatAmount(analysis.sizes.contentBytes, "bytes");
  return {
    title: `${content} of content, ${formatAmount(analysis.waste.bytes, "bytes")} of it wasted`,
    subject: [
      name(reference ?? "image without a name"),
      text(facts.join(", ")),
      ...(hash === null ? [] : [name(hash)]),
    ],
    sections: [
      sizes(analysis),
      ...findings(analysis),
      layers(analysis),
      wastedFiles(analysis),
      base(analysis),
      categories(analysis),
      packages(analysis),
      unowned(analysis),
      largestFiles(analysis),
      directories(analysis),
      warnings(analysis),
    ].filter(({ rows }) => rows.length > 0),
  };
}

import type { Inspection, Inspections } from "@imgweigh/core";
import { escapeText, formatCount } from "@imgweigh/core/report";
import type { Surface } from "../commands/output-options.ts";
import { bytes, heading, plain, plural } from "./cells.ts";
import { imageTitle, platformText } from "./image-title.ts";
import { type Column, renderTable } from "./table.ts";

const SHORT_DIGEST_CHARS = 12;

function shortDigest(digest: string | null): string {
  return digest === null ? "-" : digest.slice(digest.indexOf(":") + 1).slice(0, SHORT_DIGEST_CHARS);
}

function layers(inspection: Inspection, surface: Surface): string {
  const listed = inspection.layers.some(({ listedBy }) => listedBy !== null);
  const columns: Column[] = [
    { title: "#", align: "right" },
    { title: "instruction", shrink: "end" },
    { title: "digest" },
    ...(listed ? [{ title: "listed by" }] : []),
    { title: "blob", align: "right" },
  ];
  const rows = inspection.layers.map((layer) => [
    { text: String(layer.index), paint: surface.style.dim },
    plain(layer.instruction === null ? "(no history)" : layer.instruction.replace(/\s+/g, " ")),
    plain(shortDigest(layer.digest ?? layer.diffId)),
    ...(listed ? [plain(layer.listedBy ?? "-")] : []),
    bytes(layer.blobBytes),
  ]);
  return heading("Layers", surface) + renderTable(columns, rows, surface);
}

/** What manifest and config say of an image, for people. */
export function renderInspection(inspection: Inspection, surface: Surface): string {
  const { blobBytes } = inspection.sizes;
  const size = blobBytes === null ? "not known from this source" : `${formatCount(blobBytes)} B`;
  const count = plural(inspection.layers.length, "layer");
  return [
    imageTitle(inspection.image, [`from ${inspection.source.kind}`], surface),
    `\n  ${bytes(blobBytes).text} in ${count}, what a pull transfers  ${surface.style.dim(size)}\n`,
    layers(inspection, surface),
  ].join("");
}

/** The same image for several platforms, a row each. */
export function renderInspections({ images }: Inspections, surface: Surface): string {
  const columns: Column[] = [
    { title: "platform" },
    { title: "layers", align: "right" },
    { title: "blob", align: "right" },
    { title: "digest", shrink: "end" },
  ];
  const rows = images.map(({ image, sizes, layers: own }) => [
    plain(platformText(image.platform)),
    plain(formatCount(own.length)),
    bytes(sizes.blobBytes),
    { text: image.digest ?? image.configDigest ?? "-", paint: surface.style.dim },
  ]);
  const [first] = images;
  const name = escapeText(first?.image.reference ?? "image without a name");
  return (
    heading(`${name}, ${plural(images.length, "platform")}`, surface).trimStart() + renderTable(columns, rows, surface)
  );
}

import type { Analyses } from "@imgweigh/core";
import { escapeText } from "@imgweigh/core/report";
import type { Surface } from "../commands/output-options.ts";
import { renderAnalysis } from "./analysis.ts";
import { bytes, heading, plain, plural, waste } from "./cells.ts";
import { platformText } from "./image-title.ts";
import { type Column, renderTable } from "./table.ts";

/** One image for several platforms: side by side, then each as it is shown alone. */
export function renderAnalyses({ analyses }: Analyses, top: number, surface: Surface): string {
  const columns: Column[] = [
    { title: "platform" },
    { title: "content", align: "right" },
    { title: "rootfs", align: "right" },
    { title: "wasted", align: "right" },
    { title: "blob", align: "right" },
  ];
  const rows = analyses.map(({ image, sizes, waste: wasted }) => [
    plain(platformText(image.platform)),
    bytes(sizes.contentBytes),
    bytes(sizes.rootfsBytes),
    waste(wasted.bytes, surface),
    bytes(sizes.blobBytes),
  ]);
  const name = escapeText(analyses[0]?.image.reference ?? "image without a name");
  const summary = heading(`${name}, ${plural(analyses.length, "platform")}`, surface).trimStart();
  return [
    summary + renderTable(columns, rows, surface),
    ...analyses.map((analysis) => renderAnalysis(analysis, top, surface)),
  ].join("\n");
}

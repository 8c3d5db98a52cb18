import type { Analysis, Finding } from "@imgweigh/core";
import { escapeText, formatBytes, formatCount } from "@imgweigh/core/report";
import type { PageData, PageFigure, PageFinding } from "./data/page-data.ts";

/** Files of a finding that the page lists; how many more there are is said. */
const LISTED_PATHS = 200;

/** What a page says of one image, beside its map. */
export function pageOfAnalysis(analysis: Analysis): PageData {
  const { image, layers, base, findings, plan, source } = analysis;
  const platform =
    image.platform === null ? "platform unknown" : Object.values(image.platform).filter(Boolean).join("/");
  const planned = new Set(plan.findings);
  return {
    title: escapeText(image.reference ?? image.digest ?? image.configDigest ?? "image"),
    subtitle: escapeText(`${platform}, from ${source.kind}${image.digest === null ? "" : `, ${image.digest}`}`),
    figures: figuresOf(analysis),
    layers: layers.map(({ instruction, contentBytes, blobBytes, liveBytes, index }) => ({
      instruction: instruction === null ? null : escapeText(instruction),
      contentBytes,
      blobBytes,
      liveBytes,
      inBase: index < base.layers,
    })),
    findings: findings.map((finding) => pageFinding(finding, planned)),
    planSaves: plan.findings.length === 0 ? null : plan.before.contentBytes - plan.after.contentBytes,
  };
}

function figuresOf({ sizes, waste, efficiency }: Analysis): PageFigure[] {
  const bytes = (value: number): string => `${formatBytes(value)} (${formatCount(value)} B)`;
  return [
    { label: "Unpacked", value: bytes(sizes.contentBytes), meaning: "the files of all layers" },
    { label: "In the container", value: bytes(sizes.rootfsBytes), meaning: "what a container sees of them" },
    {
      label: "Wasted",
      value: bytes(waste.bytes),
      meaning: "overwritten or deleted by later layers, yet in every pull",
    },
    {
      label: "To pull",
      value: sizes.blobBytes === null ? "not known" : bytes(sizes.blobBytes),
      meaning: sizes.blobBytes === null ? "the layers came uncompressed" : "the compressed layers",
    },
    { label: "Efficiency", value: `${(efficiency * 100).toFixed(1)} %`, meaning: "in the container ÷ unpacked" },
  ];
}

function pageFinding(finding: Finding, planned: ReadonlySet<string>): PageFinding {
  const { id, rule, title, severity, bytes, exact, fix, paths, docsUrl } = finding;
  const more = paths.length - LISTED_PATHS;
  return {
    id,
    rule: escapeText(rule),
    title: escapeText(title),
    severity,
    contentBytes: bytes.content,
    isExact: exact.content,
    inPlan: planned.has(id),
    advice: escapeText(fix.text),
    patch: editOf(fix),
    assumptions: [...fix.assumes, ...finding.assumptions].map(escapeText),
    paths: [...paths.slice(0, LISTED_PATHS).map(escapeText), ...(more > 0 ? [`and ${formatCount(more)} more`] : [])],
    docsUrl: /^https:\/\//.test(docsUrl ?? "") ? docsUrl : null,
  };
}

/** The edit as a patch of the Dockerfile, or, where none was given, of the instructions as the image records them. */
function editOf({ patch, change }: Finding["fix"]): string | null {
  if (patch !== null) return printable(patch);
  if (change === null) return null;
  const marked = (text: string, mark: string): string[] => text.split("\n").map((line) => `${mark} ${line}`);
  return printable([...marked(change.before, "-"), ...marked(change.after, "+")].join("\n"));
}

/** A patch keeps its lines. */
function printable(patch: string): string {
  return patch.split("\n").map(escapeText).join("\n");
}

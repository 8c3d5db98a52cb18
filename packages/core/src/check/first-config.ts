import { formatBytes } from "../bytes.ts";
import type { Analysis } from "../finding/analysis.ts";

/** What the first budgets leave free. */
const HEADROOM_PERCENT = 5;

/** What a first configuration says of its image. */
export interface FirstConfigOptions {
  /** As it is to stand in the file: a reference, a path, `${IMAGE}`. */
  readonly image: string;
  readonly platform?: string | undefined;
  readonly dockerfile?: string | undefined;
}

/** Text as YAML reads it back, whatever is in it; bare where that is the same. */
function scalar(text: string): string {
  return /^[A-Za-z./$][\w./:@${}-]*$/.test(text) && !text.endsWith(":") && !/^(true|false|null)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

const SCALE = [
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
] as const;

/** A limit that leaves some room, with two or three digits: what people would write. */
function roundUp(bytes: number): string {
  const wanted = bytes * (1 + HEADROOM_PERCENT / 100);
  for (const [unit, size] of SCALE) {
    if (wanted < size) continue;
    const scale = wanted < 100 * size ? 10 : 1;
    return `${Math.ceil((wanted / size) * scale) / scale} ${unit}`;
  }
  return wanted === 0 ? "0" : "1 kB";
}

function budgetLine(text: string, now: string): string {
  return `      - ${`{ ${text} }`.padEnd(44)} # now ${now}\n`;
}

/** What the image is now, with some room. */
function budgetLines({ sizes, waste, efficiency }: Analysis): string {
  const { contentBytes, blobBytes } = sizes;
  const least = Math.floor(efficiency * 100 - 1) / 100;
  return [
    budgetLine(`metric: content, max: ${roundUp(contentBytes)}`, formatBytes(contentBytes)),
    ...(blobBytes === null ? [] : [budgetLine(`metric: blob, max: ${roundUp(blobBytes)}`, formatBytes(blobBytes))]),
    budgetLine(`metric: wasted, max: ${roundUp(waste.bytes)}`, formatBytes(waste.bytes)),
    budgetLine(`metric: efficiency, min: ${Math.max(0, least)}`, `${(100 * efficiency).toFixed(1)} %`),
  ].join("");
}

function rulesLines(analysis: Analysis): string {
  const found = [...new Set(analysis.findings.map(({ rule }) => rule))].sort();
  if (found.length === 0)
    return "    # rules: { apt-lists: error }           # imgweigh rules lists them; warn unless said\n";
  const lines = found.map((rule) => `      ${rule}: warn\n`).join("");
  return `    # What it has now is told; at error a finding fails the check.\n    rules:\n${lines}`;
}

const HEAD = `# yaml-language-server: $schema=https://unpkg.com/@imgweigh/core/schema/config.v1.json
# What imgweigh check holds images against.
version: 1
failOn: error        # findings at this level fail the check: error, warn or off
images:
`;

/**
 * A first configuration for people to go on from: of an image as it is now, with {@link HEADROOM_PERCENT} % of room. Where
 * none was weighed it only holds back growth, and does not pass before it is given a baseline.
 */
export function firstConfig(analysis: Analysis | null, { image, platform, dockerfile }: FirstConfigOptions): string {
  const lines = [
    `  - image: ${scalar(image)}\n`,
    ...(platform === undefined ? [] : [`    platform: ${scalar(platform)}\n`]),
    ...(dockerfile === undefined ? [] : [`    dockerfile: ${scalar(dockerfile)}\n`]),
    "    # What it is compared with: an image, or a file of imgweigh baseline. A budget that it is wanted for goes with it.\n",
    "    # baseline: ./.imgweigh/baseline.json\n",
    "    budgets:\n",
    ...(analysis === null ? [] : [budgetLines(analysis)]),
    "      # With a baseline; fails only where both are exceeded.\n",
    `      ${analysis === null ? "" : "# "}- { metric: content, maxIncrease: 2% and 100 kB }\n`,
    ...(analysis === null ? [] : [rulesLines(analysis)]),
  ];
  return HEAD + lines.join("");
}

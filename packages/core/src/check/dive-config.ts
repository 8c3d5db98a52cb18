import { parseBytes } from "../bytes.ts";
import { parseLimit } from "./amounts.ts";
import type { Budget, CheckConfig } from "./check-config.ts";
import { ConfigDocument, type ConfigValue } from "./config-document.ts";
import { imageAlone } from "./image-alone.ts";

/** The rules of dive's CI mode (`lowestEfficiency`, or `lowest-efficiency` in `.dive.yaml`). */
const RULES = ["lowestEfficiency", "highestWastedBytes", "highestUserWastedPercent"] as const;
type DiveRule = (typeof RULES)[number];

function ruleOf(key: string): DiveRule | undefined {
  const camel = key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return RULES.find((rule) => rule === camel);
}

/** What was made of a rule. */
interface Translated {
  readonly budget: Omit<Budget, "origin"> | null;
  readonly note: string;
}

const EMPTY = { scope: null, max: null, min: null, maxIncrease: null } as const;

const OTHER_EFFICIENCY =
  "imgweigh divides what a container sees by what is stored, which is not dive's formula, so the number can differ";

function efficiency(least: number): Omit<Budget, "origin"> {
  // Written as people write it: 0.9, not 1 - 0.1.
  const text = String(Number(least.toFixed(6)));
  return { ...EMPTY, metric: "efficiency", min: parseLimit("efficiency", text) };
}

/** go-humanize, which dive reads sizes with, takes `20M` and `20Mi` too. */
function bytesOf(text: string): number | null {
  return parseBytes(text) ?? parseBytes(`${text}B`);
}

function translate(rule: DiveRule, text: string): Translated | null {
  if (rule === "highestWastedBytes") {
    const bytes = bytesOf(text);
    if (bytes === null) return null;
    const budget: Translated["budget"] = { ...EMPTY, metric: "wasted", max: { value: bytes, text } };
    return { budget, note: `became wasted max ${text}` };
  }
  if (!/^(?:[0-9]+|[0-9]*\.[0-9]+)$/.test(text) || Number(text) > 1) return null;
  if (rule === "lowestEfficiency")
    return { budget: efficiency(Number(text)), note: `became efficiency min ${text}; ${OTHER_EFFICIENCY}` };
  const budget = efficiency(1 - Number(text));
  return {
    budget,
    note: `became efficiency min ${budget.min?.text}: imgweigh counts the base image too, dive leaves the lowest layer out; ${OTHER_EFFICIENCY}`,
  };
}

/**
 * Reads the rules of a `.dive-ci` or `.dive.yaml`, for an image that is named elsewhere. `notes` say what was made of each.
 *
 * @throws {ImgweighError} CONFIG_INVALID where it is no YAML, or has no rules
 */
export async function parseDiveConfig(text: string, file: string, image: string): Promise<CheckConfig> {
  const document = await ConfigDocument.parse(text, file);
  const budgets: Budget[] = [];
  const notes: string[] = [];
  // The file also configures the rest of dive, which is none of our concern.
  const rules = document.map(document.root, null)?.get("rules");
  if (rules === undefined) document.refuse(document.root, "has no rules");
  for (const [key, value] of (rules && document.map(rules, null)) ?? []) {
    const note = readRule(document, key, value, budgets);
    if (note !== null) notes.push(`${file}:${value.line}: ${note}`);
  }
  document.finish();
  const origin = rules === undefined ? document.originOf(document.root) : document.originOf(rules);
  return {
    images: [imageAlone(image, budgets, origin)],
    notes: [...notes, ...(budgets.length === 0 ? [`${file} limits nothing`] : [])],
  };
}

/** Adds the rule's budget; returns what is to be said of it. */
function readRule(document: ConfigDocument, key: string, value: ConfigValue, budgets: Budget[]): string | null {
  const rule = ruleOf(key);
  if (rule === undefined) return `${key} is no rule of dive that imgweigh knows, and was passed over`;
  const scalar = document.scalar(value);
  const text = typeof scalar === "string" || typeof scalar === "number" ? String(scalar).trim() : "";
  if (text === "disabled") return null;
  const made = translate(rule, text);
  if (made === null) {
    document.refuse(
      value,
      `has to be ${rule === "highestWastedBytes" ? "bytes" : "a number from 0 to 1"}, or disabled`,
    );
    return null;
  }
  if (made.budget !== null) budgets.push({ ...made.budget, origin: document.originOf(value) });
  return `${key} ${made.note}`;
}

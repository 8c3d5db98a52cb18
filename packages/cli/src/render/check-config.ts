import { type Budget, type CheckConfig, type ImageCheck, type Origin, SETTINGS } from "@imgweigh/core/config";
import { escapeText, nameBudget } from "@imgweigh/core/report";
import type { Surface } from "../commands/output-options.ts";
import { plain } from "./cells.ts";
import { type Cell, renderTable } from "./table.ts";

function originText(origin: Origin | undefined): string {
  if (origin === undefined) return "default";
  return origin.file === null ? origin.key : `${origin.file}:${origin.line} ${origin.key}`;
}

function budgetText(budget: Budget): string {
  const { max, min, maxIncrease, platform = null } = budget;
  const bounds = Object.entries({ max, min, maxIncrease }).flatMap(([bound, limit]) =>
    limit === null ? [] : [`${bound} ${limit.text}`],
  );
  return `${nameBudget(budget)} ${bounds.join(", ")}${platform === null ? "" : ` (${platform})`}`;
}

function imageRows(check: ImageCheck, { style }: Surface): Cell[][] {
  const row = (name: string, value: string, origin: Origin | undefined): Cell[] => [
    plain(name),
    plain(value),
    { text: originText(origin), paint: style.dim },
  ];
  return [
    ...SETTINGS.map((setting) => row(setting, check[setting] ?? "-", check.origins[setting])),
    ...(["allPlatforms", "allowUnmeasured"] as const)
      .filter((name) => check[name])
      .map((name) => row(name, "true", check.origins[name])),
    ...(check.missingBaseline === "allow" ? [row("missingBaseline", "allow", check.origins.missingBaseline)] : []),
    ...check.budgets.map((budget) => row("budget", budgetText(budget), budget.origin)),
    ...check.rules.map(({ rule, level, origin }) => row("rule", `${rule} ${level}`, origin)),
    ...check.ignores.map(({ rule, path, reason, until, origin }) =>
      row(
        "ignore",
        [rule, path, until === null ? null : `until ${until}`, `(${reason})`].filter((part) => part !== null).join(" "),
        origin,
      ),
    ),
  ];
}

/** What would be checked, and where each value came from. */
export function renderConfig({ images, notes }: CheckConfig, surface: Surface): string {
  const columns = [{ title: "" }, { title: "value", shrink: "end" }, { title: "from" }] as const;
  return [
    ...images.map(
      (check) =>
        `${surface.style.bold(escapeText(check.name))}\n${renderTable(columns, imageRows(check, surface), surface)}`,
    ),
    ...(notes.length === 0 ? [] : [notes.map((note) => `${escapeText(note)}\n`).join("")]),
  ].join("\n");
}

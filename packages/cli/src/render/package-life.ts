import type { PackageReason } from "@imgweigh/core/ledger";
import { escapeText, formatBytes } from "@imgweigh/core/report";
import type { Surface } from "../commands/output-options.ts";
import { bytes, heading, plain, plural } from "./cells.ts";
import { renderTable } from "./table.ts";

function reason({ explicit, installed, essential, chains }: PackageReason): string {
  if (!installed) return "It is no longer installed";
  if (explicit === true) return "It was asked for";
  if (essential) return "The package manager keeps it whoever needs it";
  return chains.length > 0 ? "It came as a dependency" : "Nothing that was asked for leads to it";
}

function origin(life: PackageReason): string {
  return `${reason(life)}; layer ${life.layer} brought it: ${(life.instruction ?? "(no history)").replace(/\s+/g, " ")}`;
}

function removal({ removal: effect, exclusiveBytes }: PackageReason, surface: Surface): string {
  if (effect === null) return "";
  const title = heading("What removing it would free", surface);
  if (effect.refusal !== null) return `${title}  nothing: ${escapeText(effect.refusal)}\n`;
  const notes = effect.notes.map((note) => `  ${escapeText(note)}\n`).join("");
  if (effect.freed.length === 0) return `${title}  nothing\n${notes}`;
  const rows = effect.freed.map(({ key, liveBytes }) => [bytes(liveBytes), plain(key)]);
  const table = renderTable(
    [
      { title: "live", align: "right" },
      { title: "package", shrink: "end" },
    ],
    rows,
    surface,
  );
  return `${title}${table}${notes}\n  ${formatBytes(effect.freedBytes)} in ${plural(effect.freed.length, "package")}; ${formatBytes(exclusiveBytes)} are there because of it alone\n`;
}

/** Why a package is in the image, for people. */
export function renderPackageLife(life: PackageReason, surface: Surface): string {
  const { style } = surface;
  const wasted = life.wastedBytes === 0 ? "" : `, ${style.waste(`${formatBytes(life.wastedBytes)} wasted`)}`;
  const head = `${style.bold(escapeText(life.key))} ${escapeText(life.version ?? "")}  ${formatBytes(life.liveBytes)} live${wasted}\n`;
  const chains = life.chains.filter((chain) => chain.length > 1).map((chain) => `  ${escapeText(chain.join(" → "))}\n`);
  const why =
    chains.length === 0
      ? ""
      : heading("Why it is here: from what was asked for, down to it", surface) + chains.join("");
  return `${head}${escapeText(origin(life))}\n${why}${removal(life, surface)}`;
}

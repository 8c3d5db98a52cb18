import type { PackageReason, PathReason } from "@imgweigh/core/ledger";
import type { Surface } from "../commands/output-options.ts";
import { renderPackageLife } from "./package-life.ts";
import { renderPathLife } from "./path-life.ts";

/** Why a package or path is there, for people. */
export function renderReason(reason: PackageReason | PathReason, surface: Surface): string {
  return reason.kind === "package" ? renderPackageLife(reason, surface) : renderPathLife(reason, surface);
}

import { ImgweighError } from "../errors.ts";
import { formatPlatform, type Platform, parsePlatform, satisfies } from "../oci/platform.ts";
import type { Budget, ImageCheck } from "./check-config.ts";
import { withBudgets } from "./override.ts";

function isFor({ platform: wanted = null }: Budget, platform: Platform | null): boolean {
  return wanted !== null && platform !== null && satisfies(platform, parsePlatform(wanted));
}

/** The budgets of an image for a platform: those of every platform, over which its own win. */
export function budgetsOf(budgets: readonly Budget[], platform: Platform | null): readonly Budget[] {
  const general = budgets.filter(({ platform: wanted = null }) => wanted === null);
  const own = budgets.filter((budget) => isFor(budget, platform));
  if (own.length === 0) return general;
  return withBudgets(
    general,
    own.map((budget) => ({ ...budget, platform: null })),
  );
}

/**
 * With every platform of an image at hand, a budget for another one would never be judged.
 *
 * @throws {ImgweighError} CONFIG_INVALID
 */
export function requirePlatforms({ name, budgets }: ImageCheck, platforms: readonly (Platform | null)[]): void {
  const lost = budgets.find(
    (budget) => (budget.platform ?? null) !== null && !platforms.some((platform) => isFor(budget, platform)),
  );
  if (lost === undefined) return;
  const there = platforms.map((platform) => (platform === null ? "one of no platform" : formatPlatform(platform)));
  throw new ImgweighError(
    "CONFIG_INVALID",
    `NOT CHECKED: ${lost.origin.key} is a budget of ${name} for ${lost.platform}, and the image has no such platform`,
    { hint: `it has ${there.join(", ")}` },
  );
}

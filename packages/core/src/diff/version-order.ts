import { compareVersions as compareApk } from "../package-db/apk/version.ts";
import { compareVersions as compareDpkg } from "../package-db/dpkg/version.ts";
import { comparePacmanVersions } from "../package-db/pacman/version.ts";
import { compareEvrs } from "../package-db/rpm/version.ts";

const ORDERS: ReadonlyMap<string, (a: string, b: string) => number> = new Map([
  ["apk", compareApk],
  ["deb", compareDpkg],
  ["pacman", comparePacmanVersions],
  ["rpm", compareEvrs],
]);

// Numbers between dots mean the same everywhere.
const NUMBERS = /^v?\d{1,15}(?:\.\d{1,15})*$/;

/** Below 0 where `a` is older, above where it is newer; null where their order is not known. */
export function orderOfVersions(ecosystem: string, a: string, b: string): number | null {
  const own = ORDERS.get(ecosystem);
  if (own !== undefined) return own(a, b);
  return NUMBERS.test(a) && NUMBERS.test(b) ? compareNumbers(a, b) : null;
}

function compareNumbers(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.replace(/^v/, "").split(".").map(Number)) as [
    number[],
    number[],
  ];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = (left[i] ?? 0) - (right[i] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

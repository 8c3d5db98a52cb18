import type { DpkgPackage } from "./status.ts";

/** How packages are named in keys: `name`, or `name:arch` where that name is there for several architectures. */
export function packageNames(packages: readonly DpkgPackage[]): (found: DpkgPackage) => string {
  const counts = new Map<string, number>();
  for (const { name } of packages) counts.set(name, (counts.get(name) ?? 0) + 1);
  return ({ name, arch }) => ((counts.get(name) ?? 0) > 1 ? `${name}:${arch}` : name);
}

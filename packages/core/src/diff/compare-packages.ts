import type { PackageChange, PackageStatus } from "./diff.ts";
import { byText, keyOfPackage } from "./keys.ts";
import type { Snapshot, SnapshotPackage } from "./snapshot.ts";
import { orderOfVersions } from "./version-order.ts";

function statusOf(before: SnapshotPackage | undefined, after: SnapshotPackage | undefined): PackageStatus {
  if (before === undefined) return "added";
  if (after === undefined) return "removed";
  const order =
    before.version === null || after.version === null
      ? null
      : orderOfVersions(after.ecosystem, before.version, after.version);
  if (order === null || order === 0) return "changed";
  return order < 0 ? "upgraded" : "downgraded";
}

/** Packages that came, went, or have another version; the largest change first. */
export function comparePackages(base: Snapshot, head: Snapshot): PackageChange[] {
  const before = new Map(base.packages.map((row) => [keyOfPackage(row), row]));
  const after = new Map(head.packages.map((row) => [keyOfPackage(row), row]));
  const changes: PackageChange[] = [];
  const compare = (key: string): void => {
    const [old, now] = [before.get(key), after.get(key)];
    // A list that was cut does not say that a package was not there.
    if (old === undefined && base.omitted["packages"] !== undefined) return;
    if (now === undefined && head.omitted["packages"] !== undefined) return;
    if (old !== undefined && now !== undefined && old.version === now.version) return;
    const { ecosystem, name } = (now ?? old) as SnapshotPackage;
    changes.push({
      status: statusOf(old, now),
      ecosystem,
      name,
      baseVersion: old?.version ?? null,
      headVersion: now?.version ?? null,
      liveBytes: (now?.liveBytes ?? 0) - (old?.liveBytes ?? 0),
      wastedBytes: (now?.wastedBytes ?? 0) - (old?.wastedBytes ?? 0),
    });
  };
  for (const key of after.keys()) compare(key);
  for (const key of before.keys()) if (!after.has(key)) compare(key);
  const size = ({ liveBytes, wastedBytes }: PackageChange): number => Math.abs(liveBytes + wastedBytes);
  return changes.sort((a, b) => size(b) - size(a) || byText(keyOfPackage(a), keyOfPackage(b)));
}

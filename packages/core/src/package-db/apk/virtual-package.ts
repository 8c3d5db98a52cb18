import type { InstalledRecord } from "./installed-records.ts";
import { compareVersions } from "./version.ts";

/** What apk writes as the description of what `apk add --virtual` makes. */
export const VIRTUAL_DESCRIPTION = "virtual meta package";

/**
 * The version of a virtual package: the time at which it was made, in all versions of apk-tools from 2.10.4 on (Alpine
 * 3.10), 0 before. Only its length matters here.
 */
export function virtualVersion(apkTools: string | null): string {
  return apkTools !== null && compareVersions(apkTools, "2.10.4") < 0 ? "0" : "20000101.000000";
}

/** The word of world that asks for a virtual package. */
export function virtualToken(name: string, version: string): string {
  return version === "0" ? name : `${name}=${version}`;
}

/** The record of a virtual package, as 2.10.1 and 2.14.4 write it. Its checksum is another one each time. */
export function virtualRecord(name: string, version: string, depends: readonly string[]): InstalledRecord {
  const checksum = `Q1${"A".repeat(27)}=`;
  const tokens = [...new Set(depends)];
  const lines = [
    `C:${checksum}`,
    `P:${name}`,
    `V:${version}`,
    "A:noarch",
    "S:0",
    "I:0",
    `T:${VIRTUAL_DESCRIPTION}`,
    "U:",
    "L:",
    ...(tokens.length === 0 ? [] : [`D:${tokens.join(" ")}`]),
  ];
  return { name, checksum, text: lines.join("\n") };
}

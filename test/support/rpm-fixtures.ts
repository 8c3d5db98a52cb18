import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const folder = new URL("../fixtures/rpm/", import.meta.url);

/** A database made by the real tools, unpacked; see the README beside them. */
export function fixture(name: string): Buffer {
  const bytes = readFileSync(new URL(name, folder));
  return name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

interface ExpectedPackage {
  readonly name: string;
  readonly version: string;
  readonly files: readonly string[];
}

export interface Expected {
  readonly packages: readonly ExpectedPackage[];
  readonly ndbPackages: readonly ExpectedPackage[];
  readonly requires: Readonly<Record<string, readonly string[]>>;
  readonly reasons: Readonly<Record<string, string>>;
  readonly removals: Readonly<Record<string, { readonly freed: readonly string[]; readonly rpm: readonly string[] }>>;
}

export function expected(): Expected {
  return JSON.parse(fixture("expected.json").toString("utf8")) as Expected;
}

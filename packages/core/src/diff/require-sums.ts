import { NotAsExpected } from "./json-reader.ts";
import { keyOfFile, keyOfPackage } from "./keys.ts";
import type { Snapshot, Weight } from "./snapshot.ts";

const COLUMNS = ["contentBytes", "liveBytes", "wastedBytes"] as const;

interface Rows {
  readonly rows: readonly Weight[];
  readonly isWhole: boolean;
  readonly keyOf?: (index: number) => string;
}

function requireRows(place: string, { rows, isWhole, keyOf }: Rows, total: Weight): void {
  const sums = { contentBytes: 0, liveBytes: 0, wastedBytes: 0 };
  const keys = new Set<string>();
  rows.forEach((row, i) => {
    if (row.contentBytes !== row.liveBytes + row.wastedBytes)
      throw new NotAsExpected("the sum of its live and wasted bytes", `${place}[${i}].contentBytes`);
    if (keyOf !== undefined && keys.size === keys.add(keyOf(i)).size)
      throw new NotAsExpected("a row of its own", `${place}[${i}]`);
    for (const column of COLUMNS) sums[column] += row[column];
  });
  for (const column of COLUMNS) {
    if (sums[column] > total[column] || (isWhole && sums[column] < total[column]))
      throw new NotAsExpected(`what the image is made of: ${column} do not add up`, place);
  }
}

/**
 * A file that was merged or edited by hand would compare wrongly, and nobody would see it.
 *
 * @throws {NotAsExpected} where a list does not sum to the image, or has a row twice
 */
export function requireSums({ sizes, waste, layers, groups, packages, files, omitted }: Snapshot): void {
  const { contentBytes, rootfsBytes, blobBytes } = sizes;
  const total: Weight = { contentBytes, liveBytes: rootfsBytes, wastedBytes: waste.bytes, blobBytes };
  requireRows("sizes", { rows: [total], isWhole: true }, total);
  requireRows("layers", { rows: layers, isWhole: true }, total);
  for (const [name, rows] of Object.entries(groups)) {
    const isWhole = omitted[`groups.${name}`] === undefined;
    requireRows(`groups.${name}`, { rows, isWhole, keyOf: (i) => rows[i]?.key ?? "" }, total);
  }
  requireRows(
    "files",
    { rows: files, isWhole: false, keyOf: (i) => keyOfFile(files[i] as (typeof files)[number]) },
    total,
  );
  const seen = new Set<string>();
  packages.forEach((row, i) => {
    if (seen.size === seen.add(keyOfPackage(row)).size) throw new NotAsExpected("a row of its own", `packages[${i}]`);
  });
}

import { keyOfPath } from "../image-path.ts";
import { NotAsExpected } from "./json-reader.ts";
import { keyOfPackage } from "./keys.ts";
import type { Snapshot, Weight } from "./snapshot.ts";
import { sumOfWeights, totalOf } from "./weights.ts";

const COLUMNS = ["contentBytes", "liveBytes", "wastedBytes", "blobBytes"] as const;

interface Rows {
  readonly rows: readonly Weight[];
  readonly isWhole: boolean;
  readonly keyOf?: (index: number) => string;
}

function requireRows(place: string, { rows, isWhole, keyOf }: Rows, total: Weight): void {
  const keys = new Set<string>();
  rows.forEach((row, i) => {
    if (row.contentBytes !== row.liveBytes + row.wastedBytes)
      throw new NotAsExpected("the sum of its live and wasted bytes", `${place}[${i}].contentBytes`);
    if (keyOf !== undefined && keys.size === keys.add(keyOf(i)).size)
      throw new NotAsExpected("a row of its own", `${place}[${i}]`);
  });
  const sum = sumOfWeights(rows);
  for (const column of COLUMNS) {
    const [parts, whole] = [sum[column], total[column]];
    if (parts === null || whole === null) continue;
    if (parts > whole || (isWhole && parts < whole))
      throw new NotAsExpected(`what the image is made of: ${column} do not add up`, place);
  }
}

/**
 * A file that was merged or edited by hand would compare wrongly, and nobody would see it.
 *
 * @throws {NotAsExpected} where a list does not sum to the image, or has a row twice
 */
export function requireSums(snapshot: Snapshot): void {
  const { layers, groups, packages, files, omitted } = snapshot;
  const total = totalOf(snapshot);
  if (total.contentBytes !== total.liveBytes + total.wastedBytes)
    throw new NotAsExpected("the sum of live and wasted bytes", "sizes.contentBytes");
  requireRows("layers", { rows: layers, isWhole: true }, total);
  for (const [name, rows] of Object.entries(groups)) {
    const isWhole = omitted[`groups.${name}`] === undefined;
    requireRows(`groups.${name}`, { rows, isWhole, keyOf: (i) => rows[i]?.key ?? "" }, total);
  }
  requireRows(
    "files",
    { rows: files, isWhole: false, keyOf: (i) => keyOfPath(files[i] as (typeof files)[number]) },
    total,
  );
  const seen = new Set<string>();
  packages.forEach((row, i) => {
    if (seen.size === seen.add(keyOfPackage(row)).size) throw new NotAsExpected("a row of its own", `packages[${i}]`);
  });
}

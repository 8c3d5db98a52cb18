/** What a list was cut by. */
export interface Omitted {
  readonly count: number;
  /** null where what was left out has no sum of its own. */
  readonly bytes: number | null;
}

/** Cuts the lists of a result and keeps count of what it leaves out. */
export interface ListCutter {
  cut<Row>(name: string, rows: readonly Row[], bytesOf: (row: Row) => number): readonly Row[];
  /** What the lists were cut by, this time and before, by name. */
  readonly omitted: Readonly<Record<string, Omitted>>;
}

/** @param before what the lists had lost already */
export function listCutter(limit: number, before: Readonly<Record<string, Omitted>>): ListCutter {
  const omitted: Record<string, Omitted> = { ...before };
  return {
    omitted,
    cut(name, rows, bytesOf) {
      if (rows.length <= limit) return rows;
      const left = rows.slice(limit);
      const already = omitted[name] ?? { count: 0, bytes: 0 };
      omitted[name] = {
        count: already.count + left.length,
        bytes: left.reduce((sum, row) => sum + bytesOf(row), already.bytes ?? 0),
      };
      return rows.slice(0, limit);
    },
  };
}

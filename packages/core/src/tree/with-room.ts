/** A column that holds at least `total` rows: itself, or a copy with room for half as many again, filled up. */
export function withRoom<Column extends Uint8Array | Int32Array | Uint32Array>(
  column: Column,
  total: number,
  filling: number,
): Column {
  if (total <= column.length) return column;
  const grown = new (column.constructor as new (length: number) => Column)(Math.max(total, column.length * 1.5) | 0);
  grown.set(column);
  return grown.fill(filling, column.length) as Column;
}

const UNITS = new Map([
  ["b", 1],
  ["kb", 1e3],
  ["mb", 1e6],
  ["gb", 1e9],
  ["tb", 1e12],
  ["kib", 2 ** 10],
  ["mib", 2 ** 20],
  ["gib", 2 ** 30],
  ["tib", 2 ** 40],
]);

/**
 * Bytes of a text such as `10 MB` (10ⁿ), `1.5 GiB` (2ⁿ) or `4096` (bytes); null where it is not one.
 * A bare `K` or `M` is refused, because people disagree about what it means.
 */
export function parseBytes(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  if (!match) return null;
  const unit = UNITS.get((match[2] || "b").toLowerCase());
  if (unit === undefined) return null;
  const bytes = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

const SCALE = [
  ["TB", 1e12],
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
] as const;

/** `7792915` → `7.79 MB`: decimal units, three significant digits, exact below 1 kB. */
export function formatBytes(bytes: number): string {
  const magnitude = Math.abs(bytes);
  for (const [unit, size] of SCALE) {
    const value = magnitude / size;
    // 999,999 would be 1000 kB when rounded: the next unit up says it better.
    if (value < (unit === "kB" ? 1 : 0.9995)) continue;
    const decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return `${(bytes / size).toFixed(decimals)} ${unit}`;
  }
  return `${bytes} B`;
}

/** `1234567` → `1,234,567`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

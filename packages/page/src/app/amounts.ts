const UNITS = [
  ["terabyte", 1e12],
  ["gigabyte", 1e9],
  ["megabyte", 1e6],
  ["kilobyte", 1e3],
] as const;

const formats = new Map<string, Intl.NumberFormat>();

function formatOf(unit: string, digits: number): Intl.NumberFormat {
  const key = `${unit} ${digits}`;
  let format = formats.get(key);
  if (format === undefined) {
    // English, so that a page reads alike on every machine, and in the words of the other reports.
    format = new Intl.NumberFormat("en", {
      style: "unit",
      unit,
      minimumSignificantDigits: digits,
      maximumSignificantDigits: digits,
    });
    formats.set(key, format);
  }
  return format;
}

/** `7792915` → `7.79 MB`: decimal units, three significant digits, exact below 1 kB. */
export function formatBytes(bytes: number): string {
  const magnitude = Math.abs(bytes);
  for (const [unit, size] of UNITS) {
    // 999,999 would be 1,000 kB when rounded: the next unit up says it better.
    if (magnitude >= (unit === "kilobyte" ? size : size * 0.9995)) return formatOf(unit, 3).format(bytes / size);
  }
  return `${bytes} B`;
}

const counts = new Intl.NumberFormat("en");

/** `1234567` → `1,234,567`. */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** `0.1234` → `12.3 %`. */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 2 : 1)} %`;
}

import { formatBytes, formatCount } from "@imgweigh/core/report";
import type { Surface } from "../commands/output-options.ts";
import type { Cell } from "./table.ts";

export function plain(text: string): Cell {
  return { text };
}

/** A size; `?` where it is not known. */
export function bytes(value: number | null): Cell {
  return plain(value === null ? "?" : formatBytes(value));
}

/** Waste stands out, and its absence does not. */
export function waste(value: number | null, { style }: Surface): Cell {
  if (value === 0) return { text: "-", paint: style.dim };
  return { ...bytes(value), paint: style.waste };
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

export function heading(text: string, { style }: Surface): string {
  return `\n${style.bold(text)}\n`;
}

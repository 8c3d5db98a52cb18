import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Colours, or nothing. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  waste(text: string): string;
  good(text: string): string;
  error(text: string): string;
}

export function styleFor(color: boolean): Style {
  const apply = (format: Format) => (text: string) =>
    color ? styleText(format, text, { validateStream: false }) : text;
  return { bold: apply("bold"), dim: apply("dim"), waste: apply("yellow"), good: apply("green"), error: apply("red") };
}

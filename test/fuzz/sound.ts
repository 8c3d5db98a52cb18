import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { Broken } from "./part.ts";

let validate: ValidateFunction | null = null;

interface Row {
  readonly key: string;
  readonly contentBytes: number;
  readonly liveBytes: number;
  readonly wastedBytes: number;
}

interface Result {
  readonly sizes: { readonly contentBytes: number; readonly rootfsBytes: number };
  readonly waste: Readonly<Record<string, number>>;
  readonly wasted: readonly { readonly bytes: number }[];
  readonly groups: Readonly<Record<string, readonly Row[]>>;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** A result is what its schema says, and obeys the law of conservation. @throws {Broken} */
export function requireSound(result: Result): void {
  if (validate === null) {
    const path = new URL(process.env["IMGWEIGH_FUZZ_SCHEMA"] as string);
    validate = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(readFileSync(path, "utf8")));
  }
  if (!validate(result)) throw new Broken(`breaks its schema: ${JSON.stringify(validate.errors?.slice(0, 3))}`);
  const { sizes, waste, wasted, groups } = result;
  const same = (a: number, b: number, what: string): void => {
    if (a !== b) throw new Broken(`${what}: ${a} and ${b}`);
  };
  same(sizes.rootfsBytes + (waste["bytes"] as number), sizes.contentBytes, "live and wasted bytes, content bytes");
  same(sum(wasted.map(({ bytes }) => bytes)), waste["bytes"] as number, "wasted files, waste");
  const { bytes: _, ...parts } = waste;
  same(sum(Object.values(parts)), waste["bytes"] as number, "parts of waste, waste");
  for (const [name, rows] of Object.entries(groups)) {
    same(sum(rows.map(({ contentBytes }) => contentBytes)), sizes.contentBytes, `rows by ${name}, content bytes`);
    same(sum(rows.map(({ liveBytes }) => liveBytes)), sizes.rootfsBytes, `live bytes by ${name}, live bytes`);
    for (const row of rows) same(row.liveBytes + row.wastedBytes, row.contentBytes, `row ${JSON.stringify(row.key)}`);
  }
}

import { isCopy } from "../../build/build.ts";
import { baseName } from "../../image-path.ts";
import { trimEndOf } from "../../trim-ends.ts";
import type { Facts } from "../facts.ts";
import type { StoredFile } from "../rule.ts";

/** What the classic builder records of a COPY of one file: who copies a file by its name wants it. */
const ONE_FILE = /^(?:COPY|ADD) (?:--\S+ )*file:/;

/** Whether the COPY that brought a file names it, or a directory above it that a name with a dot tells from others. */
export function isNamed({ layer, path }: StoredFile, facts: Facts): boolean {
  const step = facts.stepOf(layer);
  if (step === null || !isCopy(step)) return false;
  const { text } = step.instruction;
  if (ONE_FILE.test(text)) return true;
  const sources = text.split(/\s+/).slice(1, -1);
  const names = new Set(path.split("/").filter((name) => name.includes(".") || name === baseName(path)));
  return sources.some((source) => names.has(baseName(trimEndOf(source, "/"))));
}

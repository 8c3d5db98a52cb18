import type { Rule } from "./rule.ts";
import { copiedThenRemoved } from "./rules/copied-then-removed.ts";
import { deletedLater } from "./rules/deleted-later.ts";
import { duplicateContent } from "./rules/duplicate-content.ts";
import { duplicateEntries } from "./rules/duplicate-entries.ts";
import { metadataCopy } from "./rules/metadata-copy.ts";
import { movedAcrossLayers } from "./rules/moved-across-layers.ts";
import { overwrittenLater } from "./rules/overwritten-later.ts";
import { packageDatabaseRewrite } from "./rules/package-database-rewrite.ts";
import { tmpFiles } from "./rules/tmp-files.ts";

/** Every rule, in alphabetical order. */
export const RULES: readonly Rule[] = [
  copiedThenRemoved,
  deletedLater,
  duplicateContent,
  duplicateEntries,
  metadataCopy,
  movedAcrossLayers,
  overwrittenLater,
  packageDatabaseRewrite,
  tmpFiles,
];

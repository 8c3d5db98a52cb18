import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { JSONObjectReader } from "@actions/workflow-parser/templates/json-object-reader";
import { TemplateSchema } from "@actions/workflow-parser/templates/schema/index";
import { TemplateContext, TemplateValidationErrors } from "@actions/workflow-parser/templates/template-context";
import { readTemplate } from "@actions/workflow-parser/templates/template-reader";
import { NoOperationTraceWriter } from "@actions/workflow-parser/templates/trace-writer";
import { YamlObjectReader } from "@actions/workflow-parser/workflows/yaml-object-reader";

// Its own entry imports the schemas in a way that Node refuses (JSON without an import attribute).
const PARSER = resolve(dirname(fileURLToPath(import.meta.url)), "../../node_modules/@actions/workflow-parser/dist");

const KINDS = {
  action: { schema: "action-v1.0.min.json", root: "action-root-strict" },
  workflow: { schema: "workflow-v1.0.min.json", root: "workflow-root-strict" },
} as const;

/** What GitHub's own parser finds wrong with a file: its shape, and the names in its expressions. */
export function mistakesIn(kind: keyof typeof KINDS, text: string): string[] {
  const { schema, root } = KINDS[kind];
  const reader = new JSONObjectReader(undefined, readFileSync(join(PARSER, schema), "utf8"));
  const errors = new TemplateValidationErrors();
  const context = new TemplateContext(errors, TemplateSchema.load(reader), new NoOperationTraceWriter());
  const file = context.getFileId(`${kind}.yml`);
  const yaml = new YamlObjectReader(file, text);
  if (yaml.errors.length > 0) return yaml.errors.map(({ message }) => message);
  readTemplate(context, root, yaml, file);
  return errors.getErrors().map(({ message }) => message);
}

import { data, Evaluator, Lexer, Parser } from "@actions/expressions";

/** A context that knows its names: GitHub makes nothing of a name it does not know, and a mistake would go unseen. */
class StrictDictionary extends data.Dictionary {
  readonly #name: string;
  constructor(name: string, values: Readonly<Record<string, unknown>>, strict: boolean) {
    super(...Object.entries(values).map(([key, value]) => ({ key, value: dataOf(`${name}.${key}`, value, strict) })));
    this.#name = name;
  }

  override get(key: string): data.ExpressionData | undefined {
    const value = super.get(key);
    if (value === undefined) throw new Error(`${this.#name} has no ${key}`);
    return value;
  }
}

function dataOf(name: string, value: unknown, strict: boolean): data.ExpressionData {
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (value === null || value === undefined) return new data.Null();
  const values = value as Readonly<Record<string, unknown>>;
  if (strict && !name.endsWith(".outputs")) return new StrictDictionary(name, values, strict);
  // What a step that was skipped would have said is nothing.
  const pairs = Object.entries(values).map(([key, one]) => ({ key, value: dataOf(`${name}.${key}`, one, strict) }));
  return new data.Dictionary(...pairs);
}

export interface Contexts {
  readonly [name: string]: Readonly<Record<string, unknown>>;
}

/** How the steps before went: what `success()` and its kin ask for. */
export type JobStatus = "success" | "failure" | "cancelled";

function statusFunctions(status: JobStatus) {
  const ask = (name: string, holds: boolean) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(holds),
  });
  return [
    ask("always", true),
    ask("success", status === "success"),
    ask("failure", status === "failure"),
    ask("cancelled", status === "cancelled"),
  ];
}

/** The value of an expression, by GitHub's own evaluator. Throws for a name or function that there is not. */
function evaluate(expression: string, contexts: Contexts, status: JobStatus): data.ExpressionData {
  const functions = statusFunctions(status);
  const { tokens } = new Lexer(expression).lex();
  const parsed = new Parser(tokens, Object.keys(contexts), functions).parse();
  const root = new data.Dictionary(
    ...Object.entries(contexts).map(([key, values]) => ({ key, value: dataOf(key, values, true) })),
  );
  return new Evaluator(parsed, root, new Map(functions.map((one) => [one.name, one]))).evaluate();
}

/** Text with its `${{ … }}` filled in. */
export function interpolate(text: string, contexts: Contexts, status: JobStatus = "success"): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, inner: string) =>
    evaluate(inner.trim(), contexts, status).coerceString(),
  );
}

/** Whether a step runs: without a word about the status, only if all went well before. */
export function holds(condition: string | undefined, contexts: Contexts, status: JobStatus): boolean {
  if (condition === undefined) return status === "success";
  const inner = /^\s*\$\{\{(.*)\}\}\s*$/s.exec(condition)?.[1] ?? condition;
  const asked = /\b(?:always|success|failure|cancelled)\s*\(/.test(inner);
  if (!asked && status !== "success") return false;
  const value = evaluate(inner.trim(), contexts, status);
  return value.coerceString() !== "" && value.coerceString() !== "false" && value.coerceString() !== "0";
}

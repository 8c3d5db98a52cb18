import type { Alias, LineCounter, Node, Scalar, YAMLMap } from "yaml";
import { ImgweighError } from "../errors.ts";
import { escapeText } from "../escape.ts";
import type { Origin } from "./check-config.ts";
import { otherChoice, unknownWord } from "./near-word.ts";

type Yaml = typeof import("yaml");

/** Characters of a configuration: people write far fewer, and what parses it is not made for a hostile million. */
const MAX_CHARACTERS = 65_536;
/** Values looked at, an alias's each time: aliases of aliases could otherwise make very many of few. */
const MAX_VALUES = 20_000;

/** A value of the file, at a place. */
export interface ConfigValue {
  readonly node: Node | null;
  /** `images[0].budgets[2].max`. */
  readonly key: string;
  /** 1-based. */
  readonly line: number;
}

interface Problem {
  readonly line: number;
  readonly text: string;
}

function countOf(count: number): string {
  return `${count} ${count === 1 ? "mistake" : "mistakes"}`;
}

/** @throws {ImgweighError} CONFIG_INVALID with every problem, a line each */
export function failConfig(file: string, problems: readonly Problem[]): never {
  const sorted = [...problems].sort((a, b) => a.line - b.line);
  const lines = sorted.map(({ line, text }) => escapeText(`${file}:${line}: ${text}`));
  const title = lines.length === 1 ? [] : [`${countOf(lines.length)} in ${escapeText(file)}`];
  throw new ImgweighError("CONFIG_INVALID", [...title, ...lines].join("\n"), {
    hint: "docs/check.md describes the file; its JSON Schema is @imgweigh/core/schema/config.v1.json",
    details: { file, problems: lines },
  });
}

/** A YAML or JSON file that is read value by value, collecting everything that is wrong with it. */
export class ConfigDocument {
  readonly file: string;
  readonly root: ConfigValue;
  readonly #yaml: Yaml;
  readonly #lines: LineCounter;
  readonly #aliases: ReadonlyMap<Alias, Node>;
  readonly #problems: Problem[] = [];
  #values = 0;

  private constructor(file: string, yaml: Yaml, lines: LineCounter, root: Node | null, aliases: Map<Alias, Node>) {
    this.file = file;
    this.#yaml = yaml;
    this.#lines = lines;
    this.#aliases = aliases;
    this.root = this.#value(root, "", 1);
  }

  /** @throws {ImgweighError} CONFIG_INVALID where the text is not YAML at all */
  static async parse(text: string, file: string): Promise<ConfigDocument> {
    if (text.length > MAX_CHARACTERS)
      failConfig(file, [{ line: 1, text: `the file has more than ${MAX_CHARACTERS} characters` }]);
    const yaml = await import("yaml");
    const lines = new yaml.LineCounter();
    try {
      const document = yaml.parseDocument(text, {
        version: "1.2",
        schema: "core",
        // Told with the other mistakes; the parser's own search is quadratic.
        uniqueKeys: false,
        prettyErrors: false,
        lineCounter: lines,
      });
      const wrong = [...document.errors, ...document.warnings];
      if (wrong.length > 0)
        failConfig(
          file,
          wrong.map(({ message, pos }) => ({ line: Math.max(1, lines.linePos(pos[0]).line), text: message })),
        );
      const aliases = new Map<Alias, Node>();
      const anchors = new Map<string, Node>();
      yaml.visit(document, {
        Alias: (_key, alias) => {
          const node = anchors.get(alias.source);
          if (node !== undefined) aliases.set(alias, node);
        },
        Value: (_key, node) => {
          if (node.anchor !== undefined) anchors.set(node.anchor, node);
        },
      });
      return new ConfigDocument(file, yaml, lines, document.contents, aliases);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return failConfig(file, [{ line: 1, text: "the file is nested too deeply" }]);
    }
  }

  /** Notes a problem; `undefined`, so that readers can return it. */
  refuse({ line, key }: Pick<ConfigValue, "line" | "key">, text: string): undefined {
    this.#problems.push({ line, text: key === "" ? `the file ${text}` : `${key} ${text}` });
    return undefined;
  }

  /** @throws {ImgweighError} CONFIG_INVALID with all that was noted */
  finish(): void {
    if (this.#problems.length > 0) failConfig(this.file, this.#problems);
  }

  originOf({ key, line }: ConfigValue): Origin {
    return { file: this.file, line, key };
  }

  #value(node: unknown, key: string, parentLine: number): ConfigValue {
    if (++this.#values > MAX_VALUES)
      failConfig(this.file, [{ line: parentLine, text: `the file has more than ${MAX_VALUES} values` }]);
    const start = this.#yaml.isNode(node) ? node.range?.[0] : undefined;
    const line = start === undefined ? parentLine : this.#lines.linePos(start).line;
    const target = this.#yaml.isAlias(node) ? this.#aliases.get(node) : node;
    return { node: this.#yaml.isNode(target) ? target : null, key, line };
  }

  /** The entries of a mapping by name; without `known`, of any name. */
  map(value: ConfigValue, known: readonly string[] | null): ReadonlyMap<string, ConfigValue> | undefined {
    if (!this.#yaml.isMap(value.node)) return this.refuse(value, "has to be a mapping");
    const entries = new Map<string, ConfigValue>();
    for (const { key, value: inner } of (value.node as YAMLMap).items) {
      const name = this.#yaml.isScalar(key) ? String(key.value) : null;
      const at = this.#value(key, "", value.line);
      if (name === null) {
        this.refuse({ ...at, key: value.key }, "has a key that is not plain text");
        continue;
      }
      const path = value.key === "" ? name : `${value.key}.${name}`;
      const entry = { ...this.#value(inner, path, at.line), line: at.line };
      if (entries.has(name)) this.refuse(entry, "is there twice");
      else if (known !== null && !known.includes(name)) this.refuse(entry, unknownWord(name, known));
      else entries.set(name, entry);
    }
    return entries;
  }

  list(value: ConfigValue): readonly ConfigValue[] | undefined {
    if (!this.#yaml.isSeq(value.node)) return this.refuse(value, "has to be a list");
    return value.node.items.map((item, i) => this.#value(item, `${value.key}[${i}]`, value.line));
  }

  /** What stands at a place, if it is no collection. */
  scalar({ node }: ConfigValue): unknown {
    return this.#yaml.isScalar(node) ? (node as Scalar).value : undefined;
  }

  text(value: ConfigValue): string | undefined {
    const text = this.scalar(value);
    return typeof text === "string" && text !== "" ? text : this.refuse(value, "has to be text");
  }

  choice<Choice extends string>(value: ConfigValue, choices: readonly Choice[]): Choice | undefined {
    const text = this.scalar(value);
    return choices.find((choice) => choice === text) ?? this.refuse(value, otherChoice(text, choices));
  }

  /** The value at `images[0].budgets[2].max`; null where there is none. */
  at(key: string): ConfigValue | null {
    let value: ConfigValue | undefined = this.root;
    for (const [, name, index] of key.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
      if (value === undefined) return null;
      value = name === undefined ? this.list(value)?.[Number(index)] : this.map(value, null)?.get(name);
    }
    return value ?? null;
  }

  /** Where a scalar's source stands in the text: offsets of its first character and past its last; null for others. */
  sourceOf({ node }: ConfigValue): readonly [number, number] | null {
    const range = this.#yaml.isScalar(node) ? node.range : null;
    return range ? [range[0], range[1]] : null;
  }
}

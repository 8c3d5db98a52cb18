import type { Rule } from "../finding/rule.ts";
import { AMOUNT_FORMS, parseIncrease, parseLimit, type Unit, unitOf } from "./amounts.ts";
import {
  type Budget,
  type CheckConfig,
  type Ignore,
  type ImageCheck,
  LEVELS,
  type Level,
  METRICS,
  type Metric,
  MISSING_BASELINE,
  type Origin,
  type RuleLevel,
  SCOPES,
  type Scope,
  SETTINGS,
  type Setting,
  SWITCHES,
  type Switch,
} from "./check-config.ts";
import { ConfigDocument, type ConfigValue } from "./config-document.ts";
import { DAY_FORM, isDay, ruleProblem, scopeProblem } from "./entry-forms.ts";
import { withBudgets } from "./override.ts";

/** How a configuration is read. */
export interface ParseConfigOptions {
  /** As it is named in messages. */
  readonly file: string;
  /** Where `${VAR}` is looked up. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Rules that it may name; all that are known where absent. */
  readonly rules?: readonly Rule[] | undefined;
}

const TOP = ["$schema", "version", "failOn", "defaults", "images"] as const;
const DEFAULTS = ["platform", "dockerfile", ...SWITCHES, "budgets", "rules", "ignore"] as const;
const IMAGE = [...SETTINGS, ...SWITCHES, "budgets", "rules", "ignore"] as const;
const BUDGET = ["metric", "scope", "platform", "max", "min", "maxIncrease"] as const;
const IGNORE = ["rule", "path", "reason", "until"] as const;

type Entries = ReadonlyMap<string, ConfigValue>;
type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads a configuration: YAML, of which JSON is a part.
 *
 * @throws {ImgweighError} CONFIG_INVALID with every mistake of the file, each with its line
 */
export async function parseConfig(text: string, { file, env = {}, rules }: ParseConfigOptions): Promise<CheckConfig> {
  const document = await ConfigDocument.parse(text, file);
  const reader = new ConfigReader(document, env, rules);
  const config = reader.read();
  document.finish();
  return config;
}

/** Settings and lists that images share. */
interface Shared {
  readonly texts: Settings;
  readonly switches: Switches;
  readonly switchOrigins: ImageCheck["origins"];
  readonly budgets: readonly Budget[];
  readonly rules: readonly RuleLevel[];
  readonly ignores: readonly Ignore[];
}

type Switches = Pick<ImageCheck, Switch>;

type Settings = Partial<Record<Setting, { readonly value: string; readonly origin: Origin }>>;

/** As the schema has it. */
const PLATFORM = /^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)?$/;

const NOTHING: Shared = { texts: {}, switches: {}, switchOrigins: {}, budgets: [], rules: [], ignores: [] };

class ConfigReader {
  readonly #document: ConfigDocument;
  readonly #env: Env;
  readonly #rulesKnown: readonly Rule[] | undefined;

  constructor(document: ConfigDocument, env: Env, rules: readonly Rule[] | undefined) {
    this.#document = document;
    this.#env = env;
    this.#rulesKnown = rules;
  }

  read(): CheckConfig {
    const { root } = this.#document;
    const top = this.#document.map(root, TOP);
    if (top === undefined) return { images: [], notes: [] };
    const version = this.#required(root, top, "version");
    if (version !== undefined && this.#document.scalar(version) !== 1) this.#document.refuse(version, "has to be 1");
    const schema = top.get("$schema");
    if (schema !== undefined && typeof this.#document.scalar(schema) !== "string")
      this.#document.refuse(schema, "has to be text");
    const defaults = top.get("defaults");
    const shared = defaults === undefined ? NOTHING : this.#shared(defaults, DEFAULTS);
    const texts = { ...shared.texts, ...this.#settings(top, ["failOn"]) };
    const images = this.#images(root, top, { ...shared, texts });
    return { images, notes: [] };
  }

  #images(root: ConfigValue, top: Entries, shared: Shared): ImageCheck[] {
    const value = this.#required(root, top, "images");
    const list = value === undefined ? undefined : this.#document.list(value);
    if (value === undefined || list === undefined) return [];
    if (list.length === 0) this.#document.refuse(value, "has no image");
    const names = new Map<string, ConfigValue>();
    return list.flatMap((one) => {
      const image = this.#image(one, shared);
      if (image === undefined) return [];
      const before = names.get(image.name);
      if (before !== undefined) this.#document.refuse(one, `has the same name as ${before.key}: give each its own`);
      names.set(image.name, one);
      return [image];
    });
  }

  #image(value: ConfigValue, shared: Shared): ImageCheck | undefined {
    const entries = this.#document.map(value, IMAGE);
    if (entries === undefined) return undefined;
    const own = this.#lists(entries);
    const switches: Switches = { ...shared.switches, ...this.#switches(entries) };
    const texts: Settings = { ...shared.texts, ...this.#settings(entries, SETTINGS) };
    if (this.#required(value, entries, "image") === undefined || texts.image === undefined) return undefined;
    const textOf = (setting: Setting): string | null => texts[setting]?.value ?? null;
    return {
      name: textOf("name") ?? texts.image.value,
      image: texts.image.value,
      platform: textOf("platform"),
      dockerfile: textOf("dockerfile"),
      baseline: textOf("baseline"),
      failOn: (textOf("failOn") as Level | null) ?? "error",
      ...switches,
      budgets: withBudgets(shared.budgets, own.budgets),
      rules: [...shared.rules, ...own.rules],
      ignores: [...shared.ignores, ...own.ignores],
      origin: this.#document.originOf(value),
      origins: {
        ...Object.fromEntries(Object.entries(texts).map(([setting, { origin }]) => [setting, origin])),
        ...shared.switchOrigins,
        ...this.#switchOrigins(entries),
      },
    };
  }

  #shared(value: ConfigValue, known: readonly string[]): Shared {
    const entries = this.#document.map(value, known);
    if (entries === undefined) return NOTHING;
    return {
      ...this.#lists(entries),
      texts: this.#settings(entries, ["platform", "dockerfile"]),
      switches: this.#switches(entries),
      switchOrigins: this.#switchOrigins(entries),
    };
  }

  #switches(entries: Entries): Switches {
    const flag = (name: "allPlatforms" | "allowUnmeasured"): boolean | undefined => {
      const entry = entries.get(name);
      return entry === undefined ? undefined : this.#boolean(entry);
    };
    const missing = entries.get("missingBaseline");
    const read = {
      allPlatforms: flag("allPlatforms"),
      allowUnmeasured: flag("allowUnmeasured"),
      missingBaseline: missing === undefined ? undefined : this.#document.choice(missing, MISSING_BASELINE),
    };
    return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
  }

  #switchOrigins(entries: Entries): ImageCheck["origins"] {
    const given = SWITCHES.flatMap((name) => {
      const entry = entries.get(name);
      return entry === undefined ? [] : [[name, this.#document.originOf(entry)] as const];
    });
    return Object.fromEntries(given);
  }

  #boolean(value: ConfigValue): boolean | undefined {
    const read = this.#document.scalar(value);
    return typeof read === "boolean" ? read : this.#document.refuse(value, "has to be true or false");
  }

  #lists(entries: Entries): Pick<Shared, "budgets" | "rules" | "ignores"> {
    return {
      budgets: this.#each(entries.get("budgets"), (one) => this.#budget(one)),
      rules: this.#rules(entries.get("rules")),
      ignores: this.#each(entries.get("ignore"), (one) => this.#ignore(one)),
    };
  }

  #each<T>(value: ConfigValue | undefined, read: (one: ConfigValue) => T | undefined): T[] {
    const list = value === undefined ? [] : (this.#document.list(value) ?? []);
    return list.flatMap((one) => read(one) ?? []);
  }

  #settings(entries: Entries, names: readonly Setting[]): Settings {
    const settings: Settings = {};
    for (const name of names) {
      const entry = entries.get(name);
      if (entry === undefined) continue;
      const value = name === "failOn" ? this.#document.choice(entry, LEVELS) : this.#interpolated(entry);
      if (value !== undefined) settings[name] = { value, origin: this.#document.originOf(entry) };
    }
    return settings;
  }

  /** Text with each `${VAR}` replaced. Nothing else is: no default values, no commands. */
  #interpolated(value: ConfigValue): string | undefined {
    const text = this.#document.text(value);
    return text?.replace(/\$\{([^}]*)\}?/g, (whole, name: string) => {
      if (!/^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(whole)) {
        this.#document.refuse(value, `has ${whole}: only \${VAR}, a variable of the environment, is replaced`);
        return whole;
      }
      const found = Object.hasOwn(this.#env, name) ? this.#env[name] : undefined;
      if (found === undefined) this.#document.refuse(value, `names ${whole}, which is not set`);
      return found ?? whole;
    });
  }

  #budget(value: ConfigValue): Budget | undefined {
    const entries = this.#document.map(value, BUDGET);
    const metricValue = entries && this.#required(value, entries, "metric");
    const metric = metricValue && this.#document.choice(metricValue, METRICS);
    const scopeValue = entries?.get("scope");
    const scope = scopeValue === undefined ? null : this.#scope(scopeValue, metric);
    if (entries === undefined || metric === undefined) return undefined;
    if (!["max", "min", "maxIncrease"].some((bound) => entries.has(bound)))
      return this.#document.refuse(value, "has no limit: give it max, min or maxIncrease");
    const limitOf = (bound: "max" | "min") => this.#amount(entries.get(bound), metric, parseLimit, AMOUNT_FORMS);
    return {
      metric,
      scope: scope ?? null,
      ...this.#budgetPlatform(entries.get("platform")),
      max: limitOf("max"),
      min: limitOf("min"),
      maxIncrease: this.#amount(entries.get("maxIncrease"), metric, parseIncrease, INCREASE_FORMS),
      origin: this.#document.originOf(value),
    };
  }

  #budgetPlatform(value: ConfigValue | undefined): Pick<Budget, "platform"> {
    const text = value === undefined ? undefined : this.#document.text(value);
    if (value === undefined || text === undefined) return {};
    if (!PLATFORM.test(text)) this.#document.refuse(value, "has to be os/architecture[/variant], such as linux/arm64");
    return { platform: text };
  }

  #amount<T>(
    value: ConfigValue | undefined,
    metric: Metric,
    parse: (metric: Metric, value: unknown) => T | null,
    forms: Readonly<Record<Unit, string>>,
  ): T | null {
    if (value === undefined) return null;
    const amount = parse(metric, this.#document.scalar(value));
    if (amount === null) this.#document.refuse(value, `has to be ${forms[unitOf(metric)]}`);
    return amount;
  }

  #scope(value: ConfigValue, metric: Metric | undefined): Scope | undefined {
    const entries = this.#document.map(value, SCOPES);
    if (entries === undefined) return undefined;
    const [kind, ...more] = SCOPES.filter((one) => entries.has(one));
    if (kind === undefined || more.length > 0)
      return this.#document.refuse(value, `has to have exactly one of ${SCOPES.join(", ")}`);
    const entry = entries.get(kind) as ConfigValue;
    if (metric !== undefined) this.#refuseIf(scopeProblem(metric, kind), entry);
    const glob = this.#document.text(entry);
    return glob === undefined ? undefined : { kind, glob };
  }

  #rules(value: ConfigValue | undefined): RuleLevel[] {
    const entries = value === undefined ? undefined : this.#document.map(value, null);
    return [...(entries ?? [])].flatMap(([rule, entry]) => {
      this.#refuseIf(ruleProblem(rule, this.#rulesKnown), entry);
      const level = this.#document.choice(entry, LEVELS);
      return level === undefined ? [] : [{ rule, level, origin: this.#document.originOf(entry) }];
    });
  }

  #ignore(value: ConfigValue): Ignore | undefined {
    const entries = this.#document.map(value, IGNORE);
    if (entries === undefined) return undefined;
    const ruleValue = this.#required(value, entries, "rule");
    const reasonValue = this.#required(value, entries, "reason");
    const [pathValue, untilValue] = [entries.get("path"), entries.get("until")];
    const rule = ruleValue && this.#document.text(ruleValue);
    const reason = reasonValue && this.#document.text(reasonValue);
    const path = pathValue && this.#document.text(pathValue);
    const until = untilValue && this.#day(untilValue);
    if (ruleValue !== undefined && rule !== undefined) this.#refuseIf(ruleProblem(rule, this.#rulesKnown), ruleValue);
    if (rule === undefined || reason === undefined) return undefined;
    return { rule, path: path ?? null, reason, until: until ?? null, origin: this.#document.originOf(value) };
  }

  #day(value: ConfigValue): string | undefined {
    const day = this.#document.scalar(value);
    return isDay(day) ? day : this.#document.refuse(value, DAY_FORM);
  }

  #refuseIf(problem: string | null, value: ConfigValue): void {
    if (problem !== null) this.#document.refuse(value, problem);
  }

  #required(parent: ConfigValue, entries: Entries, name: string): ConfigValue | undefined {
    return entries.get(name) ?? this.#document.refuse(parent, `has no ${name}`);
  }
}

const INCREASE_FORMS: Readonly<Record<Unit, string>> = {
  bytes: 'bytes ("100 kB"), a percentage ("2%") or both ("2% and 100 kB")',
  count: 'a whole number, a percentage ("2%") or both ("2% and 3")',
  ratio: "left out: efficiency is better the higher it is, so use min",
};

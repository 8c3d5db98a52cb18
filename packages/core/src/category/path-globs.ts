import { baseName, type ImagePath, parentPath } from "../image-path.ts";

/** One component of the paths that globs describe: what may follow, and which globs end here. */
interface Step {
  readonly literals: Map<string, Step>;
  /** `*.tar.gz`: names that end so. Dotted suffixes are looked up, not tried one by one. */
  readonly suffixes: Map<string, Step>;
  /** `prefix` is what they begin with: it rules most names out. */
  readonly patterns: { readonly prefix: string; readonly pattern: RegExp; readonly step: Step }[];
  /** `**`: any number of components, none included. */
  deep: Step | null;
  readonly isDeep: boolean;
  /** In ascending order. */
  ends: readonly number[];
}

function newStep(isDeep = false): Step {
  return { literals: new Map(), suffixes: new Map(), patterns: [], deep: null, isDeep, ends: [] };
}

/** `{a,b}` written out. Globs are the project's own, so that there are few braces is known. */
function expandBraces(glob: string): string[] {
  const brace = /^(.*?)\{([^{}]*)\}(.*)$/.exec(glob);
  if (brace === null) return [glob];
  const [, before = "", inside = "", after = ""] = brace;
  return inside.split(",").flatMap((choice) => expandBraces(`${before}${choice}${after}`));
}

// `[0-9]` keeps its meaning; everything else but `*` and `?` stands for itself.
function patternOf(component: string): RegExp {
  const source = component
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replaceAll("*", "[^]*")
    .replaceAll("?", "[^]");
  return new RegExp(`^${source}$`);
}

const SUFFIX = /^\*(\.[^*?[\]]+)$/;
const WILD = /[*?[]/;

function enterLiteral({ literals }: Step, component: string): Step {
  const next = literals.get(component) ?? newStep();
  literals.set(component, next);
  return next;
}

function follow(step: Step, component: string): Step {
  if (component === "**") {
    step.deep ??= newStep(true);
    return step.deep;
  }
  const suffix = SUFFIX.exec(component)?.[1];
  const table = suffix !== undefined ? step.suffixes : WILD.test(component) ? null : step.literals;
  if (table !== null) {
    const key = suffix ?? component;
    const known = table.get(key);
    if (known !== undefined) return known;
    const next = newStep();
    table.set(key, next);
    return next;
  }
  const next = newStep();
  const [prefix = ""] = component.split(/[*?[]/, 1);
  step.patterns.push({ prefix, pattern: patternOf(component), step: next });
  return next;
}

/** Where a directory has come to in all globs at once. Directories that have come to the same have the same one. */
export interface GlobState {
  readonly steps: readonly Step[];
  /** Made for the first file. */
  endings: Endings | null;
  /** Where directories lead whose names are in no glob, as most are: made for the first of them. */
  onward: GlobState | null;
}

/** Ids of globs, in ascending order. */
type Ids = readonly number[];

/** Which globs end at the names in a directory. */
class Endings {
  /** Those that every name matches. */
  readonly always: Ids;
  readonly #literals = new Map<string, Ids>();
  readonly #suffixes = new Map<string, Ids>();
  readonly #patterns: { readonly prefix: string; readonly pattern: RegExp; readonly ends: Ids }[];

  constructor(steps: readonly Step[]) {
    this.always = steps.filter(({ isDeep }) => isDeep).reduce((ids: Ids, { ends }) => union(ids, ends), []);
    this.#patterns = steps.flatMap(({ patterns }) =>
      patterns.flatMap(({ prefix, pattern, step: { ends } }) => (ends.length > 0 ? [{ prefix, pattern, ends }] : [])),
    );
    for (const { literals, suffixes } of steps) {
      addEnds(this.#literals, literals);
      addEnds(this.#suffixes, suffixes);
    }
  }

  at(name: string): Ids {
    const literal = this.#literals.get(name);
    let ids = literal === undefined ? this.always : union(this.always, literal);
    if (this.#suffixes.size > 0) {
      for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
        const ends = this.#suffixes.get(name.slice(dot));
        if (ends !== undefined) ids = union(ids, ends);
      }
    }
    for (const { prefix, pattern, ends } of this.#patterns)
      if (name.startsWith(prefix) && pattern.test(name)) ids = union(ids, ends);
    return ids;
  }
}

function addEnds(table: Map<string, Ids>, steps: ReadonlyMap<string, Step>): void {
  for (const [key, { ends }] of steps) if (ends.length > 0) table.set(key, union(table.get(key) ?? [], ends));
}

/** Both in ascending order, as the result is. */
function union(a: Ids, b: Ids): Ids {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const all: number[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const [left, right] = [a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY];
    all.push(Math.min(left, right));
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return all;
}

/**
 * Many globs, matched together: each directory is stepped through once, and most files are decided by a look-up or two,
 * however many globs there are. `*` stays within a component, `**` crosses any number, `{a,b}` is either, and `~` is
 * any home directory.
 */
export class PathGlobs {
  readonly #root = newStep();
  /** The steps that `~` stands for. */
  readonly #homes: readonly Step[];
  readonly #states = new Map<string, GlobState>();
  /** Numbers that tell steps apart. */
  readonly #numbers = new Map<Step, number>();

  /** @param homes homes beyond `root` and `home/*`, relative to the image's root: an image names them, so they are no globs */
  constructor(homes: readonly ImagePath[] = []) {
    const named = homes.filter((home) => home !== "").map((home) => home.split("/").reduce(enterLiteral, this.#root));
    const usual = ["root", "home/*"].map((home) => home.split("/").reduce(follow, this.#root));
    this.#homes = [...new Set([...usual, ...named])];
  }

  /** Adds a glob; `id` is what {@link match} returns for it. */
  add(glob: string, id: number): void {
    const [starts, rest] = glob.startsWith("~/") ? [this.#homes, glob.slice(2)] : [[this.#root], glob];
    for (const text of expandBraces(rest))
      for (const start of starts) {
        const end = text.split("/").reduce(follow, start);
        end.ends = union(end.ends, [id]);
      }
  }

  /** The state of the image's root; all globs have been added. */
  start(): GlobState {
    return this.#stateOf(closure([this.#root]));
  }

  /** How far a directory has come that lies in one of a state. */
  enter(state: GlobState, name: string): GlobState {
    const named = advance(state.steps, name);
    if (named.length > 0) return this.#stateOf(closure([...state.steps.filter(({ isDeep }) => isDeep), ...named]));
    state.onward ??= this.#stateOf(closure(state.steps.filter(({ isDeep }) => isDeep)));
    return state.onward;
  }

  #stateOf(steps: readonly Step[]): GlobState {
    const key = steps.map((step) => this.#numberOf(step)).join();
    let state = this.#states.get(key);
    if (state === undefined) {
      state = { steps, endings: null, onward: null };
      this.#states.set(key, state);
    }
    return state;
  }

  #numberOf(step: Step): number {
    let number = this.#numbers.get(step);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(step, number);
    }
    return number;
  }

  /** The ids of the globs that a file in a directory matches, in ascending order. */
  match(state: GlobState, name: string): readonly number[] {
    state.endings ??= new Endings(state.steps);
    return state.endings.at(name);
  }

  /** The ids of the globs that everything below a directory matches, in ascending order. */
  matchAll(state: GlobState): readonly number[] {
    state.endings ??= new Endings(state.steps);
    return state.endings.always;
  }

  /** The ids for a path from the root, as {@link match} gives them. */
  matchPath(path: ImagePath): readonly number[] {
    const parents = parentPath(path);
    const state = (parents === "" ? [] : parents.split("/")).reduce(
      (at: GlobState, name) => this.enter(at, name),
      this.start(),
    );
    return this.match(state, baseName(path));
  }
}

/** `**` may stand for nothing: what comes after it may follow at once. */
function closure(steps: readonly Step[]): readonly Step[] {
  const all = new Set(steps);
  for (const step of all) if (step.deep !== null) all.add(step.deep);
  return [...all];
}

/** What a name leads to; `**` beside it stays what it is. */
function advance(steps: readonly Step[], name: string): Step[] {
  const next: Step[] = [];
  for (const step of steps) {
    const literal = step.literals.get(name);
    if (literal !== undefined) next.push(literal);
    if (step.suffixes.size > 0) advanceBySuffix(step, name, next);
    for (const { prefix, pattern, step: following } of step.patterns)
      if (name.startsWith(prefix) && pattern.test(name)) next.push(following);
  }
  return next;
}

function advanceBySuffix({ suffixes }: Step, name: string, next: Step[]): void {
  for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
    const step = suffixes.get(name.slice(dot));
    if (step !== undefined) next.push(step);
  }
}

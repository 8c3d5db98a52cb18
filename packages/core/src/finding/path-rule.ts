import { isCopy } from "../build/build.ts";
import { PathGlobs } from "../category/path-globs.ts";
import { entryPath } from "../layer/layer-index.ts";
import { FATE } from "../tree/fate.ts";
import { isStarted } from "./facts/is-started.ts";
import { isNamedByConfig } from "./facts/named-by-config.ts";
import { originOf } from "./facts/origin.ts";
import type { Facts } from "./facts.ts";
import { isEditable, type LeaveOut, leaveOut } from "./fix/leave-out.ts";
import type { Fix, Rule, StoredFile } from "./rule.ts";

/** A rule that goes by where files lie: everything its globs name is waste, in whatever layer stores it. */
export interface PathRule extends Omit<Rule, "find"> {
  readonly paths: readonly string[];
  /** The finding's sentence, without its bytes: `The package index stays in the image`. */
  readonly sentence: string;
  /** Which of the matches count; all where absent. */
  readonly counts?: (file: StoredFile, facts: Facts) => boolean;
  /** Only what the final image still has: what is waste under conditions is none any more once it is deleted. */
  readonly live?: boolean;
  /** What the base has is left out: it would be no reason to choose another. */
  readonly own?: boolean;
  /** Programs that need the files: where the container's own command runs one, they are no waste. */
  readonly unlessStarted?: readonly string[];
  /** Content bytes below which a finding is noise; 4 KiB for rules of low confidence, else 1. */
  readonly least?: number;
  /** How the steps that make them are to leave no trace of them. */
  readonly remove: LeaveOut | ((files: readonly StoredFile[], facts: Facts) => LeaveOut);
  /** A better fix than removing them, where there is one for these files; null falls back to `remove`. */
  readonly fix?: (files: readonly StoredFile[], facts: Facts) => Fix | null;
}

const LEAST = { high: 1, medium: 1, low: 4096 } as const;

/**
 * A finding for all that RUNs of yours make, since what one leaves is what the next one adds to; one for what the base
 * has; and one for each other layer. Files that have a name elsewhere too (hard links) stay whatever is removed.
 */
export function pathRule(definition: PathRule): Rule {
  const { sentence, counts, live, own: ownOnly, unlessStarted = [], least, remove, fix, ...rule } = definition;
  const smallest = least ?? LEAST[rule.confidence];
  return {
    ...rule,
    *find(facts, files) {
      if (files.length === 0 || isStarted(facts, unlessStarted)) return;
      const all = files.filter(
        (file) => (live !== true || file.fate === FATE.live) && (counts === undefined || counts(file, facts)),
      );
      const counted = ownOnly === true ? all.filter(({ inBase }) => !inBase) : all;
      for (const [key, own] of groups(facts, withoutShared(facts, rule.paths, counted))) {
        if (own.reduce((sum, { bytes }) => sum + bytes, 0) < smallest) continue;
        // What was copied in and is deleted later is that mistake, wherever it lay.
        if (own.every((file) => isDeleted(file) && isCopied(facts, file))) continue;
        if (isNamedByConfig(facts, rule.paths, own)) continue;
        const how = typeof remove === "function" ? remove(own, facts) : remove;
        yield {
          title: own.every(isDeleted) ? `${sentence}, though it is deleted later` : sentence,
          key,
          paths: own.map(({ path }) => path),
          layers: [...new Set(own.map(({ layer }) => layer))].sort((a, b) => a - b),
          fix: fix?.(own, facts) ?? withoutHiding(leaveOut(facts, own, how), own, all),
        };
      }
    },
  };
}

/** What a layer stores to hide one file of those below, in bytes of its tar. */
const WHITEOUT_BYTES = 512;
/** Below it, what removal hides of the base costs next to nothing. */
const HIDING_SHARE = 0.1;
const SWEEPS = /\bfind |\*|\brm -rf /;

/**
 * A command that goes through directories removes what the base has there as well. That frees nothing and stores an
 * entry for each of its files: no edit is offered where this eats up the saving.
 */
function withoutHiding(fix: Fix, own: readonly StoredFile[], all: readonly StoredFile[]): Fix {
  const sweeps = fix.build.some(
    (edit) => edit.kind === "edit-run" && edit.edits.some((one) => one.kind === "append" && SWEEPS.test(one.text)),
  );
  const hidden = sweeps ? all.filter(({ inBase, fate }) => inBase && fate === FATE.live).length : 0;
  if (hidden * WHITEOUT_BYTES <= HIDING_SHARE * own.reduce((sum, { bytes }) => sum + bytes, 0)) return fix;
  const text = `To remove them would also hide ${hidden} files of the base image, which frees nothing and stores an entry for each.`;
  return { ...fix, kind: "none", build: [], text: `${text} ${fix.text}` };
}

function isCopied(facts: Facts, { layer, inBase }: StoredFile): boolean {
  const step = facts.stepOf(layer);
  return !inBase && step !== null && isCopy(step);
}

function isDeleted({ fate }: StoredFile): boolean {
  return fate === FATE.deleted || fate === FATE.opaqueHidden;
}

function groups(facts: Facts, files: readonly StoredFile[]): ReadonlyMap<string, readonly StoredFile[]> {
  const byKey = new Map<string, StoredFile[]>();
  for (const file of files) {
    // What a chown stored again is where it came from.
    const origin = originOf(facts, file);
    const key = file.inBase ? "base" : isEditable(facts.stepOf(origin)) ? "runs" : keyOf(facts, origin);
    const own = byKey.get(key);
    if (own === undefined) byKey.set(key, [file]);
    else own.push(file);
  }
  return byKey;
}

/** Files all of whose names the globs match. */
function withoutShared(facts: Facts, paths: readonly string[], files: readonly StoredFile[]): readonly StoredFile[] {
  const { ledger } = facts;
  if (files.every(({ layer }) => ledger.links(layer).count === 0)) return files;
  const globs = new PathGlobs(facts.build.homes);
  for (const glob of paths) globs.add(glob, 0);
  return files.filter(({ layer, instance }) => {
    const { first, links, entries } = ledger.rowsOf(layer);
    const carrier = instance - first;
    const others = links.to(carrier);
    return (
      others.length === 0 || [carrier, ...others].every((one) => globs.matchPath(entryPath(entries, one)).length > 0)
    );
  });
}

/** A layer's place above the base: a newer base with other layers leaves it as it is. */
export function keyOf(facts: Facts, layer: number): string {
  const base = facts.ledger.attribution.base.layers;
  return layer < base ? `base ${layer}` : `layer ${layer - base}`;
}

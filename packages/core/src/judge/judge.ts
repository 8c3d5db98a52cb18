import type { Build } from "../build/build.ts";
import type { BuildEdit } from "../build/build-edit.ts";
import { mergedGroups } from "../build/merged-groups.ts";
import type { ImageEdit } from "../edit/image-edit.ts";
import type { ImagePath } from "../image-path.ts";
import { entryPath } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { FATE } from "../tree/fate.ts";
import { layerOfInstance } from "../tree/instance.ts";
import { type Footprint, footprints } from "./footprints.ts";
import { ignoreJudgement } from "./ignored-paths.ts";
import { type Judgement, KEPT, refused, together } from "./judgement.ts";
import { type Absence, cacheRoot, neededByScripts, neededLater, needs } from "./later-needs.ts";
import { linkJudgement } from "./linked-copies.ts";
import { moveJudgement } from "./moves.ts";
import { removalJudgement } from "./removals.ts";
import { isCarried, stageJudgement } from "./stage-results.ts";
import { PathSet } from "./touch/path-set.ts";
import { unpackedJudgement } from "./unpacked-archives.ts";

/** An edit of the build and what it makes of the image. */
export interface Proposal {
  readonly image: readonly ImageEdit[];
  readonly build: readonly BuildEdit[];
  /** The programs that alone read what goes, where it lies in their cache or log; absent where anybody may. */
  readonly readers?: readonly string[] | undefined;
}

/** Scripts that the container starts, with what is known of their text. */
export interface ContainerScript {
  readonly path: ImagePath;
  readonly text: string | null;
}

type EditOf<Kind extends BuildEdit["kind"]> = Extract<BuildEdit, { kind: Kind }>;

function only<Kind extends BuildEdit["kind"]>(edits: readonly BuildEdit[], kind: Kind): EditOf<Kind>[] {
  return edits.filter((edit): edit is EditOf<Kind> => edit.kind === kind);
}

/**
 * The one judge of edits. The edited build is replayed step by step over what is known of the old one: what steps wrote
 * from their layers, entry by entry; what they read and what they would do to files that they now meet, or no longer
 * meet, from their commands, as far as these are understood. An edit is kept where that gives the old root file system
 * less what it says it removes, and every command still finds what it needs. Synchronous and pure; linear in entries and
 * steps for each edit.
 */
export class Judge {
  readonly #ledger: Ledger;
  readonly #build: Build;
  readonly #scripts: () => readonly ContainerScript[];
  #footprints: readonly Footprint[] | null = null;

  constructor(ledger: Ledger, build: Build, scripts: () => readonly ContainerScript[]) {
    this.#ledger = ledger;
    this.#build = build;
    this.#scripts = scripts;
  }

  /** What steps touch, by their numbers. */
  get footprints(): readonly Footprint[] {
    this.#footprints ??= footprints(this.#build, this.#ledger);
    return this.#footprints;
  }

  /** Judges edits that are made together. */
  judge(proposals: readonly Proposal[]): Judgement {
    const edits = proposals.flatMap(({ build }) => build);
    if (edits.some(({ kind }) => kind === "add-final-stage" || kind === "replace-from")) return KEPT;
    const joins = mergedGroups(only(edits, "join-runs").map(({ steps }) => steps));
    const omitted = omittedBy(proposals);
    return together(this.#all(proposals, edits, joins, omitted));
  }

  /** The last step behind another that names one of some paths; null where none does. */
  lastNaming(from: number, paths: readonly ImagePath[]): number | null {
    const set = PathSet.of(paths);
    return (
      this.footprints.findLast(
        ({ step, touches }) =>
          step.step > from && touches.some((one) => needs(one) && set.isReached(one.path, one.reach)),
      )?.step.step ?? null
    );
  }

  *#all(
    proposals: readonly Proposal[],
    edits: readonly BuildEdit[],
    joins: readonly (readonly number[])[],
    omitted: ReadonlySet<number>,
  ): Generator<Judgement, void, undefined> {
    yield apart(edits);
    for (const steps of joins) yield* this.#joined(steps);
    for (const edit of only(edits, "stage-steps")) yield this.#staged(edit, edits);
    for (const edit of only(edits, "retarget-copy")) yield unpackedJudgement(this.footprints, edits, edit);
    for (const { step, patterns } of only(edits, "ignore-paths")) {
      const own = this.#build.steps[step];
      if (own !== undefined && this.#build.source !== null) yield ignoreJudgement(this.#build.source, own, patterns);
    }
    for (const proposal of proposals) yield* this.#alone(proposal, joins, omitted);
  }

  *#joined(steps: readonly number[]): Generator<Judgement, void, undefined> {
    const last = steps.at(-1) as number;
    for (const own of steps) {
      const run = this.footprints[own];
      if (run === undefined) continue;
      for (let between = own + 1; between < last; between++) {
        const moved = this.#build.steps[between];
        if (moved !== undefined && !steps.includes(between)) yield moveJudgement(this.#ledger, run, moved);
      }
    }
  }

  #staged(edit: EditOf<"stage-steps">, edits: readonly BuildEdit[]): Judgement {
    const layers = edit.steps.flatMap((step) => this.#build.steps[step]?.layer ?? []);
    const ignored = only(edits, "ignore-paths").filter(({ step }) => edit.steps.includes(step));
    if (ignored.length > 0 && edit.copy.some(({ from }) => !from.endsWith("/")))
      return refused("One edit leaves out what another one copies by its name.");
    const odd = edit.steps
      .map((step) => this.footprints[step])
      .find((one) => one !== undefined && !isCarried(this.#ledger, one, this.#build.builder));
    if (odd !== undefined)
      return refused(
        "A step that would move into a stage goes through a symbolic link, or sets attributes that COPY does not carry.",
      );
    return stageJudgement(this.#ledger, edit, layers, this.#build.builder);
  }

  *#alone(
    { image, build, readers }: Proposal,
    joins: readonly (readonly number[])[],
    omitted: ReadonlySet<number>,
  ): Generator<Judgement, void, undefined> {
    const gone = image.flatMap((edit) => (edit.kind === "omit" ? edit.instances : []));
    const isForgetting = image.some(({ kind }) => kind === "forget");
    for (const { step, edits } of only(build, "edit-run"))
      for (const edit of edits) {
        if (edit.kind === "append")
          // A package manager takes its packages' files away, not the command that is appended for its logs.
          yield this.#appended(step, edit.text, joins, omitted, isForgetting ? [] : gone, readers !== undefined);
        if (edit.kind === "replace-command")
          yield linkJudgement(this.#ledger, this.footprints[step], edit, omitted, gone);
      }
    if (gone.length === 0 || !leavesOut(build)) return;
    for (const absence of this.#absences(gone, joins, readers ?? null)) {
      yield neededLater(this.#ledger, this.footprints, absence);
      if (absence.paths.size > 0 && gone.some((instance) => this.#ledger.squash.fates[instance] === FATE.live))
        yield neededByScripts(this.#scripts(), absence);
    }
  }

  #appended(
    step: number,
    text: string,
    joins: readonly (readonly number[])[],
    omitted: ReadonlySet<number>,
    gone: readonly number[],
    isCache: boolean,
  ): Judgement {
    const footprint = this.footprints[step];
    const layer = footprint?.step.layer ?? null;
    if (footprint === undefined || layer === null || !/^(?:sudo )?(?:rm|find) /.test(text)) return KEPT;
    const group = joins.find((steps) => steps.includes(step));
    const members = group === undefined ? [layer] : group.flatMap((one) => this.#build.steps[one]?.layer ?? []);
    const last = Math.max(...members);
    const { starts, fates, removedIn } = this.#ledger.squash;
    const own = gone.filter((instance) => {
      const from = layerOfInstance(starts, instance);
      return members.includes(from) && (fates[instance] === FATE.live || (removedIn[instance] as number) > last);
    });
    return removalJudgement(
      this.#ledger,
      footprint,
      text,
      { has: (instance) => omitted.has(instance), own },
      last,
      isCache,
    );
  }

  /** What goes, by the step from which on it is gone. */
  #absences(
    gone: readonly number[],
    joins: readonly (readonly number[])[],
    readers: readonly string[] | null,
  ): Absence[] {
    const { starts } = this.#ledger.squash;
    const byLayer = new Map<number, number[]>();
    for (const instance of gone) {
      const layer = layerOfInstance(starts, instance);
      const own = byLayer.get(layer);
      if (own === undefined) byLayer.set(layer, [instance]);
      else own.push(instance);
    }
    return [...byLayer].flatMap(([layer, instances]) => {
      const step = this.#build.steps.find((one) => one.layer === layer)?.step;
      if (step === undefined) return [];
      const from = joins.find((steps) => steps.includes(step))?.at(-1) ?? step;
      const paths = instances.map((instance) => this.#pathOf(layer, instance));
      return [
        {
          from,
          paths: PathSet.of(paths),
          example: paths[0] as ImagePath,
          readers,
          roots: PathSet.of(readers === null ? [] : paths.map(cacheRoot)),
        },
      ];
    });
  }

  #pathOf(layer: number, instance: number): ImagePath {
    const { image, squash } = this.#ledger;
    const { entries } = (image.layers[layer] as (typeof image.layers)[number]).index;
    return entryPath(entries, instance - (squash.starts[layer] as number));
  }
}

/** Edits after which files are not there, rather than stored once, elsewhere or in another way. */
function leavesOut(build: readonly BuildEdit[]): boolean {
  return build.some(
    (edit) =>
      edit.kind === "ignore-paths" ||
      (edit.kind === "edit-run" &&
        edit.edits.some(({ kind }) => kind === "append" || kind === "insert-words" || kind === "drop-words")),
  );
}

function omittedBy(proposals: readonly Proposal[]): ReadonlySet<number> {
  const omitted = new Set<number>();
  for (const { image } of proposals)
    for (const edit of image) if (edit.kind === "omit") for (const instance of edit.instances) omitted.add(instance);
  return omitted;
}

/** Steps that move into a stage take no edits of their own along. */
function apart(edits: readonly BuildEdit[]): Judgement {
  const staged = new Set(only(edits, "stage-steps").flatMap(({ steps }) => steps));
  if (staged.size === 0) return KEPT;
  const other = edits.some(
    (edit) => edit.kind !== "stage-steps" && edit.kind !== "ignore-paths" && "step" in edit && staged.has(edit.step),
  );
  return other ? refused("One edit moves into a stage what another one changes.") : KEPT;
}

import type { BuildStep } from "../build/build.ts";
import { parseShell, type ShellScript } from "../dockerfile/shell-script.ts";
import { type ImagePath, pathFromText } from "../image-path.ts";
import { entryLink, entryPath, KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { layerOfInstance } from "../tree/instance.ts";
import type { Footprint } from "./footprints.ts";
import { type Judgement, KEPT, refused } from "./judgement.ts";
import { pathOfStanding, reachedAfter, type Standing, throughLinks } from "./standing-files.ts";
import { PathSet } from "./touch/path-set.ts";
import { scriptTouches } from "./touch/script-touches.ts";
import type { Touch } from "./touch/touch.ts";

/** Commands that leave a script before its end, though it succeeds. */
export function endsEarly({ commands }: ShellScript): boolean {
  return commands.some(({ name, words, place }) => {
    if (place.isSubstitution) return false;
    if (name === "exec") return words.length > 0;
    // `exit 1` fails the build either way.
    return (name === "exit" || name === "return") && !/^[1-9]\d*$/.test(words[0] ?? "");
  });
}

/** Where mounts of a RUN lie while it runs: nothing at or below them is removed, nor anything above. */
export function mountTargets({ flags }: BuildStep): PathSet {
  const targets = new PathSet();
  for (const { name, value } of flags) {
    if (name !== "mount" || value === null) continue;
    const fields = new Map(
      value.split(",").map((field) => [field.slice(0, field.indexOf("=")), field.slice(field.indexOf("=") + 1)]),
    );
    const type = fields.get("type") ?? "bind";
    const target =
      fields.get("target") ??
      fields.get("dst") ??
      fields.get("destination") ??
      (type === "secret" ? `/run/secrets/${fields.get("id") ?? ""}` : null);
    if (target !== null) targets.add(pathFromText(target));
  }
  return targets;
}

/** The files that a removal is about. */
export interface Planned {
  readonly has: (instance: number) => boolean;
  /** Those of the step's own layer. */
  readonly own: readonly number[];
}

const SIMPLE = /^(?:sudo )?rm -r?f /;

/**
 * Whether a command that is appended to a RUN takes away what it is meant to, and nothing else: by what stands after the
 * RUN's layer, by whom it runs as, and by what is mounted.
 */
export function removalJudgement(
  ledger: Ledger,
  { step, place }: Footprint,
  text: string,
  planned: Planned,
  last: number,
  isCache: boolean,
): Judgement {
  const { layer, script } = step;
  if (layer === null || script === null) return refused("It is not known what the RUN stores.");
  if (endsEarly(script)) return refused("The RUN may end before its last line.");
  const { tree } = ledger.squash;
  const removing = scriptTouches(parseShell(text, { dialect: "script" }), {
    ...place,
    directory: place.directory ?? "/",
  })
    .touches.filter(({ deed }) => deed === "remove")
    .map((touch): Touch => ({ ...touch, path: throughLinks(tree, touch.path) }));
  const mounts = mountTargets(step);
  if (removing.some((touch) => mounts.isReached(touch.path, touch.reach)))
    return refused("Something is mounted where the RUN would remove files.");
  const rights = rightsOf(ledger, step, place.user, text, planned.own);
  if (rights.refusal !== null) return rights;
  if (!SIMPLE.test(text)) return KEPT;
  const taken = new Set<number>();
  const directories: { readonly path: ImagePath }[] = [];
  for (const standing of reachedAfter(ledger, last, removing)) {
    if (standing.kind === KIND.directory) {
      directories.push({ path: pathOfStanding(ledger, standing) });
      continue;
    }
    const isLink = standing.kind === KIND.hardLink || (isCache && hasLinks(ledger, standing));
    if (!planned.has(standing.instance) && !isLink)
      return refused(`${text} would also remove /${pathOfStanding(ledger, standing)}.`);
    taken.add(standing.instance);
  }
  const missed = planned.own.find((instance) => !taken.has(instance));
  if (missed !== undefined) return refused(`${text} would not remove all of them.`);
  const held = new PathSet();
  for (const instance of taken) held.add(pathAt(ledger, instance));
  const empty = directories.find(({ path }) => !mayGo(path, held));
  if (empty !== undefined) return refused(`${text} would also remove the directory /${empty.path}.`);
  return KEPT;
}

function pathAt(ledger: Ledger, instance: number): ImagePath {
  return pathOfStanding(ledger, { instance, layer: layerOfInstance(ledger.squash.starts, instance) });
}

/** Whether a file goes on under another name: a cache that is linked into what was installed from it. */
function hasLinks({ image, squash }: Ledger, { instance, layer }: Standing): boolean {
  const { entries } = (image.layers[layer] as (typeof image.layers)[number]).index;
  const path = entryPath(entries, instance - (squash.starts[layer] as number));
  for (let entry = entries.kinds.indexOf(KIND.hardLink); entry >= 0 && entry < entries.count; entry++)
    if (entries.kinds[entry] === KIND.hardLink && entryLink(entries, entry) === path) return true;
  return false;
}

/** Where package managers, and everybody else, keep what comes and goes. */
const VOLATILE = /^(?:(?:var\/)?tmp|var\/lib\/apt|var\/cache\/(?:apt|apk|debconf))\//;

/** A directory that has nothing goes with what lies beside it: not one of the root, nor one that stands alone. */
function mayGo(path: ImagePath, held: PathSet): boolean {
  if (VOLATILE.test(path)) return true;
  const names = path.split("/");
  for (let depth = names.length; depth > 1; depth--)
    if (held.isReached({ names: names.slice(0, depth), open: false }, "below")) return true;
  return false;
}

/** Whether whoever the RUN runs as may remove the files: root any, others what is theirs, by sudo where the files were made so. */
function rightsOf(
  { image, squash }: Ledger,
  step: BuildStep,
  user: string | null,
  text: string,
  own: readonly number[],
): Judgement {
  if (user === null || text.startsWith("sudo ")) return KEPT;
  const { entries } = (image.layers[step.layer as number] as (typeof image.layers)[number]).index;
  const start = squash.starts[step.layer as number] as number;
  const owners = new Set(own.map((instance) => entries.uids[instance - start]));
  const isOwn = owners.size === 1 && !owners.has(0);
  return isOwn ? KEPT : refused(`${user} may not remove what belongs to another user.`);
}

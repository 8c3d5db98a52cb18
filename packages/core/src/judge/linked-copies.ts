import type { ShellEdit } from "../build/edit-shell.ts";
import { KIND } from "../layer/layer-index.ts";
import { equalInstances } from "../ledger/equal-content.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { layerOfInstance } from "../tree/instance.ts";
import type { Footprint } from "./footprints.ts";
import { type Judgement, KEPT, refused } from "./judgement.ts";
import { PathSet } from "./touch/path-set.ts";
import { scriptTouches } from "./touch/script-touches.ts";

type Replacement = Extract<ShellEdit, { kind: "replace-command" }>;

const LINK = /^ln (\/\S+) (\/\S+)$/;

/**
 * Whether two names of one file do what two files did: with one owner and mode, and with no command behind the link that
 * writes to, removes or changes either of them. One that goes takes its bytes along only with the other.
 */
export function linkJudgement(
  ledger: Ledger,
  footprint: Footprint | undefined,
  { command, text }: Replacement,
  omitted: ReadonlySet<number>,
  gone: readonly number[],
): Judgement {
  const match = LINK.exec(text);
  if (match === null || footprint === undefined) return KEPT;
  const { step, place } = footprint;
  const { script, layer } = step;
  if (script === null || layer === null) return refused("It is not known what the RUN stores.");
  const paths = [match[1], match[2]].map((path) => (path as string).replace(/^\/+/, ""));
  const both = PathSet.of(paths);
  const rest = { ...script, commands: script.commands.slice(command + 1) };
  const later = scriptTouches(rest, place);
  if (later.unread !== null) return refused(`${later.unread} may write to one of the two files.`);
  // Commands before it may have put something where the link goes.
  const first = scriptTouches({ ...script, commands: script.commands.slice(0, command) }, place);
  const target = PathSet.of([paths[1] as string]);
  if (
    first.unread !== null ||
    first.touches.some((touch) => target.isReached(touch.path, touch.reach) && touch.deed !== "make")
  )
    return refused("An earlier command may have made the second file.");
  if (
    later.touches.some(
      (touch) => touch.deed !== "read" && touch.deed !== "look" && both.isReached(touch.path, touch.reach),
    )
  )
    return refused("A later command writes to one of the two files, or changes it.");
  const instances = twoOf(ledger, layer, paths);
  if (instances === null || !hasSameOwner(ledger, instances))
    return refused("The two files have different owners or modes.");
  if (instances.some((instance) => omitted.has(instance) && !gone.includes(instance)))
    return refused("One of the two files goes by another edit.");
  return KEPT;
}

/** The two files' rows; null where they do not stand side by side in the layer. */
function twoOf(ledger: Ledger, layer: number, paths: readonly string[]): readonly number[] | null {
  for (const group of equalInstances(ledger, 1)) {
    const own = group.filter((instance) => layerOfInstance(ledger.squash.starts, instance) === layer);
    const found = own.filter((instance) => paths.includes(pathAt(ledger, instance)));
    if (found.length === 2) return found;
  }
  return null;
}

function pathAt({ squash }: Ledger, instance: number): string {
  const node = squash.nodes[instance] as number;
  return node < 0 ? "" : squash.tree.pathOf(node);
}

function hasSameOwner({ image, squash }: Ledger, instances: readonly number[]): boolean {
  const rows = instances.map((instance) => {
    const layer = layerOfInstance(squash.starts, instance);
    const { entries } = (image.layers[layer] as (typeof image.layers)[number]).index;
    const entry = instance - (squash.starts[layer] as number);
    return entries.kinds[entry] === KIND.regular
      ? `${entries.uids[entry]}:${entries.gids[entry]} ${entries.modes[entry]}`
      : "";
  });
  return rows.length === 2 && rows[0] === rows[1];
}

import type { BuildEdit } from "../build/build-edit.ts";
import { pathFromText } from "../image-path.ts";
import type { Footprint } from "./footprints.ts";
import { type Judgement, KEPT, refused } from "./judgement.ts";
import { PathSet } from "./touch/path-set.ts";
import { scriptTouches } from "./touch/script-touches.ts";

type Retarget = Extract<BuildEdit, { kind: "retarget-copy" }>;

/**
 * Whether what ADD unpacks stays as it is: a command that changes, moves or removes some of it stores it again, and one
 * that nobody can read may.
 */
export function unpackedJudgement(
  steps: readonly Footprint[],
  edits: readonly BuildEdit[],
  { step, verb, to }: Retarget,
): Judgement {
  if (verb !== "ADD") return KEPT;
  const target = PathSet.of([pathFromText(to)]);
  const assumptions: string[] = [];
  for (const { step: later, place, touches: all } of steps) {
    if (later.step <= step || later.instruction.verb !== "RUN" || later.script === null) continue;
    const dropped = new Set(
      edits.flatMap((edit) =>
        edit.kind === "edit-run" && edit.step === later.step
          ? edit.edits.flatMap((one) => (one.kind === "drop-command" ? [one.command] : []))
          : [],
      ),
    );
    const { touches, unread } =
      dropped.size === 0
        ? { touches: all, unread: null }
        : scriptTouches({ ...later.script, commands: later.script.commands.filter((_, i) => !dropped.has(i)) }, place);
    if (unread !== null) assumptions.push(`${unread} changes nothing of what ADD unpacks.`);
    const changes = touches.some(
      ({ deed, path, reach }) => deed !== "read" && deed !== "look" && target.isReached(path, reach),
    );
    if (changes) return refused("What ADD would unpack is changed afterwards, which stores it again.");
  }
  return { ...KEPT, assumptions };
}

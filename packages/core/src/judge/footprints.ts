import type { Build, BuildStep } from "../build/build.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type StepPlace, stepPlaces } from "./step-places.ts";
import { resolvePattern } from "./touch/path-pattern.ts";
import { type ScriptTouches, scriptTouches } from "./touch/script-touches.ts";
import { touch } from "./touch/touch.ts";

/** What a step is known to touch, and what it finds set. What it wrote its layer shows. */
export interface Footprint extends ScriptTouches {
  readonly step: BuildStep;
  readonly place: StepPlace;
}

const NOTHING: ScriptTouches = { touches: [], unread: null, programs: new Set() };

/** What each step touches, by its number. Each script is read once. */
export function footprints(build: Build, ledger: Ledger): readonly Footprint[] {
  const places = stepPlaces(build, ledger.image.description.config.run);
  return build.steps.map((step, i) => {
    const place = places[i] as StepPlace;
    return { ...touchesOf(step, place), step, place };
  });
}

function touchesOf({ instruction, script, inBase }: BuildStep, place: StepPlace): ScriptTouches {
  // What made the base is over before anything of this build happens.
  if (inBase || instruction.verb !== "RUN") return NOTHING;
  if (script !== null) return scriptTouches(script, place);
  const words = instruction.text
    .slice("RUN ".length)
    .split(/[\s,"'[\]]+/)
    .filter((word) => word !== "");
  const directory = place.directory === null ? null : resolvePattern(place.directory, false, null);
  return {
    touches: words
      .filter((word) => word.includes("/"))
      .map((word) => touch("read", resolvePattern(word, false, directory), "below")),
    unread: words[0] ?? "a program",
    programs: new Set(words.slice(0, 1)),
  };
}

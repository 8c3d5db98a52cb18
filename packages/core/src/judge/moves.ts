import { type BuildStep, isCopy } from "../build/build.ts";
import { type ImagePath, pathFromText } from "../image-path.ts";
import { entryPath, KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { ownNodeOf } from "../tree/instance.ts";
import { NONE } from "../tree/path-tree.ts";
import { lookup } from "../tree/resolve.ts";
import type { Footprint } from "./footprints.ts";
import { type Judgement, KEPT, refused } from "./judgement.ts";
import { patternOf } from "./touch/path-pattern.ts";
import { PathSet } from "./touch/path-set.ts";

/** What an instruction that is no RUN puts into the file system. */
interface Brought {
  /** Files, and directories that were not there before. */
  readonly paths: PathSet;
  /** All directories that its layer stores. */
  readonly directories: ReadonlySet<ImagePath>;
  readonly all: readonly ImagePath[];
}

function broughtBy({ image, squash }: Ledger, { layer }: BuildStep): Brought {
  const paths = new PathSet();
  const directories = new Set<ImagePath>();
  const all: ImagePath[] = [];
  if (layer === null) return { paths, directories, all };
  const { entries } = (image.layers[layer] as (typeof image.layers)[number]).index;
  const firstNew = squash.firstNodes[layer] as number;
  for (let entry = 0; entry < entries.count; entry++) {
    const path = entryPath(entries, entry);
    all.push(path);
    if (entries.kinds[entry] === KIND.directory) {
      directories.add(path);
      if (ownNodeOf(squash, (squash.starts[layer] as number) + entry) < firstNew) continue;
    }
    paths.add(path);
  }
  return { paths, directories, all };
}

/** What a RUN does only where it works: its own directory, what it is told, and what packages installed. */
const BUILDERS = new Set(
  "make cmake ninja meson configure npm yarn pnpm npx pip pip3 python python3 node cargo go mvn gradle ./configure bundle composer gem dotnet rustc javac tsc".split(
    " ",
  ),
);
const SYSTEM = /^(?:bin|etc|lib|lib64|root|sbin|usr|var|home)(?:\/|$)/;

function isElsewhere({ place }: Footprint, path: ImagePath): boolean {
  const own = (place.directory ?? "/").slice(1);
  return own !== "" && path !== own && !path.startsWith(`${own}/`) && !SYSTEM.test(path);
}

/**
 * Whether an instruction may come before a RUN that stands above it: the RUN neither finds, lists, changes nor takes away
 * what it brings, and makes nothing that it would meet otherwise.
 */
export function moveJudgement(ledger: Ledger, run: Footprint, moved: BuildStep): Judgement {
  const { verb } = moved.instruction;
  if (verb === "WORKDIR") return workdirJudgement(ledger, run, moved);
  if (!isCopy(moved)) return KEPT;
  if (moved.layer === null) return refused(`It is not known what ${verb} stores.`);
  const brought = broughtBy(ledger, moved);
  const line = moved.line === null ? verb : `line ${moved.line}`;
  const above = run.step.line === null ? "An earlier RUN" : `The RUN in line ${run.step.line}`;
  const wrote = writtenBy(ledger, run.step, brought);
  if (wrote !== null) return refused(`${above} stores /${wrote}, which ${line} stores as well.`);
  const met = run.touches.find((touch) => brought.paths.isReached(touch.path, touch.reach));
  if (met !== undefined) return refused(`${above} would meet what ${line} puts there.`);
  const owner = moved.flags.find(({ name }) => name === "chown")?.value ?? null;
  if (
    owner !== null &&
    !/^\d+(?::\d+)?$|^root(?::root)?$/.test(owner) &&
    run.touches.some(({ deed, path }) => deed === "write" && path.names.join("/") === "etc/passwd")
  )
    return refused(`${above} may make the user of --chown=${owner}.`);
  const [example] = brought.all;
  if (run.unread === null || example === undefined) return KEPT;
  const isFar =
    BUILDERS.has(run.unread) && brought.all.every((path) => brought.directories.has(path) || isElsewhere(run, path));
  if (isFar) return KEPT;
  return { ...KEPT, assumptions: [`${run.unread} neither finds nor changes what ${line} brings.`] };
}

/** A path that a RUN stores, or takes away, and a moved instruction stores as well. */
function writtenBy(
  { image, squash }: Ledger,
  { layer }: BuildStep,
  { paths, directories, all }: Brought,
): ImagePath | null {
  if (layer === null) return null;
  const { entries } = (image.layers[layer] as (typeof image.layers)[number]).index;
  const removed = new PathSet();
  const firstNew = squash.firstNodes[layer] as number;
  for (let entry = 0; entry < entries.count; entry++) {
    const kind = entries.kinds[entry];
    const path = entryPath(entries, entry);
    if (kind === KIND.whiteout || kind === KIND.opaque) removed.add(path);
    else if (kind === KIND.directory) {
      const isNew = ownNodeOf(squash, (squash.starts[layer] as number) + entry) >= firstNew;
      const isPlain = entries.modes[entry] === 0o755 && entries.uids[entry] === 0 && entries.gids[entry] === 0;
      // A directory that either makes first has to come out the same.
      if (isNew && !isPlain && (directories.has(path) || paths.isReached(patternOf(path), "below"))) return path;
    } else if (paths.has(path) || directories.has(path)) return path;
  }
  return removed.size === 0 ? null : (all.find((path) => removed.isReached(patternOf(path), "itself")) ?? null);
}

function workdirJudgement(ledger: Ledger, run: Footprint, moved: BuildStep): Judgement {
  const above = run.step.line === null ? "An earlier RUN" : `The RUN in line ${run.step.line}`;
  const path = moved.instruction.text.slice("WORKDIR".length).trim();
  if (!path.startsWith("/") || /[$"'\\]/.test(path)) return refused(`It is not known which directory ${path} is.`);
  const own = pathFromText(path);
  const { tree, firstNodes } = ledger.squash;
  const node = lookup(tree, own);
  const layer = run.step.layer ?? moved.layer;
  if (layer === null || (node !== NONE && node < (firstNodes[layer] as number))) return KEPT;
  const paths = PathSet.of([own]);
  const minds = run.touches.find(
    ({ deed, isTolerant, path: touched, reach }) =>
      (deed === "look" || deed === "remove" || deed === "read" || (deed === "make" && !isTolerant)) &&
      paths.isReached(touched, reach),
  );
  // It made the directory before it went there.
  const makes = run.touches.some(({ deed, path: touched }) => deed === "make" && paths.isReached(touched, "itself"));
  if (minds !== undefined && !(makes && (minds.deed === "read" || minds.deed === "look")))
    return refused(`${above} uses /${own}, which WORKDIR makes.`);
  const odd = run.step.layer === null ? null : oddDirectory(ledger, run.step.layer, own);
  if (odd !== null) return refused(`${above} makes /${odd} otherwise than WORKDIR does.`);
  if (run.unread === null) return KEPT;
  return isElsewhere(run, own) ? KEPT : { ...KEPT, assumptions: [`${run.unread} does not mind /${own} being there.`] };
}

/** A directory on the way to a path that a layer stores with another owner or mode than WORKDIR gives. */
function oddDirectory({ image }: Ledger, layer: number, path: ImagePath): ImagePath | null {
  const { entries } = (image.layers[layer] as (typeof image.layers)[number]).index;
  for (let entry = 0; entry < entries.count; entry++) {
    const own = entryPath(entries, entry);
    if (own !== path && !path.startsWith(`${own}/`)) continue;
    if (entries.kinds[entry] !== KIND.directory) return own;
    if (entries.modes[entry] !== 0o755 || entries.uids[entry] !== 0 || entries.gids[entry] !== 0) return own;
  }
  return null;
}

import { isCopy } from "../build/build.ts";
import type { BuildEdit } from "../build/build-edit.ts";
import type { Builder } from "../build/builder.ts";
import { type ImagePath, pathFromText } from "../image-path.ts";
import { entryPath, KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { FATE } from "../tree/fate.ts";
import { ownNodeOf } from "../tree/instance.ts";
import { NONE } from "../tree/path-tree.ts";
import { LOOKUP, walk } from "../tree/resolve.ts";
import type { Footprint } from "./footprints.ts";
import { type Judgement, KEPT, refused } from "./judgement.ts";
import { literalPath, resolvePattern } from "./touch/path-pattern.ts";

type StageSteps = Extract<BuildEdit, { kind: "stage-steps" }>;

/**
 * Whether `COPY --from` of a stage brings all that its steps left: files, and directories with their owners and modes.
 * A directory that is copied by its name gets 0755 and the owner of the COPY, whatever it had in the stage, and one that
 * was there before keeps what it has; directories below keep theirs with BuildKit.
 */
export function stageJudgement(
  ledger: Ledger,
  { copy }: StageSteps,
  layers: readonly number[],
  builder: Builder | null,
): Judgement {
  const { image, squash } = ledger;
  const { tree, firstNodes, starts, fates } = squash;
  const [first = 0] = layers;
  const firstNew = firstNodes[first] as number;
  const tops = copy.map(({ from }) => pathFromText(from));
  const ownerOf = new Map(copy.map(({ from, owner }) => [pathFromText(from), owner ?? "0:0"]));
  for (const top of tops) if (hasLink(ledger, top)) return refused(`A symbolic link leads to /${top}.`);
  const last = new Map<number, { readonly layer: number; readonly entry: number }>();
  for (const layer of layers) {
    const { entries } = (image.layers[layer] as (typeof image.layers)[number]).index;
    for (let entry = 0; entry < entries.count; entry++) {
      const kind = entries.kinds[entry] as number;
      if (kind >= KIND.whiteout) continue;
      const instance = (starts[layer] as number) + entry;
      if (kind === KIND.regular && fates[instance] !== FATE.live) continue;
      const node = ownNodeOf(squash, instance);
      if (node !== NONE && tree.kinds[node] !== NONE) last.set(node, { layer, entry });
    }
  }
  const below = directoriesBelow(ledger, first);
  for (const [node, { layer, entry }] of last) {
    const { entries } = (image.layers[layer] as (typeof image.layers)[number]).index;
    const path = entryPath(entries, entry);
    const owner = `${entries.uids[entry]}:${entries.gids[entry]}`;
    const mode = entries.modes[entry] as number;
    const top = tops.find((one) => path === one || path.startsWith(`${one}/`));
    if (entries.kinds[entry] === KIND.directory) {
      if (node < firstNew) {
        if ((below.get(path) ?? `0:0 ${0o755}`) !== `${owner} ${mode}`)
          return refused(`/${path} was there before, and COPY leaves its owner and mode as they are.`);
        continue;
      }
      if (top === undefined) {
        if (tops.some((one) => one.startsWith(`${path}/`)) && mode === 0o755 && owner === "0:0") continue;
        return refused(`The directory /${path} has nothing that COPY would bring.`);
      }
      if (path === top && (mode !== 0o755 || owner !== ownerOf.get(top)))
        return refused(`COPY would give /${path} another owner or mode.`);
      if (builder !== "buildkit" && mode !== 0o755) return refused(`COPY may give /${path} another mode.`);
    }
    if (top === undefined) return refused(`/${path} is left by the steps, and COPY would not bring it.`);
    if (owner !== ownerOf.get(top))
      return refused(`/${path} belongs to ${owner}, and COPY would give it to ${ownerOf.get(top)}.`);
  }
  return KEPT;
}

/** Whether a symlink lies on the way to a path: COPY would follow or replace it. */
function hasLink({ squash: { tree } }: Ledger, path: ImagePath): boolean {
  const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
  const node = walk(tree, parent, LOOKUP);
  return node === NONE || tree.pathOf(node) !== parent;
}

/** Owner and mode of each directory that layers below one store, as the last of them has it. */
function directoriesBelow({ image }: Ledger, first: number): ReadonlyMap<ImagePath, string> {
  const known = new Map<ImagePath, string>();
  for (const { index } of image.layers.slice(0, first)) {
    const { entries } = index;
    for (let entry = 0; entry < entries.count; entry++)
      if (entries.kinds[entry] === KIND.directory)
        known.set(entryPath(entries, entry), `${entries.uids[entry]}:${entries.gids[entry]} ${entries.modes[entry]}`);
  }
  return known;
}

/** Programs that set what COPY --from of the classic builder, of buildah and of kaniko drops. */
const SETS_ATTRIBUTES = ["setcap", "setfattr", "setfacl", "chcon", "chattr"];

/** The last word of a COPY, out of the list or the quotes that it may stand in. */
function withoutQuotes(word: string): string {
  const start = [...word].findIndex((one) => !"\"'[".includes(one));
  const end = [...word].findLastIndex((one) => !"\"']".includes(one));
  return word.slice(Math.max(start, 0), end + 1);
}

/** Whether a step does the same in a stage: its files are where it names them, and COPY carries what it sets. */
export function isCarried({ image }: Ledger, { step, programs, place }: Footprint, builder: Builder | null): boolean {
  if (builder !== "buildkit" && SETS_ATTRIBUTES.some((program) => programs.has(program))) return false;
  if (!isCopy(step) || step.layer === null) return true;
  const target = step.instruction.text.trim().split(/\s+/).at(-1) ?? "";
  const directory = place.directory === null ? null : resolvePattern(place.directory, false, null);
  const path = literalPath(resolvePattern(withoutQuotes(target), false, directory));
  if (path === null) return false;
  const { entries } = (image.layers[step.layer] as (typeof image.layers)[number]).index;
  for (let entry = 0; entry < entries.count; entry++) {
    const own = entryPath(entries, entry);
    if (entries.kinds[entry] !== KIND.directory && path !== "" && own !== path && !own.startsWith(`${path}/`))
      return false;
  }
  return true;
}

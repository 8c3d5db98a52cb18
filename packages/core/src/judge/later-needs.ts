import { baseName, type ImagePath } from "../image-path.ts";
import { entryPath, KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { PACKAGE_STATE } from "../ledger/owner-keys.ts";
import type { Footprint } from "./footprints.ts";
import { type Judgement, KEPT, refused } from "./judgement.ts";
import type { PathSet } from "./touch/path-set.ts";
import type { Touch } from "./touch/touch.ts";

/** Files that are gone from one step on. */
export interface Absence {
  /** The step that leaves them out, or the one that its RUN is joined into. */
  readonly from: number;
  readonly paths: PathSet;
  /** A path of them, for people. */
  readonly example: ImagePath;
  /** The programs that alone read them, where they lie in the cache or the log of some; null where anybody may. */
  readonly readers: readonly string[] | null;
  /** Directories of such a cache, in which a later step would store it again. */
  readonly roots: PathSet;
}

/** Tools that build from what an earlier step downloaded: a script that is no more than a name is likely to run one. */
const BUILD_FROM_CACHE = new Set(
  "go mvn mvnw gradle gradlew cargo dotnet nuget sbt coursier cs stack cabal lein ivy ant bazel swift dart flutter pub".split(
    " ",
  ),
);

/** Whether a command fails, or does something else, where what it touches is gone. */
export function needs({ deed, isTolerant }: Touch): boolean {
  if (deed === "read" || deed === "look" || deed === "restat") return true;
  return deed === "remove" && !isTolerant;
}

/** Who of the later steps may still need files that are gone. */
export function neededLater(ledger: Ledger, steps: readonly Footprint[], absence: Absence): Judgement {
  const { from, paths, readers, example } = absence;
  const assumptions: string[] = [];
  for (const { step, touches, unread, programs } of steps) {
    if (step.step <= from || step.inBase) continue;
    const where = step.line === null ? "A later RUN" : `Line ${step.line}`;
    const named = touches.find((touch) => needs(touch) && isNamedBy(touch, paths, readers));
    if (named !== undefined) return refused(`${where} may use /${example}.`);
    if (readers?.some((reader) => programs.has(reader)))
      return refused(`${where} runs ${readers.find((reader) => programs.has(reader))}, which may use /${example}.`);
    if (unread === null) continue;
    if (readers === null)
      assumptions.push(
        `${unread} in ${where.replace(/^L/, "l").replace(/^A l/, "a l")} does not read /${example} or the like.`,
      );
    else if (showsUse(ledger, step.layer, absence))
      return refused(`${where} stores more of what /${example} is of, or changes what it is about.`);
    else if (readers.some((reader) => BUILD_FROM_CACHE.has(reader)))
      assumptions.push(
        `${unread} in ${where.replace(/^L/, "l").replace(/^A l/, "a l")} runs none of ${readers.join(", ")}.`,
      );
  }
  return { ...KEPT, assumptions };
}

/** Sweeps that go through everything, such as `find /`, are not about a tool's cache; what names a place in it is. */
function isNamedBy(touch: Touch, paths: PathSet, readers: readonly string[] | null): boolean {
  if (!paths.isReached(touch.path, touch.reach)) return false;
  if (touch.reach !== "itself" && (touch.deed === "look" || touch.deed === "restat") && readers !== null)
    return touch.path.names.length > 2;
  // Owners and modes of what is gone are not missed.
  return !(touch.deed === "restat" && touch.reach === "below");
}

/** What package managers of distributions keep of archives and lists. */
const OF_PACKAGES = /^(?:var\/(?:cache|lib)\/(?:apk|apt|yum|dnf|libdnf5|zypp|pacman)|etc\/apk\/cache)(?:\/|$)/;

/** Whether a layer shows that its step used a cache: it stores more of it, or a package manager's state changed. */
function showsUse({ image, attribution, squash }: Ledger, layer: number | null, { roots, example }: Absence): boolean {
  if (layer === null) return false;
  const { entries } = (image.layers[layer] as (typeof image.layers)[number]).index;
  const isManaged = OF_PACKAGES.test(example);
  const start = squash.starts[layer] as number;
  for (let entry = 0; entry < entries.count; entry++) {
    if (entries.kinds[entry] !== KIND.regular) continue;
    if (isManaged && attribution.ownerKeys[attribution.owners[start + entry] as number] === PACKAGE_STATE) return true;
    if (roots.size > 0 && roots.isReached({ names: entryPath(entries, entry).split("/"), open: false }, "itself"))
      return true;
  }
  return false;
}

/** The directories in which a cache's files lie: the highest that is no common place. */
export function cacheRoot(path: ImagePath): ImagePath {
  const names = path.split("/");
  const hidden = names.findIndex((name) => name.startsWith("."));
  if (hidden >= 0) return names.slice(0, names[hidden] === ".cache" ? hidden + 2 : hidden + 1).join("/");
  return names.length > 3 ? names.slice(0, 3).join("/") : names.slice(0, -1).join("/");
}

/** Scripts that the container starts: whether one speaks of the files, or of who reads them. */
export function neededByScripts(
  scripts: readonly { readonly path: ImagePath; readonly text: string | null }[],
  { paths, readers, example }: Absence,
): Judgement {
  const assumptions: string[] = [];
  for (const { path, text } of scripts) {
    if (text === null) {
      if (readers === null || readers.length > 0)
        assumptions.push(
          readers === null
            ? `/${path}, which the container runs, does not read /${example} or the like.`
            : `/${path}, which the container runs, runs none of ${readers.join(", ")}.`,
        );
      continue;
    }
    const words = text.split(/[\s;&|()<>'"`=]+/);
    const reader = readers?.find((one) => words.some((word) => baseName(word) === one));
    if (reader !== undefined) return refused(`/${path}, which the container runs, runs ${reader}.`);
    const named = words.find((word) => isPlaceOf(word, paths));
    if (named !== undefined) return refused(`/${path}, which the container runs, names ${named}.`);
  }
  return { ...KEPT, assumptions };
}

function isPlaceOf(word: string, paths: PathSet): boolean {
  if (!word.startsWith("/")) return false;
  const names = word.split("/").filter((name) => name !== "" && name !== ".");
  return names.length > 0 && paths.isReached({ names, open: /[*$?[]/.test(word) }, "below");
}

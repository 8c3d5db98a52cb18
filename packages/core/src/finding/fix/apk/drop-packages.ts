import type { ImageEdit } from "../../../edit/image-edit.ts";
import { plainName } from "../../../manager/plain-name.ts";
import { apkDatabase } from "../../../package-db/apk/apk-db.ts";
import { type FileView, packageKey } from "../../../package-db/package-db.ts";
import type { KeptFile } from "../../../runtime/runtime-needs.ts";
import { FATE } from "../../../tree/fate.ts";
import { apkPackages } from "../../facts/apk-packages.ts";
import type { Facts } from "../../facts.ts";
import type { StoredFile } from "../../rule.ts";
import type { DropRefused } from "../drop-refused.ts";

/** What happens to an image from which packages are removed before the layers that brought them are stored. */
export interface DroppedPackages {
  /** Names of the packages that are there no longer. */
  readonly freed: readonly string[];
  /** Dependencies that must be asked for, because something that stays needs them at run time; none where nothing does. */
  readonly keep: readonly string[];
  /** The virtual package that asks for them; null where there is nothing to keep. */
  readonly keeper: string | null;
  readonly image: readonly ImageEdit[];
  /** Names that were to go and are themselves needed at run time. */
  readonly needed: readonly string[];
  /** What cannot be seen, in whole sentences. */
  readonly uncertain: readonly string[];
}

export interface DropRequest {
  /** What `apk del` would be given. */
  readonly names: readonly string[];
  /** The first layer that is stored without them. */
  readonly layer: number;
  /** Name for the virtual package that asks for what run-time needs call for; null where nothing runs what goes. */
  readonly keeper: string | null;
}

/** Each round may bring up needs of what the round before kept. */
const MAX_ROUNDS = 8;

/** What `apk del NAMES` at the end of the step that added them would spare the image, run-time needs kept. */
export function dropPackages(facts: Facts, { names, layer, keeper }: DropRequest): DroppedPackages | DropRefused {
  const view = facts.ledger.attribution.packages.finalViews.get(apkDatabase);
  if (view === undefined) return { refusal: "No apk database" };
  let keep: readonly string[] = [];
  let uncertain: readonly string[] = [];
  let freed: ReadonlySet<string> = new Set();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const removal = apkDatabase.remove?.(view, names, { keep });
    if (removal === undefined || removal.refusal !== null) return { refusal: removal?.refusal ?? "" };
    freed = new Set(removal.freed);
    if (keeper === null) break;
    const needs = facts.needs.keptTokens((instance) => !freed.has(facts.ledger.ownerOf(instance)));
    if (!needs.complete) return { refusal: "what their libraries are needed for is too much to follow" };
    uncertain = needs.uncertain;
    const more = needs.files.filter(({ owner, token }) => token !== null && freed.has(owner));
    const next = [...new Set([...keep, ...installedTokens(view, more)])].sort();
    if (next.length === keep.length) break;
    keep = next;
  }
  const gone = [...freed].map(plainName);
  const forget: ImageEdit = {
    kind: "forget",
    database: apkDatabase.id,
    layer,
    packages: gone,
    unask: names,
    ...(keeper === null || keep.length === 0 ? {} : { add: [{ name: keeper, depends: keep }] }),
  };
  const instances = [...freed].flatMap((key) => goneFiles(facts, key, layer));
  return {
    freed: gone,
    keep,
    keeper: keep.length === 0 ? null : keeper,
    image: [{ kind: "omit", instances }, forget],
    needed: names.filter(
      (name) => !freed.has(packageKey({ ecosystem: "apk", name })) && apkPackages(facts).final.has(name),
    ),
    uncertain,
  };
}

/** A library that no package provides by its soname is asked for by the name of the package that has it. */
function installedTokens(view: FileView, files: readonly KeptFile[]): string[] {
  const owners = new Map(files.map(({ token, owner }) => [token ?? owner, owner]));
  const isProvided = (tokens: readonly string[]): boolean =>
    apkDatabase.remove?.(view, [], { keep: tokens })?.refusal === null;
  const tokens = [...owners.keys()];
  if (isProvided(tokens)) return tokens;
  return tokens.map((token) => (isProvided([token]) ? token : plainName(owners.get(token) as string)));
}

/** A second virtual package of a name would replace the first. */
export function unusedName({ ledger }: Facts, name: string): string {
  const { records } = ledger.attribution.packages;
  let unused = name;
  for (let i = 2; records.has(packageKey({ ecosystem: "apk", name: unused })); i++) unused = `${name}${i}`;
  return unused;
}

/** apk leaves configuration that was changed since it was installed; the rest of a package's files goes. */
function goneFiles(facts: Facts, key: string, layer: number): number[] {
  const files = facts.ownedBy(key).filter((file) => file.layer >= layer);
  return files.filter((file) => !isChangedConfig(file, files)).map(({ instance }) => instance);
}

function isChangedConfig({ path, layer }: StoredFile, files: readonly StoredFile[]): boolean {
  return (
    path.startsWith("etc/") &&
    files.some((other) => other.path === path && other.removedIn === layer && other.fate === FATE.overwritten)
  );
}

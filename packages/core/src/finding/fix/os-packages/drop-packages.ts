import type { ImageEdit } from "../../../edit/image-edit.ts";
import { PACKAGE_STATE } from "../../../ledger/owner-keys.ts";
import type { PackageManager } from "../../../manager/package-manager.ts";
import { plainName } from "../../../manager/plain-name.ts";
import type { PackageRecord } from "../../../package-db/package-history.ts";
import type { KeptNeeds } from "../../../runtime/runtime-needs.ts";
import type { Facts } from "../../facts.ts";
import type { DropRefused } from "../drop-refused.ts";

/** What happens to an image from which packages are removed before the layers that brought them are stored. */
export interface DroppedPackages {
  /** Keys of the packages that are there no longer. */
  readonly freed: readonly string[];
  /** Names of packages that must be asked for, because something that stays needs them at run time. */
  readonly keep: readonly string[];
  /** Names that were to go and are themselves needed at run time. */
  readonly needed: readonly string[];
  /** What cannot be seen, in whole sentences. */
  readonly uncertain: readonly string[];
}

/** Each round may bring up needs of what the round before kept. */
const MAX_ROUNDS = 8;

/** What removing packages by name, with what only they had brought, would free; run-time needs are kept. */
export function dropPackages(
  facts: Facts,
  manager: PackageManager,
  names: readonly string[],
): DroppedPackages | DropRefused {
  const view = facts.ledger.attribution.packages.finalViews.get(manager.database);
  if (view === undefined) return { refusal: "there is no database of packages" };
  let keep: readonly string[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const removal = manager.database.remove?.(view, names, { keep });
    if (removal === undefined || removal.refusal !== null) return { refusal: removal?.refusal ?? "" };
    const { freed } = removal;
    const { missed, uncertain, complete } = neededOf(facts, new Set(freed));
    if (!complete) return { refusal: "what their libraries are needed for is too much to follow" };
    const needed = names.filter((name) => missed.includes(name));
    const next = [...new Set([...keep, ...missed])].sort();
    if (needed.length > 0 || next.length === keep.length) return { freed, keep, needed, uncertain };
    if (missed.some((name) => keep.includes(name))) return { refusal: `${missed.join(", ")} would go with them` };
    keep = next;
  }
  return { refusal: "what they bring is needed in too many ways" };
}

/** Names of packages among some, of which files that stay need something at run time. */
export function neededOf(
  facts: Facts,
  gone: ReadonlySet<string>,
): Pick<KeptNeeds, "uncertain" | "complete"> & { readonly missed: readonly string[] } {
  if (gone.size === 0) return { missed: [], uncertain: [], complete: true };
  const { files, uncertain, complete } = facts.needs.keptTokens(
    (instance) => !gone.has(facts.ledger.ownerOf(instance)),
  );
  const owners = files.filter(({ owner, token }) => token !== null && gone.has(owner)).map(({ owner }) => owner);
  return { missed: [...new Set(owners.map(plainName))].sort(), uncertain, complete };
}

/** The packages of the final image that a package manager has a record of, by key. */
export function installedPackages({ ledger }: Facts, { ecosystem }: PackageManager): readonly PackageRecord[] {
  return [...ledger.attribution.packages.records.values()].filter(
    ({ found, installed }) => installed && found.ecosystem === ecosystem,
  );
}

/**
 * Packages that are no longer there from a layer on: their files, what the package manager keeps for each of them, and its
 * database.
 *
 * @param ask names of packages that stay because they are asked for
 */
export function withoutPackages(
  facts: Facts,
  manager: PackageManager,
  keys: readonly string[],
  layer: number,
  ask: readonly string[] = [],
): readonly ImageEdit[] {
  const names = new Set(keys.map(plainName));
  const isOwn = (name: string | null): boolean =>
    name !== null && (names.has(name) || names.has(name.replace(/:[a-z0-9]+$/, "")));
  const files = keys.flatMap((key) => facts.ownedBy(key));
  const state = facts.ownedBy(PACKAGE_STATE).filter(({ path }) => isOwn(manager.packageOfState(path)));
  const instances = [...files, ...state].filter((file) => file.layer >= layer).map(({ instance }) => instance);
  return [
    { kind: "omit", instances },
    { kind: "forget", database: manager.database.id, layer, packages: [...names], ask },
  ];
}

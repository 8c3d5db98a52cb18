import type { Ledger } from "../ledger/ledger.ts";
import { Evidence } from "../package-db/evidence.ts";
import type { PackageChange } from "../package-db/package-db.ts";
import { NONE } from "../tree/path-tree.ts";
import { follow } from "../tree/resolve.ts";
import { squash } from "../tree/squash.ts";
import type { LayerState } from "../tree/squash-observer.ts";
import type { ImageEdit } from "./image-edit.ts";

type Forget = Extract<ImageEdit, { kind: "forget" }>;

/** Everything that has changed for one package manager by the time a layer is built. */
function changeBy(forgets: readonly Forget[], layer: number): PackageChange {
  const due = forgets.filter((forget) => forget.layer <= layer);
  const added = new Map(due.flatMap(({ add = [] }) => add).map((item) => [item.name, item]));
  return {
    remove: [...new Set(due.flatMap(({ packages }) => packages))],
    unask: [...new Set(due.flatMap(({ unask = [] }) => unask))],
    ask: [...new Set(due.flatMap(({ ask = [] }) => ask))],
    add: [...added.values()],
  };
}

/**
 * The content bytes that package managers' own files get, by instance, when some packages are gone from a layer on. Only
 * files that a layer stores anyway get another size: a database that no later step touches is not stored again.
 */
export function rewrittenSizes(ledger: Ledger, forgets: readonly Forget[]): ReadonlyMap<number, number> {
  if (forgets.length === 0) return new Map();
  const known = rewritings.get(ledger) ?? new Map<string, ReadonlyMap<number, number>>();
  rewritings.set(ledger, known);
  const key = JSON.stringify(forgets);
  const sizes = known.get(key) ?? rewrite(ledger, forgets);
  known.set(key, sizes);
  return sizes;
}

/** A plan is weighed again and again with one finding more, and most do not concern packages. */
const rewritings = new WeakMap<Ledger, Map<string, ReadonlyMap<number, number>>>();

function rewrite(ledger: Ledger, forgets: readonly Forget[]): ReadonlyMap<number, number> {
  const sizes = new Map<number, number>();
  const first = Math.min(...forgets.map(({ layer }) => layer));
  const databases = [...ledger.attribution.packages.finalViews.keys()].filter(
    (database) => database.rewrite !== undefined && forgets.some((forget) => forget.database === database.id),
  );
  const indexes = ledger.image.layers.map(({ index }) => index);
  const evidence = new Evidence(databases);
  // The databases are needed as each layer left them, and only the layers' own captures tell.
  squash(indexes, {
    layerApplied(layer, state) {
      evidence.update(layer, state);
      if (layer < first) return;
      for (const database of databases) {
        if (!evidence.changedFor(database)) continue;
        const own = forgets.filter((forget) => forget.database === database.id);
        const rewritten = database.rewrite?.(evidence.viewFor(database, state), changeBy(own, layer)) ?? [];
        for (const { path, bytes } of rewritten) {
          const instance = storedBy(layer, path, state);
          if (instance !== NONE) sizes.set(instance, bytes);
        }
      }
    },
  });
  return sizes;
}

/** The file that a layer itself stores at a path. */
function storedBy(layer: number, path: Parameters<typeof follow>[1], { tree, starts }: LayerState): number {
  const node = follow(tree, path);
  const inode = node === NONE ? NONE : (tree.inodes[node] as number);
  return inode >= (starts[layer] as number) ? inode : NONE;
}

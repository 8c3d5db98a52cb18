import type { Facts } from "../facts.ts";
import type { StoredFile } from "../rule.ts";

/** Files that one layer stores and another took away, all in the same way. */
export interface DeadGroup {
  readonly layer: number;
  readonly removedIn: number;
  readonly fate: StoredFile["fate"];
  readonly files: readonly StoredFile[];
}

/** What layers store and the final image does not show, by who stored it, who took it, and how; in the order of layers. Empty files are left out. */
export function deadGroups(facts: Facts): readonly DeadGroup[] {
  return facts.once(findDeadGroups);
}

function findDeadGroups(facts: Facts): readonly DeadGroup[] {
  const layers = facts.ledger.image.layers.length;
  const byKey = new Map<number, DeadGroup & { readonly files: StoredFile[] }>();
  for (const instance of facts.deadInstances) {
    const file = facts.file(instance);
    if (file.bytes === 0) continue;
    const key = (file.fate * layers + file.layer) * layers + file.removedIn;
    const group = byKey.get(key);
    if (group !== undefined) group.files.push(file);
    else byKey.set(key, { layer: file.layer, removedIn: file.removedIn, fate: file.fate, files: [file] });
  }
  return [...byKey.values()].sort((a, b) => a.layer - b.layer || a.removedIn - b.removedIn || a.fate - b.fate);
}

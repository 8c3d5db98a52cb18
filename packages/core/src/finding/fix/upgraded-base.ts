import type { Ecosystem } from "../../package-db/package-db.ts";
import { deadGroups } from "../facts/dead-files.ts";
import type { Facts } from "../facts.ts";
import { keyOf } from "../path-rule.ts";
import type { Draft } from "../rule.ts";

/**
 * What a layer's upgrade of the base's packages costs: their old files, which the base stores and nobody sees. Null where
 * it took none.
 *
 * @param command what did it, as people write it: `apk upgrade`
 */
export function upgradedBase(facts: Facts, layer: number, ecosystem: Ecosystem, command: string): Draft | null {
  const shadowed = deadGroups(facts)
    .filter((group) => group.removedIn === layer)
    .flatMap(({ files }) => files.filter(({ inBase, owner }) => inBase && owner.startsWith(`${ecosystem}/`)));
  if (shadowed.length === 0) return null;
  return {
    title: `${command} stores newer packages above those of the base`,
    key: keyOf(facts, layer),
    paths: shadowed.map(({ path }) => path),
    layers: [layer, ...new Set(shadowed.map((file) => file.layer))],
    exact: false,
    fix: {
      kind: "change-base",
      text: `Build from a newer tag of the base, and leave ${command} out.`,
      image: [{ kind: "omit", instances: shadowed.map(({ instance }) => instance) }],
      build: [],
      assumes: ["There is a tag of the base with the newer packages."],
    },
  };
}

import { FATE } from "../../tree/fate.ts";
import { deadGroups } from "../facts/dead-files.ts";
import { keyOf } from "../path-rule.ts";
import type { Rule } from "../rule.ts";

/** Paths that stand several times in one layer's tar. */
export const duplicateEntries: Rule = {
  id: "duplicate-entries",
  title: "paths that one layer stores several times",
  about:
    "The tar of a layer holds a path more than once: only the last entry counts, and all are shipped. The image-spec forbids " +
    "it (layer.md), so it is the doing of the tool that built the layer, not of an instruction.",
  severity: "warn",
  confidence: "high",
  related: [],
  *find(facts) {
    for (const { layer, fate, files } of deadGroups(facts)) {
      if (fate !== FATE.duplicateEntry) continue;
      yield {
        title: `${files.length === 1 ? "A path stands" : `${files.length} paths stand`} several times in the layer's tar`,
        key: keyOf(facts, layer),
        paths: files.map(({ path }) => path),
        layers: [layer],
        fix: {
          kind: "none",
          text: "Rebuild the layer with a tool that writes each path once.",
          image: [{ kind: "omit", instances: files.map(({ instance }) => instance) }],
          build: [],
          assumes: [],
        },
      };
    }
  },
};

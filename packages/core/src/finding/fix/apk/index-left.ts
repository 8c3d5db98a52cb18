import { apkSteps } from "../../../manager/apk-steps.ts";
import type { Facts } from "../../facts.ts";
import { keyOf } from "../../path-rule.ts";
import type { Draft, Fix, StoredFile } from "../../rule.ts";
import { byLayer, leaveOut } from "../leave-out.ts";
import { cachelessEdits } from "./cache-edits.ts";

/** Where apk keeps indexes while no package cache is switched on. */
export const INDEX_PATHS: readonly string[] = ["var/cache/apk/APKINDEX.*.tar.gz"];

const REMOVE = {
  command: "rm -rf /var/cache/apk/*",
  advice: "apk add --no-cache leaves none in the first place.",
  assumes: [],
};

/** Every call that fetches an index by itself is told to keep none: only `apk update` has left it. */
export function isUpdateAlone(facts: Facts): boolean {
  const commands = apkSteps(facts).flatMap((step) => step.commands);
  const adding = commands.filter(({ applet }) => applet === "add" || applet === "upgrade" || applet === "fix");
  return (
    commands.some(({ applet, options }) => applet === "update" && !options.has("no-cache")) &&
    adding.length > 0 &&
    adding.every(({ options }) => options.has("no-cache"))
  );
}

/** One draft for the indexes of all layers on top of the base, which the same edits keep out, and one for each of the base's. */
export function* indexesLeft(
  facts: Facts,
  files: readonly StoredFile[],
  title: string,
): Generator<Draft, void, undefined> {
  // With a package cache, the index is part of it.
  if (facts.exists("etc/apk/cache")) return;
  const own = files.filter(({ inBase }) => !inBase);
  const edits = own.length === 0 ? null : cachelessEdits(facts);
  if (edits !== null) {
    const fix: Fix = {
      kind: "edit-run",
      text: "Give apk add --no-cache, which fetches the index and keeps none, and leave apk update out.",
      image: [{ kind: "omit", instances: own.map(({ instance }) => instance) }],
      build: edits,
      assumes: [],
    };
    yield { title, key: "own", paths: pathsOf(own), layers: [...byLayer(own).keys()], fix };
  }
  const others = edits === null ? files : files.filter(({ inBase }) => inBase);
  for (const [layer, group] of byLayer(others)) {
    yield {
      title,
      key: keyOf(facts, layer),
      paths: pathsOf(group),
      layers: [layer],
      fix: leaveOut(facts, group, REMOVE),
    };
  }
}

function pathsOf(files: readonly StoredFile[]): string[] {
  return files.map(({ path }) => path);
}

import type { BuildStep } from "../../build/build.ts";
import type { Facts } from "../facts.ts";

/** Programs of the base that call nothing else and so need no compiler, interpreter or library that packages for building bring. */
const PLAIN = new Set(
  [
    "[ : adduser addgroup apk apt apt-get apt-mark cat chgrp chmod chown cp date delgroup deluser dnf",
    "dpkg echo export false groupadd ln ls microdnf mkdir mkfifo mv printf pwd rm rmdir rpm sed set sleep",
    "sync test touch true umask unset useradd usermod yum",
  ].flatMap((line) => line.split(" ")),
);

function isPlain({ script }: BuildStep): boolean {
  return script?.complete === true && script.commands.every(({ name }) => name !== null && PLAIN.has(name));
}

/**
 * The last RUN that may need packages for building that are there from one step on. RUNs that only move other files about
 * do not; where nothing else follows, nobody can tell what the packages were for, and they are left to all of them.
 *
 * @param freed keys of the packages: `apk/gcc`
 */
export function lastStepThatMayNeed(facts: Facts, from: number, freed: readonly string[]): number {
  const files = freed.flatMap((key) => facts.ownedBy(key));
  const paths = new Set(files.map(({ path }) => `/${path}`));
  const layers = new Set(files.flatMap(({ layer, removedIn }) => [layer, removedIn]));
  const touches = ({ layer, script }: BuildStep): boolean =>
    (layer !== null && layers.has(layer)) ||
    (script?.commands.some(({ words }) => words.some((word) => word !== null && paths.has(word))) ?? false);
  const later = facts.build.steps.filter(({ step, instruction }) => step > from && instruction.verb === "RUN");
  const needing = later.filter((step) => !isPlain(step) || touches(step));
  return (needing.at(-1) ?? later.at(-1))?.step ?? from;
}

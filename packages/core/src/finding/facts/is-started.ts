import { baseName } from "../../image-path.ts";
import type { Facts } from "../facts.ts";

/** Whether the container's own command runs one of some programs, as far as its words show. */
export function isStarted(facts: Facts, programs: readonly string[]): boolean {
  const { entrypoint, cmd, healthcheck } = facts.ledger.image.description.config.run;
  const words = [entrypoint, cmd, healthcheck].flatMap((list) => list ?? []);
  return words.flatMap((word) => word.split(/[\s;&|()"']+/)).some((word) => programs.includes(baseName(word)));
}

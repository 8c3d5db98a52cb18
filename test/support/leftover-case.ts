import { expect } from "vitest";
import type { RuleCase } from "./rule-case.ts";
import { dir, file, type TarEntry } from "./tar-bytes.ts";

/** What a step leaves behind, in few words. */
export interface Leftover {
  /** The instruction that leaves it: the script of a RUN, or a whole COPY. */
  readonly run: string;
  /** What is waste of its layer. */
  readonly waste: readonly TarEntry[];
  /** What else the layer has, and keeps. */
  readonly keeps?: readonly TarEntry[];
  /** Files that look much like it. */
  readonly nearMiss: readonly TarEntry[];
  /** The instruction that makes those; the same where absent. */
  readonly nearRun?: string;
  /** Text of the fix. */
  readonly says: string;
  /** What the fix edits; a RUN where absent. */
  readonly kind?: "edit-run" | "dockerignore" | "none";
  readonly config?: Readonly<Record<string, unknown>>;
}

const instruction = (run: string): string => (/^(?:ADD|COPY) /.test(run) ? run : `RUN ${run}`);

/** The case of a rule: a step with leftovers above one that has none, the same step without them, and a near miss. */
export function leftover(rule: string, of: Leftover): RuleCase {
  const { run, waste, keeps = [], nearMiss, nearRun = run, says, kind = "edit-run", config } = of;
  const image = (by: string, entries: readonly TarEntry[]) => ({
    layers: [
      { by: "COPY dir:1 in /srv", entries: [dir("srv"), file("srv/app", 300)] },
      { by: instruction(by), entries },
    ],
    ...(config === undefined ? {} : { config }),
  });
  return {
    rule,
    fires: image(run, [...keeps, ...waste]),
    fixed: image(run, keeps),
    nearMiss: image(nearRun, [file("srv/other", 40), ...nearMiss]),
    also: ([finding, ...others]) => {
      expect(others).toEqual([]);
      expect(finding?.fix.kind).toBe(kind);
      expect(finding?.fix.text).toContain(says);
      expect(finding?.layers).toEqual([1]);
      if (kind === "edit-run") expect(finding?.fix.change?.after).not.toBe(finding?.fix.change?.before);
    },
  };
}

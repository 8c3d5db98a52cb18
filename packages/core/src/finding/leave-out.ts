import type { BuildStep } from "./build.ts";
import type { Facts } from "./facts.ts";
import type { Fix, StoredFile } from "./rule.ts";

/** How files that nobody needs are kept out of the layer that stores them. */
export interface LeaveOut {
  /** Shell text that removes them, to be run by the step that makes them: `rm -rf /var/cache/apk/*`. */
  readonly command: string;
  /** What else makes the same sure, as a sentence for people; none where empty. */
  readonly advice: string;
  /** What has to be true for the files not to be missed. */
  readonly assumes: readonly string[];
}

/** Stored files by layer, lower layers first. */
export function byLayer(files: readonly StoredFile[]): ReadonlyMap<number, readonly StoredFile[]> {
  const layers = new Map<number, StoredFile[]>();
  for (const file of files) {
    const own = layers.get(file.layer);
    if (own === undefined) layers.set(file.layer, [file]);
    else own.push(file);
  }
  return new Map([...layers].sort(([a], [b]) => a - b));
}

/**
 * The fix for files of one layer: a RUN removes them before it ends, a COPY does not bring them. A command that is
 * appended to a RUN in which something may fail unnoticed would change nothing but what it removes.
 */
export function leaveOut(facts: Facts, files: readonly StoredFile[], { command, advice, assumes }: LeaveOut): Fix {
  const image = [{ kind: "omit" as const, instances: files.map(({ instance }) => instance) }];
  const [first] = files;
  const step = first === undefined ? null : facts.stepOf(first.layer);
  const say = (text: string): string => (advice === "" ? text : `${text} ${advice}`);
  const manual = (text: string, kind: Fix["kind"] = "none"): Fix => ({
    kind,
    text: say(text),
    image,
    build: [],
    assumes,
  });
  if (step === null) return manual("The history does not say which instruction made them.");
  if (step.inBase) return manual("They come with the base image: only another base is without them.");
  if (isCopy(step)) return manual("List them in .dockerignore, or copy only what the image needs.", "dockerignore");
  if (step.script === null || !step.script.complete)
    return manual(`Remove them in the instruction that makes them: ${command}`);
  return {
    kind: "edit-run",
    text: say(`Remove them in the RUN that makes them: append && ${command}`),
    image,
    build: [{ kind: "edit-run", step: step.step, edits: [{ kind: "append", text: command }] }],
    assumes,
  };
}

function isCopy({ instruction: { verb } }: BuildStep): boolean {
  return verb === "COPY" || verb === "ADD";
}

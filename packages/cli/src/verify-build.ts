import { constants } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type FixedDockerfile, resolveSource } from "@imgweigh/core";
import { escapeText, formatCount } from "@imgweigh/core/report";
import { compareRoots, listRoot, type RootDifference, type RootListing } from "@imgweigh/core/results";
import { type BuildTool, buildImage } from "./build-tools.ts";

/** How a Dockerfile is built. */
export interface BuildPlace {
  readonly tool: BuildTool;
  /** Absolute. */
  readonly dockerfile: string;
  readonly context: string;
  /** Arguments of the builder. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** What two builds showed. */
export interface Verdict {
  readonly holds: boolean;
  /** For people, in lines. */
  readonly text: string;
}

const IGNORE = ".dockerignore";

/** The edited Dockerfile, and the context as the edited .dockerignore leaves it: copies, as nothing is written before it is proven. */
async function editedPlace(place: BuildPlace, { files }: FixedDockerfile, folder: string): Promise<BuildPlace> {
  const ignore = files.find(({ name }) => name.endsWith(IGNORE));
  const own = files.find((file) => file !== ignore);
  const dockerfile = join(folder, "edited", basename(place.dockerfile));
  await mkdir(join(folder, "edited"));
  if (own === undefined) await cp(place.dockerfile, dockerfile);
  else await writeFile(dockerfile, own.text);
  if (ignore === undefined) return { ...place, dockerfile };
  if (basename(ignore.name) !== IGNORE) {
    await writeFile(`${dockerfile}${IGNORE}`, ignore.text);
    return { ...place, dockerfile };
  }
  const context = join(folder, "context");
  const options = {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
    mode: constants.COPYFILE_FICLONE,
  };
  await cp(place.context, context, options);
  await writeFile(join(context, IGNORE), ignore.text);
  return { ...place, dockerfile, context };
}

class BuildFailed extends Error {}

async function build(
  place: BuildPlace,
  folder: string,
  label: string,
  more: readonly string[] = [],
): Promise<RootListing> {
  const output = join(folder, `${label}.tar`);
  const { tool, dockerfile, context, args, cwd, signal } = place;
  const name = `imgweigh-verify-${basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")}:${label}`;
  const job = { dockerfile, context, output, name, args: [...args, ...more] };
  const failure = await buildImage(tool, job, cwd, signal);
  if (failure !== null) throw new BuildFailed(`${label} does not build:\n${failure}`);
  try {
    return await listRoot(resolveSource(`docker-archive:${output}`, { cwd }), { signal });
  } finally {
    await rm(output, { force: true });
  }
}

function runChanges(before: RootListing, after: RootListing): string[] {
  return Object.keys({ ...before.run, ...after.run }).filter(
    (key) => JSON.stringify(before.run[key]) !== JSON.stringify(after.run[key]),
  );
}

/** An estimate may be off by so much. */
const TOLERANCE = 0.02;

const SHOWN = 20;

function differenceLine({ path, what, before, after }: RootDifference): string {
  if (what === "added") return `  + ${escapeText(path)}`;
  if (what === "removed") return `  - ${escapeText(path)}`;
  return `  ~ ${escapeText(path)}  ${what} ${escapeText(before ?? "")} → ${escapeText(after ?? "")}`;
}

function listed(lines: readonly string[]): string[] {
  const rest = lines.length - SHOWN;
  return rest > 0 ? [...lines.slice(0, SHOWN), `  … and ${formatCount(rest)} more`] : [...lines];
}

/**
 * Builds the Dockerfile as it is and as the plan would have it, and compares the two images entry by entry. What two
 * builds of the same Dockerfile do not share is no difference.
 */
export async function verifyBuild(place: BuildPlace, fixed: FixedDockerfile): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), "imgweigh-verify-"));
  try {
    const before = await build(place, folder, "before");
    const after = await build(await editedPlace(place, fixed, folder), folder, "after");
    let differences = compareRoots(before, after, fixed.expected);
    if (differences.length > 0) {
      const again = await build(place, folder, "again", ["--no-cache"]);
      const shared = compareRoots(before, again, { ...fixed.expected, removed: new Set(), rewritten: new Set() });
      const unsteady = new Set(shared.map(({ path }) => path));
      differences = differences.filter(({ path }) => !unsteady.has(path));
    }
    return judge(place, fixed, before, after, differences);
  } catch (error) {
    if (!(error instanceof BuildFailed)) throw error;
    return { holds: false, text: `not verified by ${place.tool}: ${error.message}\n` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function judge(
  { tool }: BuildPlace,
  { analysis: { plan }, expected }: FixedDockerfile,
  before: RootListing,
  after: RootListing,
  differences: readonly RootDifference[],
): Verdict {
  const predicted = plan.before.contentBytes - plan.after.contentBytes;
  const measured = before.contentBytes - after.contentBytes;
  const isClose = Math.abs(measured - predicted) <= TOLERANCE * Math.abs(predicted);
  const holdsBytes = measured === predicted || (!plan.exact.content && isClose);
  const settings = expected.base ? [] : runChanges(before, after);
  const changes = [...differences.map(differenceLine), ...settings.map((key) => `  ~ the image's ${key}`)];
  const holds = holdsBytes && changes.length === 0;
  const bytes = `saved ${formatCount(measured)} B, predicted ${formatCount(predicted)} B${plan.exact.content ? "" : ", about"}`;
  const lines = [
    `${holds ? "verified" : "not verified"} by ${tool}: ${bytes}`,
    ...(changes.length === 0
      ? [`  ${formatCount(before.entries.size)} entries compared: nothing changed but what the plan removes`]
      : ["  changed, and not by the plan:", ...listed(changes)]),
  ];
  return { holds, text: `${lines.join("\n")}\n` };
}

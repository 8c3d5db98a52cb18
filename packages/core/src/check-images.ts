import process from "node:process";
import { type AnalyzeOptions, readSnapshot, snapshotImage } from "./analyze.ts";
import type { DockerfileOptions } from "./build/read-build.ts";
import type { CheckConfig, ImageCheck } from "./check/check-config.ts";
import type { CheckResult, ImageVerdict } from "./check/check-result.ts";
import { evaluate, summarizeCheck } from "./check/evaluate.ts";
import type { Snapshot } from "./diff/snapshot.ts";
import { ImgweighError, isImgweighError, messageOf } from "./errors.ts";
import { type DockerfileOnDisk, readDockerfileOptions } from "./input/read-dockerfile.ts";
import { formatPlatform } from "./oci/platform.ts";

export interface CheckImagesOptions extends Omit<AnalyzeOptions, "dockerfile" | "platform"> {
  /** How the Dockerfiles that the configuration names were built. */
  readonly build?: Omit<DockerfileOnDisk, "path" | "cwd"> | undefined;
  /** An image without a baseline, or whose baseline is not there, is not checked; otherwise its increases are skipped. */
  readonly requireBaseline?: boolean | undefined;
  /** The day that ignores are held against, `YYYY-MM-DD`; this one, in UTC, where absent. */
  readonly today?: string | undefined;
}

/** An image that no verdict could be reached on. */
export interface FailedImage {
  readonly name: string;
  /** What was thrown: mostly an {@link ImgweighError}. */
  readonly error: unknown;
}

/** A check that was run: the result, in which images that failed stand as `unchecked`, and why they did. */
export interface CheckedImages {
  readonly result: CheckResult;
  readonly failures: readonly FailedImage[];
}

/** What of another image or file is not there; anything else that is wrong with it is an error. */
const ABSENT: ReadonlySet<string> = new Set(["FILE_UNREADABLE", "IMAGE_NOT_FOUND"]);

/** The baseline as it stands; null where it is not there (any more, or yet). */
async function readPresent(baseline: string, head: Snapshot, options: AnalyzeOptions): Promise<Snapshot | null> {
  const { platform } = head.image;
  const wanted = platform === null ? options.platform : formatPlatform(platform);
  try {
    return await readSnapshot(baseline, { ...options, platform: wanted, image: undefined, base: undefined });
  } catch (error) {
    if (!isImgweighError(error)) throw error;
    if (ABSENT.has(error.code)) return null;
    if (error.code !== "PLATFORM_MISMATCH") throw error;
    throw new ImgweighError("NOT_COMPARABLE", `the baseline ${baseline}: ${error.message}`, { cause: error });
  }
}

function baselineMissing({ name, baseline }: ImageCheck): ImgweighError {
  const what = baseline === null ? `${name} has no baseline` : `the baseline ${baseline} of ${name} is not there`;
  return new ImgweighError("BASELINE_MISSING", `${what}, and one is required`, {
    hint: "make one with imgweigh baseline IMAGE -o FILE, or leave --require-baseline away for the first run",
  });
}

async function readDockerfile(check: ImageCheck, options: CheckImagesOptions): Promise<DockerfileOptions | undefined> {
  const { cwd = process.cwd(), build } = options;
  return check.dockerfile === null ? undefined : readDockerfileOptions({ ...build, path: check.dockerfile, cwd });
}

async function checkImage(check: ImageCheck, given: CheckImagesOptions): Promise<ImageVerdict> {
  const dockerfile = await readDockerfile(check, given);
  const options = { ...given, platform: check.platform ?? undefined };
  const { analysis, snapshot } = await snapshotImage(check.image, { ...options, dockerfile });
  const baseline = check.baseline === null ? null : await readPresent(check.baseline, snapshot, options);
  if (baseline === null && given.requireBaseline) throw baselineMissing(check);
  const today = given.today ?? new Date().toISOString().slice(0, 10);
  const verdict = evaluate({ check, analysis, snapshot, baseline, today });
  if (check.baseline === null || baseline !== null) return verdict;
  return { ...verdict, notes: [`the baseline ${check.baseline} is not there`, ...verdict.notes] };
}

function noteOf({ name, error }: FailedImage): string {
  const code = isImgweighError(error) ? `${error.code}: ` : "";
  return `${name} was not checked: ${code}${messageOf(error)}`;
}

/**
 * Weighs every image of a configuration, one after the other, and holds each against its budgets and rules: all that
 * `imgweigh check` does. An image that cannot be analysed does not keep the others from being told.
 *
 * @param options as {@link analyzeImage}: what holds for all images
 * @throws on an abort `signal.reason` itself; what else is thrown of an image stands in `failures`
 */
export async function checkImages(
  { images, notes }: CheckConfig,
  options: CheckImagesOptions = {},
): Promise<CheckedImages> {
  const verdicts: ImageVerdict[] = [];
  const failures: FailedImage[] = [];
  for (const check of images) {
    try {
      verdicts.push(await checkImage(check, options));
    } catch (error) {
      options.signal?.throwIfAborted();
      failures.push({ name: check.name, error });
    }
  }
  const unchecked = failures.map(({ name }) => name);
  return { result: summarizeCheck(verdicts, [...notes, ...failures.map(noteOf)], unchecked), failures };
}

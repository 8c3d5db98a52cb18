import process from "node:process";
import {
  type AnalyzeOptions,
  type ComparedImage,
  readCompared,
  snapshotImage,
  snapshotPlatforms,
  type WeighedImage,
} from "./analyze.ts";
import type { DockerfileOptions } from "./build/given-dockerfile.ts";
import { requirePlatforms } from "./check/budget-platforms.ts";
import type { CheckConfig, ImageCheck } from "./check/check-config.ts";
import type { CheckResult, ImageVerdict } from "./check/check-result.ts";
import { evaluate, summarizeCheck } from "./check/evaluate.ts";
import type { Snapshot } from "./diff/snapshot.ts";
import { ImgweighError, isImgweighError, messageOf } from "./errors.ts";
import { type DockerfileOnDisk, readDockerfileOptions } from "./input/read-dockerfile.ts";
import { formatPlatform } from "./oci/platform.ts";

/** How the images of a check are read, and what is asked of each. */
export interface CheckImagesOptions extends Omit<AnalyzeOptions, "dockerfile" | "platform"> {
  /** How the Dockerfiles that the configuration names were built. */
  readonly build?: Omit<DockerfileOnDisk, "path" | "cwd"> | undefined;
  /** An image without a baseline, or whose baseline is not there, is not checked; otherwise it has not passed. */
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

/** The baseline as far as it could be had: no snapshot where none is named, or it is not there (any more, or yet). */
interface Baseline extends Omit<ComparedImage, "snapshot"> {
  readonly snapshot: Snapshot | null;
  readonly notes: readonly string[];
}

const NO_BASELINE: Baseline = { snapshot: null, estimatedBlobBytes: null, notes: [] };

/** Whatever is wrong with a baseline is said of the baseline. */
function ofBaseline(baseline: string, error: ImgweighError): ImgweighError {
  const code = error.code === "PLATFORM_MISMATCH" ? "NOT_COMPARABLE" : error.code;
  const { hint, details } = error;
  const said = { hint: hint ?? undefined, details, cause: error };
  return new ImgweighError(code, `the baseline ${baseline}: ${error.message}`, said);
}

async function readPresent(baseline: string, head: Snapshot, options: AnalyzeOptions): Promise<Baseline> {
  const { platform } = head.image;
  const wanted = platform === null ? options.platform : formatPlatform(platform);
  try {
    const read = await readCompared(baseline, { ...options, platform: wanted, image: undefined, base: undefined });
    return { ...read, notes: [] };
  } catch (error) {
    if (!isImgweighError(error)) throw error;
    if (!ABSENT.has(error.code)) throw ofBaseline(baseline, error);
    return { ...NO_BASELINE, notes: [`the baseline ${baseline} is not there: ${error.message}`] };
  }
}

function baselineMissing({ name, baseline }: ImageCheck): ImgweighError {
  const what = baseline === null ? `${name} has no baseline` : `the baseline ${baseline} of ${name} is not there`;
  return new ImgweighError("BASELINE_MISSING", `${what}, and one is required`, {
    hint: "make one with imgweigh baseline IMAGE -o FILE; a first run may pass with --missing-baseline allow",
  });
}

async function readDockerfile(check: ImageCheck, options: CheckImagesOptions): Promise<DockerfileOptions | undefined> {
  const { cwd = process.cwd(), build } = options;
  return check.dockerfile === null ? undefined : readDockerfileOptions({ ...build, path: check.dockerfile, cwd });
}

async function checkWeighed(
  check: ImageCheck,
  { analysis, snapshot, estimatedBlobBytes }: WeighedImage,
  options: CheckImagesOptions & Pick<AnalyzeOptions, "platform">,
): Promise<ImageVerdict> {
  const base = check.baseline === null ? NO_BASELINE : await readPresent(check.baseline, snapshot, options);
  if (base.snapshot === null && options.requireBaseline) throw baselineMissing(check);
  const today = options.today ?? new Date().toISOString().slice(0, 10);
  const estimates = { head: estimatedBlobBytes, base: base.estimatedBlobBytes };
  const verdict = evaluate({ check, analysis, snapshot, baseline: base.snapshot, today, estimates });
  return { ...verdict, notes: [...base.notes, ...verdict.notes] };
}

/** The verdict on an image; with every platform, one on each, told apart by the platform in the name. */
async function checkImage(check: ImageCheck, given: CheckImagesOptions): Promise<readonly ImageVerdict[]> {
  const dockerfile = await readDockerfile(check, given);
  if (check.allPlatforms !== true) {
    const options = { ...given, platform: check.platform ?? undefined };
    return [await checkWeighed(check, await snapshotImage(check.image, { ...options, dockerfile }), options)];
  }
  const weighed = await snapshotPlatforms(check.image, { ...given, dockerfile });
  requirePlatforms(
    check,
    weighed.map(({ snapshot }) => snapshot.image.platform),
  );
  const verdicts: ImageVerdict[] = [];
  for (const one of weighed) {
    const { platform } = one.snapshot.image;
    const name = `${check.name} (${platform === null ? "platform unknown" : formatPlatform(platform)})`;
    verdicts.push(await checkWeighed({ ...check, name }, one, given));
  }
  return verdicts;
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
      verdicts.push(...(await checkImage(check, options)));
    } catch (error) {
      options.signal?.throwIfAborted();
      failures.push({ name: check.name, error });
    }
  }
  const unchecked = failures.map(({ name }) => name);
  return { result: summarizeCheck(verdicts, [...notes, ...failures.map(noteOf)], unchecked), failures };
}

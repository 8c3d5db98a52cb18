import {
  type AnalyzeOptions,
  evaluate,
  type ImageCheck,
  type ImageVerdict,
  ImgweighError,
  isImgweighError,
  type Snapshot,
  snapshotImage,
} from "@imgweigh/core";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import type { Host } from "../host.ts";
import { platformText } from "../render/image-title.ts";
import { readSnapshot } from "./compared-image.ts";
import { type DockerfileArguments, readDockerfileOptions } from "./dockerfile-options.ts";

/** An image that no verdict could be reached on. */
export interface FailedImage {
  readonly name: string;
  readonly error: unknown;
}

export interface CheckedImages {
  readonly verdicts: readonly ImageVerdict[];
  readonly failures: readonly FailedImage[];
}

export interface CheckArguments extends DockerfileArguments {
  readonly "require-baseline": boolean;
}

/** What of another image or file is not there; anything else that is wrong with it is an error. */
const ABSENT: ReadonlySet<string> = new Set(["FILE_UNREADABLE", "IMAGE_NOT_FOUND"]);

/** The baseline as it stands; null where it is not there (any more, or yet). */
async function readPresent(baseline: string, head: Snapshot, options: AnalyzeOptions, host: Host) {
  const { platform } = head.image;
  const wanted = platform === null ? options.platform : platformText(platform);
  try {
    return await readSnapshot(baseline, { ...options, platform: wanted, image: undefined, base: undefined }, host);
  } catch (error) {
    if (!isImgweighError(error)) throw error;
    if (ABSENT.has(error.code)) return null;
    if (error.code !== "PLATFORM_MISMATCH") throw error;
    throw new ImgweighError("NOT_COMPARABLE", `the baseline ${baseline}: ${error.message}`, { cause: error });
  }
}

async function checkImage(
  check: ImageCheck,
  argv: CheckArguments,
  given: AnalyzeOptions,
  host: Host,
): Promise<ImageVerdict> {
  const dockerfile = await readDockerfileOptions({ ...argv, dockerfile: check.dockerfile ?? undefined }, host);
  const options = { ...given, platform: check.platform ?? undefined };
  const { analysis, snapshot } = await snapshotImage(check.image, { ...options, dockerfile, stdin: host.stdin });
  const baseline = check.baseline === null ? null : await readPresent(check.baseline, snapshot, options, host);
  if (baseline === null && argv["require-baseline"])
    throw new UsageError(
      check.baseline === null
        ? `${check.name} has no baseline, and --require-baseline wants one`
        : `the baseline ${check.baseline} of ${check.name} is not there, and --require-baseline wants it`,
    );
  const verdict = evaluate(check, analysis, snapshot, baseline, new Date().toISOString().slice(0, 10));
  if (check.baseline === null || baseline !== null) return verdict;
  return { ...verdict, notes: [`the baseline ${check.baseline} is not there`, ...verdict.notes] };
}

/** Every image one after the other: one that cannot be analysed does not keep the others from being told. */
export async function checkImages(
  checks: readonly ImageCheck[],
  argv: CheckArguments,
  options: AnalyzeOptions,
  { host, signal }: Context,
): Promise<CheckedImages> {
  const verdicts: ImageVerdict[] = [];
  const failures: FailedImage[] = [];
  for (const check of checks) {
    try {
      verdicts.push(await checkImage(check, argv, options, host));
    } catch (error) {
      signal.throwIfAborted();
      failures.push({ name: check.name, error });
    }
  }
  return { verdicts, failures };
}

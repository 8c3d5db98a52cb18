import { type Limits, limitExceeded, limitsFrom } from "../archive/limits.ts";
import { ImgweighError, messageOf } from "../errors.ts";
import { isObject, type JsonObject } from "../oci/json.ts";
import { formatPlatform, type Platform, parsePlatform, readPlatform, satisfies } from "../oci/platform.ts";
import { NotAsExpected } from "./json-reader.ts";
import { requireSums } from "./require-sums.ts";
import { SNAPSHOT_VERSION, type Snapshot } from "./snapshot.ts";
import { readAnalysis, readBaseline } from "./snapshot-readers.ts";
import { snapshotOfAnalysis } from "./take-snapshot.ts";

/** How a baseline is read. */
export interface ParseSnapshotOptions {
  /** Which of a file's analyses is meant, where it has several: `linux/arm64`. */
  readonly platform?: string | undefined;
  /** What the file is called in messages. */
  readonly name?: string | undefined;
  readonly limits?: Partial<Limits> | undefined;
}

const HINT = "make one with imgweigh baseline, or imgweigh analyze --format json";

function parse(text: string, name: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ImgweighError("CONFIG_INVALID", `${name} is not valid JSON: ${messageOf(cause)}`, { hint: HINT, cause });
  }
  if (isObject(value)) return value;
  throw new ImgweighError("CONFIG_INVALID", `${name} is neither a baseline nor a saved analysis`, { hint: HINT });
}

function requireVersion({ schemaVersion }: JsonObject, name: string): void {
  if (schemaVersion === SNAPSHOT_VERSION) return;
  throw new ImgweighError(
    "SCHEMA_UNSUPPORTED",
    `${name} has schema version ${JSON.stringify(schemaVersion) ?? "(none)"}; this program reads ${SNAPSHOT_VERSION}`,
    { hint: HINT },
  );
}

function platformOf(analysis: unknown): Platform | null {
  const image = isObject(analysis) ? analysis["image"] : null;
  return isObject(image) ? readPlatform(image["platform"]) : null;
}

/** The analysis of the wanted platform, out of those of several. */
function choose(analyses: readonly unknown[], wanted: string | undefined, name: string): unknown {
  const list = analyses.map(platformOf).map((platform) => (platform === null ? "unknown" : formatPlatform(platform)));
  const hint = `it has ${list.join(", ")}: choose with --platform`;
  if (wanted === undefined) {
    if (analyses.length === 1) return analyses[0];
    throw new ImgweighError("IMAGE_AMBIGUOUS", `${name} has analyses of several platforms`, { hint });
  }
  const platform = parsePlatform(wanted);
  const found = analyses.find((one) => {
    const offered = platformOf(one);
    return offered !== null && satisfies(offered, platform);
  });
  if (found !== undefined) return found;
  throw new ImgweighError("NOT_COMPARABLE", `${name} has no analysis for ${formatPlatform(platform)}`, { hint });
}

function readSnapshot(value: unknown, name: string): Snapshot {
  try {
    if (isObject(value) && value["kind"] === "baseline") {
      const snapshot: Snapshot = { schemaVersion: SNAPSHOT_VERSION, kind: "baseline", ...readBaseline(value) };
      requireSums(snapshot);
      return snapshot;
    }
    if (isObject(value) && isObject(value["plan"])) {
      const snapshot = snapshotOfAnalysis(readAnalysis(value));
      requireSums(snapshot);
      return snapshot;
    }
  } catch (error) {
    if (!(error instanceof NotAsExpected)) throw error;
    throw new ImgweighError("CONFIG_INVALID", `${name}: ${error.place} is not ${error.expected}`, {
      hint: "was the file edited or merged by hand? write it again",
      details: { place: error.place },
    });
  }
  throw new ImgweighError("CONFIG_INVALID", `${name} is neither a baseline nor a saved analysis`, { hint: HINT });
}

/**
 * A snapshot out of a file: what `imgweigh baseline` wrote, or `imgweigh analyze --format json`, also with its lists
 * cut. What the file does not hold is unknown, never zero.
 *
 * @throws {ImgweighError} CONFIG_INVALID, SCHEMA_UNSUPPORTED, LIMIT_EXCEEDED; IMAGE_AMBIGUOUS, NOT_COMPARABLE where a
 *   file of several platforms does not have one that is wanted
 */
export function parseSnapshot(file: string | Uint8Array, options: ParseSnapshotOptions = {}): Snapshot {
  const { platform, name = "the baseline" } = options;
  const limits = limitsFrom(options.limits);
  if (file.length > limits.maxBaselineBytes) throw limitExceeded(limits, "maxBaselineBytes", name);
  const value = parse(typeof file === "string" ? file : new TextDecoder().decode(file), name);
  requireVersion(value, name);
  const { analyses } = value;
  return readSnapshot(Array.isArray(analyses) ? choose(analyses, platform, name) : value, name);
}

import { compareFindings } from "../diff/compare-findings.ts";
import type { Snapshot } from "../diff/snapshot.ts";
import type { Finding } from "../finding/finding.ts";
import { matchesText, pathMatcher } from "../ledger/glob.ts";
import type { Ignore, ImageCheck, Level } from "./check-config.ts";
import type { FindingVerdict, IgnoredFinding } from "./check-result.ts";

export interface JudgedFindings {
  readonly findings: readonly FindingVerdict[];
  readonly ignored: readonly IgnoredFinding[];
  readonly notes: readonly string[];
}

const WEIGHT = { off: 0, warn: 1, error: 2 } as const satisfies Record<Level, number>;

function levelOf({ rule }: Finding, { rules }: ImageCheck): Level {
  return rules.findLast((one) => matchesText(one.rule, rule))?.level ?? "warn";
}

function failsAt(level: Level, failOn: Level): boolean {
  return failOn !== "off" && WEIGHT[level] >= WEIGHT[failOn];
}

/** Whether an ignore is about a finding: with a path, all of the finding's paths have to lie there. */
function ignoreMatcher({ rule, path }: Ignore): (finding: Finding) => boolean {
  const isThere = path === null ? null : pathMatcher(path);
  return (finding) =>
    matchesText(rule, finding.rule) &&
    (isThere === null || (finding.paths.length > 0 && finding.paths.every((one) => isThere(one))));
}

function placeOf({ origin: { file, line, key } }: Ignore): string {
  return file === null ? key : `${file}:${line}`;
}

/**
 * The level of each finding, in the order of the analysis; those at `off` are left out.
 *
 * @param today `YYYY-MM-DD`: an ignore holds up to and including its last day
 */
export function judgeFindings(
  check: ImageCheck,
  findings: readonly Finding[],
  baseline: Snapshot | null,
  today: string,
): JudgedFindings {
  const added =
    baseline === null ? null : new Set(compareFindings(baseline.findings, findings).new.map(({ id }) => id));
  const ignores = check.ignores.map((ignore) => {
    const isExpired = ignore.until !== null && ignore.until < today;
    return { ignore, isExpired, matches: ignoreMatcher(ignore), isUsed: false };
  });
  const judged: FindingVerdict[] = [];
  const ignored: IgnoredFinding[] = [];
  for (const finding of findings) {
    const level = levelOf(finding, check);
    const matching = ignores.filter(({ matches }) => matches(finding));
    for (const one of matching) one.isUsed = true;
    const by = matching.find(({ isExpired }) => !isExpired)?.ignore;
    if (level === "off") continue;
    if (by !== undefined) ignored.push({ finding, reason: by.reason, until: by.until });
    else
      judged.push({
        finding,
        level,
        fails: failsAt(level, check.failOn),
        isNew: added === null ? null : added.has(finding.id),
      });
  }
  const notes = ignores.flatMap(({ ignore, isExpired, isUsed }) => {
    const what = `the ignore of ${ignore.rule} (${placeOf(ignore)})`;
    if (!isUsed) return [`${what} matches no finding: it can go`];
    return isExpired ? [`${what} expired after ${ignore.until}`] : [];
  });
  return { findings: judged, ignored, notes };
}

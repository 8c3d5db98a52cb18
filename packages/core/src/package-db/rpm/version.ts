/** Versions of packages and how rpm compares them: rpm 4.18 rpmio/rpmvercmp.c and rpmio/rpmver.c. */

const DIGIT = /[0-9]/;
const LETTER = /[A-Za-z]/;

/**
 * `rpmvercmp`: segments of digits or of letters, one after the other; what lies between them only separates.
 * `~` sorts before everything, even the end; `^` after the end but before anything else.
 */
export function compareVersions(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    i = skipSeparators(a, i);
    j = skipSeparators(b, j);
    const x = a[i];
    const y = b[j];
    if (x === "~" || y === "~") {
      if (x !== "~") return 1;
      if (y !== "~") return -1;
    } else if (x === "^" || y === "^") {
      if (x === undefined) return -1;
      if (y === undefined) return 1;
      if (x !== "^") return 1;
      if (y !== "^") return -1;
    } else {
      if (x === undefined || y === undefined) break;
      const numeric = DIGIT.test(x);
      const endA = segmentEnd(a, i, numeric);
      const endB = segmentEnd(b, j, numeric);
      // A number is newer than letters.
      if (endB === j) return numeric ? 1 : -1;
      const order = compareSegments(a.slice(i, endA), b.slice(j, endB), numeric);
      if (order !== 0) return order;
      i = endA;
      j = endB;
      continue;
    }
    i++;
    j++;
  }
  if (i >= a.length && j >= b.length) return 0;
  return i >= a.length ? -1 : 1;
}

function skipSeparators(text: string, from: number): number {
  let at = from;
  while (at < text.length && !/[0-9A-Za-z~^]/.test(text[at] as string)) at++;
  return at;
}

function segmentEnd(text: string, from: number, numeric: boolean): number {
  const kind = numeric ? DIGIT : LETTER;
  let at = from;
  while (at < text.length && kind.test(text[at] as string)) at++;
  return at;
}

function compareSegments(a: string, b: string, numeric: boolean): -1 | 0 | 1 {
  const one = numeric ? a.replace(/^0+/, "") : a;
  const two = numeric ? b.replace(/^0+/, "") : b;
  if (numeric && one.length !== two.length) return one.length > two.length ? 1 : -1;
  if (one === two) return 0;
  return one > two ? 1 : -1;
}

/** Epoch, version and release of `[epoch:]version[-release]`; null where not said. */
export interface Evr {
  readonly epoch: string | null;
  readonly version: string;
  readonly release: string | null;
}

/** `parseEVR` of rpmver.c. */
export function parseEvr(text: string): Evr {
  const colon = /^[0-9]*:/.exec(text)?.[0].length ?? 0;
  const dash = text.lastIndexOf("-");
  return {
    epoch: colon === 0 ? null : text.slice(0, colon - 1) || "0",
    version: dash >= colon ? text.slice(colon, dash) : text.slice(colon),
    release: dash >= colon ? text.slice(dash + 1) : null,
  };
}

/** Compares two `[epoch:]version[-release]` (`rpmVersionCmp`); releases only where both have one. */
export function compareEvrs(a: string, b: string): -1 | 0 | 1 {
  const [one, two] = [parseEvr(a), parseEvr(b)];
  const order = compareEpochs(one.epoch, two.epoch) || compareVersions(one.version, two.version);
  if (order !== 0 || one.release === null || two.release === null) return order;
  return compareVersions(one.release, two.release);
}

/** `RPMSENSE_*` of include/rpm/rpmds.h. */
export const SENSE = {
  LESS: 1 << 1,
  GREATER: 1 << 2,
  EQUAL: 1 << 3,
  /** Those that say how versions compare. */
  MASK: 15,
} as const;

/** A name with a range of versions: something provided, or something needed. */
export interface Versioned {
  readonly name: string;
  readonly flags: number;
  /** `[epoch:]version[-release]`; empty where any will do. */
  readonly version: string;
}

/** Whether two ranges of one name have a version in common (`rpmdsCompareIndex`, `rpmverOverlap`). */
export function overlaps(a: Versioned, b: Versioned): boolean {
  if ((a.flags & SENSE.MASK) === 0 || (b.flags & SENSE.MASK) === 0) return true;
  if (a.version === "" || b.version === "") return true;
  const one = parseEvr(a.version);
  const two = parseEvr(b.version);
  let order = compareEpochs(one.epoch, two.epoch);
  if (order === 0) order = compareVersions(one.version, two.version);
  if (order === 0) {
    if (one.release && two.release) order = compareVersions(one.release, two.release);
    else if (one.release && (b.flags & SENSE.EQUAL) !== 0) return true;
    else if (two.release && (a.flags & SENSE.EQUAL) !== 0) return true;
  }
  if (order < 0) return (a.flags & SENSE.GREATER) !== 0 || (b.flags & SENSE.LESS) !== 0;
  if (order > 0) return (a.flags & SENSE.LESS) !== 0 || (b.flags & SENSE.GREATER) !== 0;
  return (a.flags & b.flags & SENSE.MASK) !== 0;
}

/** An epoch that is not said counts as 0. */
function compareEpochs(a: string | null, b: string | null): -1 | 0 | 1 {
  if (a !== null && b !== null) return compareVersions(a, b);
  if (a !== null && Number(a) > 0) return 1;
  return b !== null && Number(b) > 0 ? -1 : 0;
}

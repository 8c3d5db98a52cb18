/**
 * Compares two pacman versions, `[epoch:]version[-release]`: negative, zero or positive. As vercmp(8) and libalpm's
 * `alpm_pkg_vercmp` (6.0): segments of digits as numbers, of letters as text; releases only where both have one.
 */
export function comparePacmanVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = splitVersion(a);
  const right = splitVersion(b);
  const order = compareSegments(left.epoch, right.epoch) || compareSegments(left.version, right.version);
  if (order !== 0 || left.release === null || right.release === null) return order;
  return compareSegments(left.release, right.release);
}

interface SplitVersion {
  readonly epoch: string;
  readonly version: string;
  readonly release: string | null;
}

function splitVersion(whole: string): SplitVersion {
  const colon = /^[0-9]*:/.exec(whole)?.[0].length ?? 0;
  const epoch = whole.slice(0, Math.max(0, colon - 1)) || "0";
  const rest = whole.slice(colon);
  const dash = rest.lastIndexOf("-");
  if (dash < 0) return { epoch, version: rest, release: null };
  return { epoch, version: rest.slice(0, dash), release: rest.slice(dash + 1) };
}

/** libalpm's `rpmvercmp`, of its own kind: separators count by their length, and a rest of letters loses to nothing. */
function compareSegments(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const startA = skip(a, i, isSeparator);
    const startB = skip(b, j, isSeparator);
    const [separatorA, separatorB] = [startA - i, startB - j];
    i = startA;
    j = startB;
    if (i >= a.length || j >= b.length) break;
    if (separatorA !== separatorB) return separatorA - separatorB;
    const numeric = isDigit(a, i);
    const endA = skip(a, i, numeric ? isDigit : isLetter);
    const endB = skip(b, j, numeric ? isDigit : isLetter);
    if (endB === j) return numeric ? 1 : -1;
    const order = compareSegment(a.slice(i, endA), b.slice(j, endB), numeric);
    if (order !== 0) return order;
    i = endA;
    j = endB;
  }
  if (i >= a.length && j >= b.length) return 0;
  return (i >= a.length && !isLetter(b, j)) || isLetter(a, i) ? -1 : 1;
}

function compareSegment(a: string, b: string, numeric: boolean): number {
  const [left, right] = numeric ? [a.replace(/^0+/, ""), b.replace(/^0+/, "")] : [a, b];
  if (numeric && left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

type Test = (text: string, at: number) => boolean;

function skip(text: string, from: number, test: Test): number {
  let at = from;
  while (at < text.length && test(text, at)) at += 1;
  return at;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

function isLetter(text: string, at: number): boolean {
  const code = text.charCodeAt(at) | 0x20;
  return code >= 0x61 && code <= 0x7a;
}

function isSeparator(text: string, at: number): boolean {
  return !isDigit(text, at) && !isLetter(text, at);
}

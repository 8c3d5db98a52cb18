/**
 * Alpine package versions, `1.2.3a_rc1-r4`: their order as apk has it (apk-package(5); compared with `apk version -t` of
 * 2.10.1 and 2.14.4).
 *
 * A version is a row of parts. The first part that differs in value decides. Where the rows go on in different ways, the
 * kind of the next part does: a further number is newest, then a letter, a suffix, a revision, and the end is oldest;
 * only a suffix of a release to come (`_rc1`) is older still.
 */
interface Part {
  readonly kind: Kind;
  readonly value: number;
}

/** In order: of two versions that are equal so far, the one whose next part ranks higher is the older. */
const KINDS = ["invalid", "zeros", "number", "letter", "suffix", "suffix-number", "hash", "revision", "end"] as const;
type Kind = (typeof KINDS)[number];

/** A suffix is known by how it begins, so `pre` is tried before `p`. Below 0: older than the release itself. */
const SUFFIXES = new Map<string, number>([
  ["alpha", -4],
  ["beta", -3],
  ["pre", -2],
  ["rc", -1],
  ["cvs", 0],
  ["svn", 1],
  ["git", 2],
  ["hg", 3],
  ["p", 4],
]);

// What stands at the beginning of what is left. Digits behind a dot lose their leading zeros to a part of their own, so
// that 1.010 < 1.02 < 1.1.
const NEXT =
  /(?:\.(?<zeros>0*)(?<dotted>\d*)|_(?<suffix>alpha|beta|pre|rc|cvs|svn|git|hg|p)|-r(?<revision>\d*)|~(?<hash>[0-9a-f]+)|(?<letter>[a-z])|(?<digits>\d+))/y;

/** Real versions have a dozen parts; what has more is invalid from there on. */
const MAX_PARTS = 256;

/** The parts of a version; the last is of kind `end` or `invalid`. */
function partsOf(version: string): readonly Part[] {
  const parts: Part[] = [];
  const first = /^\d*/.exec(version)?.[0] ?? "";
  parts.push({ kind: "number", value: Number(first) });
  let at = first.length;
  while (at < version.length) {
    NEXT.lastIndex = at;
    const found = parts.length < MAX_PARTS ? NEXT.exec(version) : null;
    const added = found === null ? [] : partsFound(found.groups ?? {}, parts.at(-1)?.kind ?? "number");
    if (found === null || added.length === 0) {
      // A suffix that nobody knows counts as one of a release to come.
      if (version[at] === "_") parts.push({ kind: "suffix", value: -1 });
      parts.push({ kind: "invalid", value: 0 });
      return parts;
    }
    at += found[0].length;
    parts.push(...added);
    // Behind leading zeros a number is expected, and an absent one is 0, unless the version ends there.
    if (parts.at(-1)?.kind === "zeros" && (parts.at(-1)?.value ?? 0) < 0 && at < version.length) {
      parts.push({ kind: "number", value: 0 });
    }
  }
  parts.push({ kind: "end", value: 0 });
  return parts;
}

/** The parts that a match stands for; none where they may not follow a part of kind `before`. */
function partsFound(groups: Readonly<Record<string, string | undefined>>, before: Kind): readonly Part[] {
  const { zeros, dotted, suffix, revision, hash, letter, digits } = groups;
  if (dotted !== undefined) {
    if (before !== "number" && before !== "zeros") return [];
    const head: Part = { kind: "zeros", value: zeros === "" ? Number(dotted) : -(zeros?.length ?? 0) };
    return zeros === "" || dotted === "" ? [head] : [head, { kind: "number", value: Number(dotted) }];
  }
  if (letter !== undefined) return before === "number" || before === "zeros" ? [part("letter", letter)] : [];
  if (digits !== undefined) {
    if (before === "letter") return [{ kind: "number", value: Number(digits) }];
    return before === "suffix" ? [{ kind: "suffix-number", value: Number(digits) }] : [];
  }
  if (suffix !== undefined) {
    const value = SUFFIXES.get(suffix) ?? 0;
    return before === "hash" || before === "revision" ? [] : [{ kind: "suffix", value }];
  }
  if (hash !== undefined) return before === "hash" || before === "revision" ? [] : [part("hash", hash)];
  return revision === undefined ? [] : [{ kind: "revision", value: Number(revision) }];
}

function part(kind: Kind, text: string): Part {
  return { kind, value: Number.parseInt(text.slice(0, 12), 36) };
}

/** Whether a text is a version at all. */
export function isVersion(version: string): boolean {
  return partsOf(version).at(-1)?.kind === "end";
}

/** Below 0 where `a` is the older version, above where it is the newer one. */
export function compareVersions(a: string, b: string): number {
  return a === b ? 0 : compareParts(partsOf(a), partsOf(b), false);
}

/** Whether a version lies within another one, `1.2.3-r0` within `1.2`: the operator `~`. */
export function compareFuzzily(version: string, within: string): number {
  return version === within ? 0 : compareParts(partsOf(version), partsOf(within), true);
}

function compareParts(a: readonly Part[], b: readonly Part[], fuzzy: boolean): number {
  for (let i = 0; ; i++) {
    const left = a[i];
    const right = b[i];
    if (left === undefined || right === undefined) return 0;
    if (left.kind === right.kind) {
      if (left.value !== right.value) return left.value < right.value ? -1 : 1;
      if (left.kind === "end" || left.kind === "invalid") return 0;
      continue;
    }
    if (fuzzy) return 0;
    if (left.kind === "suffix" && left.value < 0) return -1;
    if (right.kind === "suffix" && right.value < 0) return 1;
    return KINDS.indexOf(left.kind) > KINDS.indexOf(right.kind) ? -1 : 1;
  }
}

import type { Snapshot, SnapshotLayer, Weight } from "../diff/snapshot.ts";
import { totalOf } from "../diff/weights.ts";
import { isLiteral, pathMatcher, textMatcher } from "../ledger/glob.ts";
import { type Fraction, fractionOf, unitOf } from "./amounts.ts";
import type { Metric, Scope } from "./check-config.ts";

/** What a metric reads of a row. */
type Part = Weight & { readonly entries: number };

/** A number of an image or of a part of it. */
export interface Measure {
  /** Exactly; `null` where the source does not know it. */
  readonly value: Fraction | null;
  /** Rows of the scope; null for the whole image. */
  readonly parts: readonly NamedPart[] | null;
}

function whole(value: number): Fraction {
  return { numerator: BigInt(value), denominator: 1n };
}

/** What a weight has of a metric that is bytes. */
export function bytesOf(weight: Weight, metric: Metric): number | null {
  if (metric === "blob") return weight.blobBytes;
  if (metric === "rootfs") return weight.liveBytes;
  return metric === "wasted" ? weight.wastedBytes : weight.contentBytes;
}

function valueOfParts(metric: Metric, parts: readonly Part[]): Fraction | null {
  const sum = (amountOf: (part: Part) => number): number => parts.reduce((total, part) => total + amountOf(part), 0);
  if (metric === "layers") return whole(parts.length);
  if (metric === "entries") return whole(sum(({ entries }) => entries));
  if (metric === "efficiency") {
    const content = sum(({ contentBytes }) => contentBytes);
    if (content === 0) return whole(1);
    return { numerator: BigInt(sum(({ liveBytes }) => liveBytes)), denominator: BigInt(content) };
  }
  if (parts.some((part) => bytesOf(part, metric) === null)) return null;
  return whole(sum((part) => bytesOf(part, metric) as number));
}

function measureImage(snapshot: Snapshot, metric: Metric): Fraction | null {
  const { layers } = snapshot;
  return valueOfParts(metric, unitOf(metric) === "count" ? layers : [{ ...totalOf(snapshot), entries: 0 }]);
}

/** A row of a scope, under the name that people know it by. */
export type NamedPart = Part & { readonly key: string };

function keyed(weights: readonly (Weight & { readonly key: string })[]): NamedPart[] {
  return weights.map((weight) => ({ ...weight, entries: 0 }));
}

/** Layers under the names of their instructions. */
export function layerParts({ layers }: Snapshot): readonly (SnapshotLayer & NamedPart)[] {
  return layers.map((layer, i) => ({ ...layer, key: layer.instruction ?? `layer ${i}` }));
}

/** Layers by number or diffID, and instructions by text. */
function layersOf(snapshot: Snapshot, { kind, glob }: Scope): readonly NamedPart[] {
  const matches = textMatcher(glob);
  return layerParts(snapshot).filter(({ diffId, instruction }, i) => {
    const names = kind === "layer" ? [String(i), diffId] : [instruction];
    return names.some((name) => name !== null && matches(name));
  });
}

/** The rows of a scope; null where the snapshot may have left some of them out. */
function partsOf(snapshot: Snapshot, scope: Scope, metric: Metric): readonly NamedPart[] | null {
  const { kind, glob } = scope;
  if (kind === "layer" || kind === "instruction") return layersOf(snapshot, scope);
  if (kind === "path") return filesOf(snapshot, glob, metric);
  if (snapshot.omitted[`groups.${kind}`] !== undefined) return null;
  const matches = textMatcher(glob);
  return keyed(snapshot.groups[kind].filter(({ key }) => matches(key)));
}

function filesOf({ files, filesFrom }: Snapshot, glob: string, metric: Metric): readonly NamedPart[] | null {
  // Files without content are left out of a baseline first, and only their blob bytes are anything.
  const isWhole = filesFrom <= (metric === "blob" ? 0 : 1);
  const matches = pathMatcher(glob);
  const found = files.filter(({ path }) => matches(path));
  const isOneFile = isLiteral(glob) && found.length === 1 && found[0]?.path === glob;
  if (!isWhole && !isOneFile) return null;
  return keyed(found.map((file) => ({ ...file, key: file.path })));
}

/** A metric of an image or of a part of it; null where the snapshot does not hold the part. */
export function measure(snapshot: Snapshot, metric: Metric, scope: Scope | null): Measure | null {
  if (scope === null) return { value: measureImage(snapshot, metric), parts: null };
  const parts = partsOf(snapshot, scope, metric);
  return parts === null ? null : { value: valueOfParts(metric, parts), parts };
}

/** As JSON has it: an integer exactly, a ratio rounded as a double is. */
export function numberOf({ numerator, denominator }: Fraction): number {
  return denominator === 1n ? Number(numerator) : Number(numerator) / Number(denominator);
}

/** Below 0 where `a` is less than `b`, 0 where they are equal. */
export function compareFractions(a: Fraction, b: Fraction): number {
  const [left, right] = [a.numerator * b.denominator, b.numerator * a.denominator];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A limit as it was written, exactly. */
export function fractionOfNumber(value: number): Fraction {
  return fractionOf(String(value));
}

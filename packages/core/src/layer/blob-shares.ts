import type { BlobShares, EntryColumns } from "./layer-index.ts";

/**
 * The steps in which a blob was inflated (see `InflateSink`): where each one's output ends in the tar, and how many
 * bytes of the blob it took.
 */
export class BlobSteps {
  readonly outputEnds: number[] = [];
  readonly inputBytes: number[] = [];
  #produced = 0;

  output(bytes: number): void {
    this.#produced += bytes;
  }

  step(inputBytes: number): void {
    this.outputEnds.push(this.#produced);
    this.inputBytes.push(inputBytes);
  }
}

/**
 * Divides each step's blob bytes among the entries whose tar bytes it produced, in proportion, rounded down; what
 * rounding leaves goes to the step's last entry. Bytes of the tar that belong to no entry, and steps without output,
 * are overhead.
 */
export function shareBlob(steps: BlobSteps, entries: EntryColumns): BlobShares {
  const entryBytes = new Float64Array(entries.count);
  let overheadBytes = 0;
  let entry = 0;
  let from = 0;
  for (let step = 0; step < steps.outputEnds.length; step++) {
    const to = steps.outputEnds[step] as number;
    const input = steps.inputBytes[step] as number;
    const output = to - from;
    let given = 0;
    let last = -1;
    let covered = 0;
    for (let i = entry; i < entries.count; i++) {
      const start = Math.max(entries.tarStarts[i] as number, from);
      const end = Math.min(entries.tarEnds[i] as number, to);
      if (start >= to) break;
      if (end > start) {
        const share = Math.floor((input * (end - start)) / output);
        entryBytes[i] = (entryBytes[i] as number) + share;
        given += share;
        covered += end - start;
        last = i;
      }
      if ((entries.tarEnds[i] as number) <= to) entry = i + 1;
    }
    if (last < 0) {
      overheadBytes += input;
    } else {
      // Overhead takes its own share; only what rounding left over goes to the last entry.
      const overhead = output > covered ? Math.floor((input * (output - covered)) / output) : 0;
      overheadBytes += overhead;
      entryBytes[last] = (entryBytes[last] as number) + (input - given - overhead);
    }
    from = to;
  }
  return { entryBytes, overheadBytes };
}

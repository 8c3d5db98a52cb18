import { trimBothEndsOf } from "../../trim-ends.ts";
/** A record of `installed` as it was written. */
export interface InstalledRecord {
  readonly name: string;
  /** `C:`, by which scripts.tar and triggers name the package. */
  readonly checksum: string;
  /** Byte string: the lines, without the empty one behind them. */
  readonly text: string;
}

/** The records of `lib/apk/db/installed`, in its order; what has no name (`P:`) is left out, as apk would refuse it. */
export function splitRecords(content: Uint8Array): readonly InstalledRecord[] {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("latin1");
  const records: InstalledRecord[] = [];
  for (const record of text.split(/\n{2,}/)) {
    const lines = trimBothEndsOf(record, "\n");
    const name = /^P:(.*)$/m.exec(lines)?.[1];
    if (name !== undefined) records.push({ name, checksum: /^C:(.*)$/m.exec(lines)?.[1] ?? "", text: lines });
  }
  return records;
}

/** The file that apk writes of records. */
export function joinRecords(records: readonly InstalledRecord[]): Buffer {
  return Buffer.from(records.map(({ text }) => `${text}\n\n`).join(""), "latin1");
}

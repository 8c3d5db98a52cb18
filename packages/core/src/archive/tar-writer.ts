import { pack } from "tar-stream";

/** An entry to be written. */
export interface TarInput {
  readonly name: string;
  readonly type?: "file" | "directory" | "symlink" | "link";
  readonly linkName?: string;
  readonly content?: Uint8Array | string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Seconds since 1970; 0 unless said, so that equal input gives equal bytes. */
  readonly mtime?: number;
}

/** Writes a tar in memory. Deterministic: the same entries give the same bytes. */
export async function writeTar(entries: Iterable<TarInput>): Promise<Buffer> {
  const packer = pack();
  const chunks: Uint8Array[] = [];
  const collected = (async () => {
    for await (const chunk of packer) chunks.push(chunk as Uint8Array);
  })();
  for (const entry of entries) {
    const type = entry.type ?? "file";
    const header = {
      name: entry.name,
      type,
      mode: entry.mode ?? (type === "directory" ? 0o755 : 0o644),
      uid: entry.uid ?? 0,
      gid: entry.gid ?? 0,
      mtime: new Date((entry.mtime ?? 0) * 1000),
      ...(entry.linkName === undefined ? {} : { linkname: entry.linkName }),
    };
    const content = typeof entry.content === "string" ? Buffer.from(entry.content) : (entry.content ?? Buffer.alloc(0));
    await new Promise<void>((resolve, reject) => {
      packer.entry(header, Buffer.from(content), (error) => (error ? reject(error) : resolve()));
    });
  }
  packer.finalize();
  await collected;
  return Buffer.concat(chunks);
}

import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import { LIMITS, type Limits } from "../archive/limits.ts";
import { parseSnapshot } from "../diff/parse-snapshot.ts";
import type { Snapshot } from "../diff/snapshot.ts";
import { ImgweighError } from "../errors.ts";

/** Before a file that is a baseline, whatever it looks like. */
const PREFIX = "baseline:";
const SNIFFED_BYTES = 64;

/** How a baseline file is found and read. */
export interface ReadBaselineOptions {
  /** What a relative path counts from. */
  readonly cwd: string;
  /** Which of a file's analyses is meant, where it has several: `linux/arm64`. */
  readonly platform?: string | undefined;
  readonly limits?: Partial<Limits> | undefined;
}

/**
 * The baseline file that an argument means: a path to JSON, or `baseline:FILE`; null where it means an image.
 *
 * @throws {ImgweighError} as {@link parseSnapshot}; FILE_UNREADABLE where it names a file that cannot be read
 */
export async function readBaseline(argument: string, options: ReadBaselineOptions): Promise<Snapshot | null> {
  const named = argument.startsWith(PREFIX);
  const name = named ? argument.slice(PREFIX.length) : argument;
  if (name === "" || argument === "-") return null;
  const file = await openFile(resolve(options.cwd, name), named || name.endsWith(".json"));
  if (file === null) return null;
  try {
    if (!named && !(await looksLikeJson(file))) return null;
    const { platform, limits } = options;
    const most = limits?.maxBaselineBytes ?? LIMITS.maxBaselineBytes.default;
    return parseSnapshot(await readUpTo(file, most), { platform, limits, name });
  } finally {
    await file.close();
  }
}

/** null where there is no such file, and none was surely meant. */
async function openFile(path: string, isMeant: boolean): Promise<FileHandle | null> {
  let file: FileHandle | null = null;
  try {
    file = await open(path);
    if ((await file.stat()).isFile()) return file;
  } catch (cause) {
    if (isMeant) throw unreadable(path, cause);
    return null;
  }
  await file.close();
  if (isMeant) throw unreadable(path, null);
  return null;
}

function unreadable(path: string, cause: unknown): ImgweighError {
  const why = cause instanceof Error ? cause.message : "not a file";
  return new ImgweighError("FILE_UNREADABLE", `cannot read the baseline ${path}: ${why}`, {
    hint: "make one with imgweigh baseline IMAGE -o FILE",
    details: { path },
    cause,
  });
}

async function looksLikeJson(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFFED_BYTES), 0, SNIFFED_BYTES, 0);
  return /^(?:\uFEFF)?\s*\{/.test(buffer.toString("utf8", 0, bytesRead));
}

/** A file, or one byte more than `most` of it, so that it is seen to be too long. */
async function readUpTo(file: FileHandle, most: number): Promise<Uint8Array> {
  const size = Math.min((await file.stat()).size, most + 1);
  const content = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(content, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return content.subarray(0, length);
}

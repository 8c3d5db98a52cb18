import { type FileHandle, open, stat } from "node:fs/promises";
import { type ByteStream, readAt, readRange } from "../archive/byte-stream.ts";
import { ImgweighError, isImgweighError, messageOf } from "../errors.ts";
import { fileStamp } from "./file-stamp.ts";
import type { ByteRange, OpenBlob } from "./source.ts";

/** A file that stays open while its image is read. */
export interface OpenedFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly bytes: number;
}

export function unreadable(path: string, cause: unknown): ImgweighError {
  const code = (cause as { code?: unknown } | null)?.code;
  const absent = code === "ENOENT" || code === "ENOTDIR";
  return new ImgweighError(
    "FILE_UNREADABLE",
    absent ? `${path} does not exist` : `${path} cannot be read: ${messageOf(cause)}`,
    {
      cause,
      hint: absent
        ? "check the path; an image of an engine or a registry is written without a leading / or ./"
        : undefined,
      details: { path },
    },
  );
}

/** @throws {ImgweighError} FILE_UNREADABLE */
export async function openFile(path: string): Promise<OpenedFile> {
  let handle: FileHandle | null = null;
  try {
    // Asked before it is opened: opening a named pipe waits for its writer.
    const found = await stat(path);
    if (!found.isFile()) throw notAFile(path, found.isDirectory());
    handle = await open(path, "r");
    const { size } = await handle.stat();
    return { path, handle, bytes: size };
  } catch (cause) {
    await handle?.close();
    throw isImgweighError(cause) ? cause : unreadable(path, cause);
  }
}

function notAFile(path: string, isDirectory: boolean): ImgweighError {
  const what = isDirectory ? "a directory" : "not a regular file";
  const hint = isDirectory
    ? "an image in a directory is opened as oci-layout:PATH or dir:PATH"
    : `what can only be read once goes to standard input: imgweigh analyze - < ${path}`;
  return new ImgweighError("FILE_UNREADABLE", `${path} is ${what}`, { hint, details: { path } });
}

/** @throws {ImgweighError} FILE_UNREADABLE */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

export async function* wholeFile(file: OpenedFile, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of readRange(file.handle, 0, file.bytes, file.path)) {
    signal.throwIfAborted();
    yield chunk;
  }
}

/** Part of a file that stays open as long as the file does. */
export function partOf({ handle, path }: OpenedFile, { offset, length }: ByteRange): OpenBlob {
  return { range: { fd: handle.fd, offset, length, where: path }, close: async () => {} };
}

/** What tells, without reading it, that a file is still the one that was read before; null where nothing does. */
export async function stampOf({ handle, path }: OpenedFile): Promise<string | null> {
  return fileStamp(path, await handle.stat({ bigint: true }));
}

/** The first bytes of a file. */
export function headOf(file: OpenedFile, length: number): Promise<Buffer> {
  return readAt(file.handle, 0, length);
}

/** Counts what is read of a stream. */
export async function* counting(
  input: ByteStream,
  onBytes: (total: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0;
  for await (const chunk of input) {
    total += chunk.length;
    onBytes(total);
    yield chunk;
  }
}

import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { EditedFile } from "@imgweigh/core/extend";
import { escapeText } from "@imgweigh/core/report";
import { UsageError } from "./failure.ts";
import type { Host } from "./host.ts";

/**
 * Writes edited files: all of them, or none where one is not what it was when the edit was made.
 *
 * @param patch what the edits are, as a unified diff
 * @returns a line for people that says how to take it back
 * @throws {UsageError} where a file changed meanwhile, or cannot be written
 */
export async function writeFiles(host: Host, files: readonly EditedFile[], patch: string): Promise<string> {
  for (const { name, before } of files) {
    const now = await readFile(resolve(host.cwd(), name), "utf8").catch(() => null);
    if (now !== before) throw new UsageError(`${name} was changed after it was read: nothing is written`);
  }
  for (const { name, text } of files) {
    const path = resolve(host.cwd(), name);
    await writeFile(path, text).catch((cause: unknown) => {
      throw new UsageError(`cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
    });
  }
  const names = files.map(({ name }) => escapeText(name)).join(", ");
  const kept = await keepPatch(patch);
  return kept === null ? `wrote ${names}\n` : `wrote ${names}; to undo: git apply -R ${escapeText(kept)}\n`;
}

/** Keeps the patch where temporary files go, for its owner alone; null where that cannot be. */
async function keepPatch(patch: string): Promise<string | null> {
  try {
    const path = join(await mkdtemp(join(tmpdir(), "imgweigh-fix-")), "undo.patch");
    await writeFile(path, patch);
    return path;
  } catch {
    return null;
  }
}

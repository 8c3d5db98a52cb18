import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** What the test files of a run share: they inherit it from the process that set them up. */
process.env["IMGWEIGH_E2E_SHARED"] ??= join(tmpdir(), `imgweigh-e2e-shared-${process.pid}`);
const SHARED = process.env["IMGWEIGH_E2E_SHARED"];

async function isFirst(folder: string): Promise<boolean> {
  await mkdir(SHARED, { recursive: true });
  return mkdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );
}

/**
 * What several test files need and takes long to make: the first of them to ask makes it, whichever process it is, and
 * the others wait. A failure is everybody's.
 *
 * @param make writes into the folder that is given to it; what it returns is handed to all, as JSON
 */
export async function madeOnce<T>(name: string, make: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(SHARED, name);
  const outcome = `${folder}.json`;
  if (await isFirst(folder)) {
    const made = await make(folder).then(
      (value) => ({ value }),
      (error: Error) => ({ failure: error.message }),
    );
    await writeFile(`${outcome}.part`, JSON.stringify(made));
    await rename(`${outcome}.part`, outcome);
  }
  for (;;) {
    const text = await readFile(outcome, "utf8").catch(() => null);
    if (text !== null) {
      const { value, failure } = JSON.parse(text) as { value: T; failure?: string };
      if (failure !== undefined) throw new Error(`${name}: ${failure}`);
      return value;
    }
    await sleep(100);
  }
}

export async function removeShared(): Promise<void> {
  await rm(SHARED, { recursive: true, force: true });
}

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildImage } from "../support/image-builder.ts";
import { file } from "../support/tar-bytes.ts";
import { type Output, ROOT, run } from "./workspace.ts";

const PROGRAM = join(ROOT, "packages/cli/bin/imgweigh.js");
const ARGUMENTS = [PROGRAM, "analyze", "./api.tar", "--no-cache", "--format", "json", "-q"];

let folder: string;
let whole: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "imgweigh-stdout-"));
  // Each of them is wasted, so each is a row: more than a pipe holds.
  const entries = Array.from({ length: 5000 }, (_, i) => file(`srv/modules/é-${i}.js`, `${i}`));
  await writeFile(join(folder, "api.tar"), buildImage({ layers: [{ entries }, { entries }] }).asDockerArchive());
  await run(process.execPath, [...ARGUMENTS, "-o", "result.json"], { cwd: folder });
  whole = await readFile(join(folder, "result.json"), "utf8");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the program into a pipe; its exit code is the last line on stderr. */
function into(reader: string): Promise<Output> {
  const script = `{ "$@"; echo "ended with $?" >&2; } | { ${reader}; }`;
  return run("sh", ["-c", script, "sh", process.execPath, ...ARGUMENTS], { cwd: folder });
}

describe("a long result on standard output", { timeout: 60_000 }, () => {
  test("is what is written to a file", async () => {
    expect(Buffer.byteLength(whole)).toBeGreaterThan(400_000);
    expect((JSON.parse(whole) as { wasted: unknown[] }).wasted).toHaveLength(5000);
    const { stdout, stderr } = await into("cat");
    expect(stderr).toBe("ended with 0\n");
    expect(stdout === whole).toBe(true);
  });

  test("waits for a slow reader", async () => {
    const { stdout, stderr } = await into("head -c 100; sleep 0.5; head -c 100000; sleep 0.5; cat");
    expect(stderr).toBe("ended with 0\n");
    expect(stdout === whole).toBe(true);
  });

  test.each(["head -c 10", "head -c 200000"])("may be left by its reader: %s", async (reader) => {
    const { stdout, stderr } = await into(reader);
    expect(stderr).toBe("ended with 0\n");
    expect(whole.startsWith(stdout)).toBe(true);
  });
});

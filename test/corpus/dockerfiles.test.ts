import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDockerfile } from "../../packages/core/src/dockerfile/dockerfile.ts";
import { matchHistory } from "../../packages/core/src/dockerfile/match-history.ts";
import { loadImage } from "../../packages/core/src/image/load-image.ts";
import { resolveSource } from "../../packages/core/src/source/resolve-source.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..", "shared", "corpus");
const present = existsSync(join(ROOT, "dockerfiles"));

/** Entries of the base, then the lines of the last stage's instructions, read off the Dockerfiles by hand. */
const BUILT: readonly (readonly [image: string, dockerfile: string, base: number, lines: readonly number[]])[] = [
  ["directory-whiteout.docker.tar", "directory-whiteout/Dockerfile", 2, [3, 4, 5]],
  ["go-on-scratch.docker.tar", "go-on-scratch/Dockerfile", 0, [10, 11]],
  [
    "history-forms.docker.tar.gz",
    "history-forms/Dockerfile",
    4,
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
  ],
  [
    "rewrites-and-hardlinks.docker.tar",
    "rewrites-and-hardlinks/Dockerfile",
    2,
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  ],
  ["single-run-virtual.docker.tar.gz", "single-run-virtual/Dockerfile", 4, [3, 5, 6, 7, 10]],
  ["stale-apk-index.docker.tar.gz", "stale-apk-index/Dockerfile", 4, [3, 4, 5, 6]],
  ["tiny-multi-stage.docker.tar.gz", "tiny-virtual/Dockerfile.multi-stage", 2, [9]],
  ["tiny-single-run-virtual.docker.tar.gz", "tiny-virtual/Dockerfile.single-run", 4, [3, 4]],
  ["tiny-split-virtual.docker.tar.gz", "tiny-virtual/Dockerfile.split", 4, [3, 4, 5, 6]],
];

describe.skipIf(!present)("Dockerfiles of the corpus, and the images built from them", () => {
  test.each(BUILT)("%s", async (name, dockerfile, base, lines) => {
    const image = await loadImage(resolveSource(join(ROOT, "images", name)));
    const text = readFileSync(join(ROOT, "dockerfiles", dockerfile), "utf8");
    const matches = matchHistory(await readDockerfile(text), { history: image.description.config.history, env: null });
    expect(matches).toMatchObject({ baseEntries: base, confidence: "high", missing: [] });
    expect(matches.steps.slice(base).map(({ line }) => line)).toEqual(lines);
    expect(matches.steps.slice(base).every(({ confidence }) => confidence === "high")).toBe(true);
  });
});

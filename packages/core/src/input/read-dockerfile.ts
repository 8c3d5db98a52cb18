import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { Builder } from "../build/builder.ts";
import type { GivenFile } from "../build/edit-build.ts";
import type { DockerfileOptions } from "../build/given-dockerfile.ts";
import { inputUnreadable } from "./unreadable.ts";

/** A Dockerfile on disk, and how it was built. */
export interface DockerfileOnDisk {
  /** Its path, which relative to `cwd` is also its name in patches. */
  readonly path: string;
  /** What relative paths count from, and patches are applied in. */
  readonly cwd: string;
  /** `--build-arg`s that it was built with. */
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** The stage that was built, by name or number; the last where absent. */
  readonly target?: string | undefined;
  /** The folder that it was built in; the Dockerfile's own where absent. */
  readonly context?: string | undefined;
  /** What a patch has to build with; what the image's history shows where absent. */
  readonly builder?: Builder | undefined;
}

/**
 * Reads a Dockerfile and the .dockerignore of its context, for `dockerfile` of `analyzeImage`.
 *
 * @throws {ImgweighError} INPUT_UNREADABLE
 */
export async function readDockerfileOptions(file: DockerfileOnDisk): Promise<DockerfileOptions> {
  const { cwd, buildArgs, target, context, builder } = file;
  const path = resolve(cwd, file.path);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw inputUnreadable(path, cause);
  });
  return {
    // A patch is applied where the program runs.
    name: relative(cwd, path),
    text,
    buildArgs: buildArgs ?? {},
    target,
    builder,
    ignore: await readIgnore(path, cwd, context),
  };
}

/** The .dockerignore of the context; BuildKit prefers one beside the Dockerfile that has its name. */
async function readIgnore(dockerfile: string, cwd: string, context: string | undefined): Promise<GivenFile> {
  const folder = context === undefined ? dirname(dockerfile) : resolve(cwd, context);
  const shared = join(folder, ".dockerignore");
  for (const path of [`${dockerfile}.dockerignore`, shared]) {
    const text = await readFile(path, "utf8").catch(() => null);
    if (text !== null) return { name: relative(cwd, path), text };
  }
  return { name: relative(cwd, shared), text: null };
}

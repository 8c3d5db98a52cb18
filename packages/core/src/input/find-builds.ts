import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { ImgweighError } from "../errors.ts";
import { IgnorePatterns } from "../lint/ignore-patterns.ts";
import type { LintInput } from "../lint/lint-dockerfile.ts";
import { measureContext } from "./measure-context.ts";
import { inputUnreadable } from "./unreadable.ts";

/** A build as a person or a compose file names it. */
export interface NamedBuild {
  /** A path; null where the text is given. */
  readonly dockerfile: string | null;
  readonly text?: string | undefined;
  /** The folder that is built in; null where nothing is known of it, and the Dockerfile's own where absent. */
  readonly context?: string | null | undefined;
  readonly target?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** What it is called in results; the path, unless said. */
  readonly name?: string | undefined;
}

const DOCKERFILES = ["Dockerfile", "Containerfile"] as const;
const GLOB = /[*?[]/;
/** Folders in which nobody keeps Dockerfiles of their own. */
const PASSED_OVER: ReadonlySet<string> = new Set([".git", "node_modules"]);
const MAX_FOLDERS = 10_000;

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}

async function expand(cwd: string, glob: string): Promise<string[]> {
  const pattern = new IgnorePatterns(glob.replace(/^(?:\.\/)+/, ""));
  const found: string[] = [];
  let folders = 0;
  const walk = async (folder: string): Promise<void> => {
    if (++folders > MAX_FOLDERS)
      throw new ImgweighError("LIMIT_EXCEEDED", `${cwd} has more than ${MAX_FOLDERS} folders to look for ${glob} in`, {
        hint: "name the Dockerfiles, or a folder of them",
      });
    for (const entry of await readdir(join(cwd, folder), { withFileTypes: true }).catch(() => [])) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !PASSED_OVER.has(entry.name)) await walk(path);
      else if (entry.isFile() && pattern.excludes(path)) found.push(path);
    }
  };
  await walk("");
  if (found.length === 0)
    throw new ImgweighError("INPUT_UNREADABLE", `no file matches ${glob}`, {
      hint: "quote it so that the shell leaves it alone",
    });
  return found.sort();
}

/**
 * The Dockerfiles that arguments name: files, folders that hold one, globs; `./Dockerfile` where there are none.
 *
 * @throws {ImgweighError} INPUT_UNREADABLE where a glob matches nothing, or a folder holds none
 */
export async function findDockerfiles(cwd: string, names: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of names.length === 0 ? ["."] : names) {
    const path = resolve(cwd, name);
    const stats = await stat(path).catch(() => null);
    if (stats?.isDirectory()) {
      const there: string[] = [];
      for (const one of DOCKERFILES) if (await isFile(join(path, one))) there.push(relative(cwd, join(path, one)));
      const [first] = there;
      if (first === undefined)
        throw new ImgweighError(
          "INPUT_UNREADABLE",
          `there is no Dockerfile in ${name === "." ? "this folder" : name}`,
          {
            hint: "name one: imgweigh lint path/to/Dockerfile",
          },
        );
      found.push(first);
    } else if (stats === null && GLOB.test(name)) found.push(...(await expand(cwd, name)));
    else found.push(name);
  }
  return [...new Set(found)];
}

/** Reads a Dockerfile, and measures what its build is sent. @throws {ImgweighError} INPUT_UNREADABLE */
export async function readBuildInput(build: NamedBuild, cwd: string, signal?: AbortSignal): Promise<LintInput> {
  const path = build.dockerfile === null ? null : resolve(cwd, build.dockerfile);
  const text =
    build.text ??
    (await readFile(path ?? "", "utf8").catch((cause: unknown) => {
      throw inputUnreadable(path ?? "", cause);
    }));
  const folder = build.context === undefined ? (path === null ? null : dirname(path)) : build.context;
  const directory = folder === null ? null : resolve(cwd, folder);
  return {
    name: build.name ?? (path === null ? "-" : relative(cwd, path)),
    text,
    target: build.target,
    buildArgs: build.buildArgs,
    context: directory === null ? null : await measureContext({ directory, dockerfile: path, cwd, signal }),
  };
}

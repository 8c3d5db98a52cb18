import { rootBase } from "../dockerfile/build-state.ts";
import { type Dockerfile, readDockerfile } from "../dockerfile/dockerfile.ts";
import { type HistoryMatches, matchHistory } from "../dockerfile/match-history.ts";
import { type DockerfileProblem, dockerfileProblems } from "../dockerfile/problems.ts";
import type { Image } from "../image/image.ts";
import type { Builder } from "./builder.ts";
import type { GivenFile } from "./edit-build.ts";

/** The Dockerfile that an image was built from. */
export interface DockerfileOptions {
  /** What it is called in patches: a path relative to where they are to be applied. */
  readonly name: string;
  readonly text: string;
  /** `--build-arg`s that it was built with. */
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** The stage that was built (`--target`), by name or number; the last where absent. */
  readonly target?: string | undefined;
  /** What a patch has to build with; what the history shows where absent. */
  readonly builder?: Builder | undefined;
  /** The .dockerignore of the build's context; one that does not exist yet where absent. */
  readonly ignore?: GivenFile | undefined;
}

/** A Dockerfile as its author wrote it, read. Nothing of it needs an image. */
export interface GivenDockerfile {
  readonly options: DockerfileOptions;
  readonly dockerfile: Dockerfile;
  readonly problems: readonly DockerfileProblem[];
}

/**
 * Reads a Dockerfile.
 *
 * @throws {ImgweighError} as {@link readDockerfile}
 */
export async function openDockerfile(options: DockerfileOptions): Promise<GivenDockerfile> {
  const { text, buildArgs, target } = options;
  const dockerfile = await readDockerfile(text, { buildArgs: new Map(Object.entries(buildArgs ?? {})), target });
  return { options, dockerfile, problems: dockerfileProblems(dockerfile) };
}

/** A Dockerfile in which the history of an image was looked for. */
export interface MatchedDockerfile extends GivenDockerfile {
  readonly matches: HistoryMatches;
}

/** Finds the history of an image in a Dockerfile. */
export function matchDockerfile(given: GivenDockerfile, { description }: Image): MatchedDockerfile {
  const { history, run } = description.config;
  return { ...given, matches: matchHistory(given.dockerfile, { history, env: run.env }) };
}

/** The base of an image, as its Dockerfile shows it: the layers that no instruction of the final stage made. Null where that cannot be told. */
export function baseOfDockerfile(
  { dockerfile, matches }: MatchedDockerfile,
  { history }: Image,
): { readonly name: string; readonly layers: number } | null {
  const { baseEntries } = matches;
  if (baseEntries === null || matches.confidence === "none") return null;
  const layers = history.layers.filter(({ historyIndex }) => historyIndex !== null && historyIndex < baseEntries);
  return { name: rootBase(dockerfile) ?? "the Dockerfile's base", layers: layers.length };
}

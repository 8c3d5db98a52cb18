import { loadShell } from "./shell-parser.ts";

type DockerfileAst = typeof import("dockerfile-ast");
type Differ = typeof import("diff");

interface Tools {
  readonly ast: DockerfileAst;
  readonly differ: Differ;
}

let tools: Tools | null = null;

/**
 * Loads the parsers of Dockerfiles and shell scripts and the differ, some 100 ms in all, so that everything about
 * Dockerfiles is synchronous from then on. Calling it again costs nothing.
 */
export async function loadDockerfileTools(): Promise<void> {
  if (tools !== null) return;
  const [ast, differ] = await Promise.all([import("dockerfile-ast"), import("diff"), loadShell()]);
  tools = { ast, differ };
}

/** The libraries themselves. Throws where {@link loadDockerfileTools} was not awaited, which is a mistake of the caller. */
export function dockerfileTools(): Tools {
  if (tools === null) throw new Error("loadDockerfileTools() must be awaited before a Dockerfile is read or edited");
  return tools;
}

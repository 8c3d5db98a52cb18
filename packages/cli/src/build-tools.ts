import { spawn } from "node:child_process";
import { UsageError } from "./failure.ts";

/** What builds Dockerfiles on this machine. */
export const BUILD_TOOLS = ["docker", "buildx", "podman", "buildah"] as const;

export type BuildTool = (typeof BUILD_TOOLS)[number];

/** One build of a Dockerfile into a saved image. */
export interface BuildJob {
  readonly dockerfile: string;
  readonly context: string;
  /** Where the image is saved, as `docker save` does. */
  readonly output: string;
  /** A name for the image while it is in the builder's store. */
  readonly name: string;
  /** Arguments of the build, the user's own last. */
  readonly args: readonly string[];
}

type Command = readonly [program: string, ...args: string[]];

interface Commands {
  /** Run one after the other; the first builds. */
  readonly steps: (job: BuildJob) => readonly Command[];
  /** Takes the image out of the builder's store again; null where it never was in one. */
  readonly remove: ((name: string) => Command) | null;
}

const COMMANDS: Readonly<Record<BuildTool, Commands>> = {
  docker: {
    steps: ({ dockerfile, context, output, name, args }) => [
      ["docker", "build", "--file", dockerfile, "--tag", name, ...args, context],
      ["docker", "save", "--output", output, name],
    ],
    remove: (name) => ["docker", "image", "rm", name],
  },
  buildx: {
    steps: ({ dockerfile, context, output, name, args }) => [
      [
        ...(["docker", "buildx", "build", "--file", dockerfile, "--tag", name] as const),
        ...["--output", `type=docker,dest=${output}`, ...args, context],
      ],
    ],
    remove: null,
  },
  podman: {
    steps: ({ dockerfile, context, output, name, args }) => [
      ["podman", "build", "--file", dockerfile, "--tag", name, ...args, context],
      ["podman", "save", "--format", "docker-archive", "--output", output, name],
    ],
    remove: (name) => ["podman", "image", "rm", name],
  },
  buildah: {
    steps: ({ dockerfile, context, output, name, args }) => [
      // Unlike the others it makes a single layer unless told.
      ["buildah", "bud", "--layers", "--file", dockerfile, "--tag", name, ...args, context],
      ["buildah", "push", name, `docker-archive:${output}:${name}`],
    ],
    remove: (name) => ["buildah", "rmi", name],
  },
};

interface Ended {
  /** Null where the program is not there. */
  readonly code: number | null;
  readonly output: string;
}

const KEPT_OUTPUT = 64 * 1024;

function runCommand([program, ...args]: Command, cwd: string, signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, signal, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-KEPT_OUTPUT);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") resolve({ code: null, output });
      else reject(signal.aborted ? signal.reason : error);
    });
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** The first of the tools that answers. @throws {UsageError} where none does */
export async function findBuildTool(cwd: string, signal: AbortSignal): Promise<BuildTool> {
  const asked: readonly (readonly [BuildTool, Command])[] = [
    ["docker", ["docker", "version"]],
    ["podman", ["podman", "version"]],
    ["buildah", ["buildah", "version"]],
  ];
  for (const [tool, command] of asked) if ((await runCommand(command, cwd, signal)).code === 0) return tool;
  throw new UsageError(
    "--verify wants a builder, and neither docker nor podman nor buildah answers; name one: --verify-with",
  );
}

const SHOWN_LINES = 15;

/**
 * Builds and saves an image.
 *
 * @throws {UsageError} where the tool is not there
 * @returns the end of what the tool printed where it fails; null where all went well
 */
export async function buildImage(
  tool: BuildTool,
  job: BuildJob,
  cwd: string,
  signal: AbortSignal,
): Promise<string | null> {
  const { steps, remove } = COMMANDS[tool];
  try {
    for (const command of steps(job)) {
      const { code, output } = await runCommand(command, cwd, signal);
      if (code === null) throw new UsageError(`--verify-with ${tool}: there is no program ${command[0]}`);
      if (code !== 0) return output.trimEnd().split("\n").slice(-SHOWN_LINES).join("\n");
    }
    return null;
  } finally {
    if (remove !== null) await runCommand(remove(job.name), cwd, signal).catch(() => null);
  }
}

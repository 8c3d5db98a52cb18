import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { madeOnce } from "./made-once.ts";
import { CORPUS, docker, hasCorpus, hasEngine, hasSkopeo, PREFIX, ran } from "./tools.ts";

/** What several test files weigh. */
export interface BuiltImages {
  /** Names of images that the engine holds, each image once. */
  readonly images: readonly string[];
  /** Where the corpus's images lie as files, with `truth.json`; null where they could not be built. */
  readonly files: string | null;
}

/** Images that single test files make have names beside this. */
export const BUILT_PREFIX = `${PREFIX}/built`;

/** For working on the tests: the result folder of build-images.sh, run by hand with a PREFIX that ends in `/built`. */
const reused = process.env["IMGWEIGH_E2E_BUILT"];

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** The engine's images below a name, in order of their names. */
export async function imagesBelow(prefix: string): Promise<{ name: string; id: string }[]> {
  const lines = (await docker("image", "ls", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}")).toString();
  const rows = lines.split("\n").map((line) => line.split(" ") as [string, string]);
  return rows
    .filter(([name]) => name.startsWith(`${prefix}/`))
    .map(([name, id]) => ({ name, id }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One name for each image: to weigh the same one twice would show nothing. */
async function distinctImages(): Promise<string[]> {
  const images = (await imagesBelow(BUILT_PREFIX)).reverse();
  return [...new Map(images.map(({ name, id }) => [id, name])).values()].sort();
}

/** Two layers from scratch, the second of which overwrites and deletes: all that is to be had without the corpus. */
async function buildScratch(folder: string): Promise<void> {
  const context = join(folder, "scratch");
  await mkdir(join(context, "files"), { recursive: true });
  for (const name of ["kept", "changed"]) await writeFile(join(context, "files", name), name.repeat(1000));
  await writeFile(join(context, "changed"), "other content\n");
  const lines = ["FROM scratch", "COPY files /files", "COPY changed /files/changed", 'CMD ["/files/kept"]'];
  await writeFile(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
  await ran("docker", ["build", "-t", `${BUILT_PREFIX}/scratch`, context], { env: { DOCKER_BUILDKIT: "0" } });
}

async function buildAll(folder: string): Promise<BuiltImages> {
  let files: string | null = null;
  if (hasCorpus && hasSkopeo) {
    // On port 80 apk names its cache files as it does in real builds.
    const env = { PREFIX: BUILT_PREFIX, PORT: (await isFree(80)) ? "80" : "8973" };
    files = join(folder, "built");
    await ran(join(CORPUS, "tools/build-images.sh"), ["--groups", "base tiny", files], { env });
  }
  await buildScratch(folder);
  return { images: await distinctImages(), files };
}

/** The images of all test files: two minutes, in which those run that have images of their own. */
export async function builtImages(): Promise<BuiltImages> {
  if (!hasEngine) return { images: [], files: null };
  if (reused !== undefined) return { images: await distinctImages(), files: reused };
  return madeOnce("images", buildAll);
}

import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { CACHE, CORPUS, docker, hasCorpus, hasEngine, hasSkopeo, PREFIX, ran, temporaryDirectory } from "./tools.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Names of the images that the engine holds for these tests. */
    images: readonly string[];
    /** Where the corpus's images lie as files, with `truth.json`; null where they could not be built. */
    built: string | null;
  }
}

/** For working on the tests: the result folder of build-images.sh, run by hand with IMGWEIGH_E2E_PREFIX for its PREFIX. */
const reused = process.env["IMGWEIGH_E2E_BUILT"];

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

async function imagesOfTests(): Promise<{ name: string; id: string }[]> {
  const lines = (await docker("image", "ls", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}")).toString();
  const rows = lines.split("\n").map((line) => line.split(" ") as [string, string]);
  return rows
    .filter(([name]) => name.startsWith(`${PREFIX}/`))
    .map(([name, id]) => ({ name, id }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One name for each image: to weigh the same one twice would show nothing. */
async function distinctImages(): Promise<string[]> {
  const images = (await imagesOfTests()).reverse();
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
  await ran("docker", ["build", "-t", `${PREFIX}/scratch`, context], { env: { DOCKER_BUILDKIT: "0" } });
}

/** The images of all test files, built once. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const clear = (): Promise<void> => rm(CACHE, { recursive: true, force: true });
  if (!hasEngine) {
    project.provide("images", []);
    project.provide("built", null);
    return clear;
  }
  if (reused !== undefined) {
    project.provide("images", await distinctImages());
    project.provide("built", reused);
    return clear;
  }
  const folder = await temporaryDirectory();
  let built: string | null = null;
  if (hasCorpus && hasSkopeo) {
    // On port 80 apk names its cache files as it does in real builds.
    const env = { PREFIX, PORT: (await isFree(80)) ? "80" : "8973" };
    built = join(folder.path, "built");
    await ran(join(CORPUS, "tools/build-images.sh"), ["--groups", "base tiny", built], { env });
  }
  await buildScratch(folder.path);
  project.provide("images", await distinctImages());
  project.provide("built", built);
  return async () => {
    const ours = (await imagesOfTests()).map(({ name }) => name);
    if (ours.length > 0) await docker("rmi", ...ours);
    await folder.remove();
    await clear();
  };
}

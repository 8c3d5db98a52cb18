import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docker, ran } from "../e2e/tools.ts";

/** What an image weighs, by what the engine and GNU tar say of it. */
export interface Weight {
  readonly contentBytes: number;
  readonly tarBytes: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Regular files of a layer that are no whiteouts. */
async function contentOfTar(path: string): Promise<number> {
  const text = (await ran("tar", ["-tvf", path, "--quoting-style=escape"], { env: { LC_ALL: "C" } })).toString();
  const files = text.split("\n").filter((line) => line.startsWith("-") && !/[ /]\.wh\.[^/]*$/.test(line));
  return sum(files.map((line) => Number(/^\S+ \S+ +(\d+) /.exec(line)?.[1])));
}

/**
 * @param archive what `docker save` wrote of the image
 * @throws where the engine's own history and the layers that it saved do not agree
 */
export async function measure(image: string, archive: string): Promise<Weight> {
  const folder = await mkdtemp(join(tmpdir(), "imgweigh-measure-"));
  try {
    await ran("tar", ["-xf", archive, "-C", folder]);
    const [{ Layers }] = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")) as [{ Layers: string[] }];
    const layers = Layers.map((path) => join(folder, path));
    const contents: number[] = [];
    for (const path of layers) contents.push(await contentOfTar(path));
    const sizes = await Promise.all(layers.map(async (path) => (await stat(path)).size));
    const contentBytes = sum(contents);
    const history = (await docker("history", "--human=false", "--format", "{{.Size}}", image)).toString();
    const told = sum(history.trim().split("\n").map(Number));
    if (told !== contentBytes) throw new Error(`${image}: docker history says ${told}, tar says ${contentBytes}`);
    return { contentBytes, tarBytes: sum(sizes) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

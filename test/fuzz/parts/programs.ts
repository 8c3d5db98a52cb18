import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../packages/cli/src/run.ts";
import { FakeHost } from "../../support/fake-host.ts";
import { dockerfileText } from "../dockerfiles.ts";
import { imageArchive } from "../images.ts";
import { mutated } from "../mutate.ts";
import { Broken, type Part, type Place, requirePrintable } from "../part.ts";
import { requireSound } from "../sound.ts";

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const SMALL = ["--max-sparse-bytes", "16MiB", "--max-total-bytes", "256MiB"];

async function output(place: Place, args: readonly string[], stdin?: Uint8Array) {
  const host = new FakeHost([...args, ...SMALL], {
    cwd: place.directory,
    env: { IMGWEIGH_CACHE_DIR: place.cache, HOME: place.directory },
    ...(stdin !== undefined && { stdin: inChunks(stdin, 10_007) }),
  });
  const code = await run(host);
  const { stdout, stderr } = host.transcript(code);
  requirePrintable(stdout, `the output of ${args.join(" ")}`);
  requirePrintable(stderr, `what ${args.join(" ")} says`);
  if (![0, 1, 2, 3].includes(code)) throw new Broken(`exit code ${code}`);
  const failure = /^imgweigh: error(?: ([A-Z_]+))?/m.exec(stderr);
  if (code > 1 && failure?.[1] === undefined) throw new Broken(`ends with ${code} and says: ${stderr.slice(0, 2000)}`);
  return { code, stdout, stderr, error: failure?.[1] ?? null };
}

/** What does not depend on where the image came from. */
function comparable(stdout: string, place: Place): string {
  const { source: _, ...rest } = JSON.parse(stdout);
  return JSON.stringify(rest)
    .replaceAll(join(place.directory, "image.tar"), "the input")
    .replaceAll("standard input", "the input");
}

function requireSame(a: string, b: string, what: string): void {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  if (at === a.length && at === b.length) return;
  const [one, other] = [a, b].map((text) => text.slice(Math.max(0, at - 200), at + 100));
  throw new Broken(`${what} give different results:\n  ${one}\n  ${other}`);
}

/** Whole images, through the program: from a file, a pipe with threads, and the cache, as JSON and as tables. */
export const images: Part = {
  name: "images",
  weight: 1_200,
  async run(random, place) {
    const archive = imageArchive(random);
    const bytes = random.chance(0.3) ? mutated(random, archive) : archive;
    const path = join(place.directory, "image.tar");
    writeFileSync(path, bytes);
    const json = ["--format", "json", "--quiet"];
    const file = await output(place, ["analyze", path, "--no-cache", ...json]);
    const pipe = await output(place, ["analyze", "-", "--no-cache", ...json], bytes);
    if ((file.code === 0) !== (pipe.code === 0))
      throw new Broken(`a file ends with ${file.code} (${file.error}), a pipe with ${pipe.code} (${pipe.error})`);
    if (file.code !== 0) return false;
    requireSound(JSON.parse(file.stdout));
    requireSame(comparable(file.stdout, place), comparable(pipe.stdout, place), "a file and a pipe");
    const cold = await output(place, ["analyze", path, ...json]);
    const warm = await output(place, ["analyze", path, ...json]);
    requireSame(file.stdout, cold.stdout, "a run without a cache and one with an empty one");
    requireSame(file.stdout, warm.stdout, "a run without a cache and one with a full one");
    await output(place, ["suggest", path, "--quiet"]);
    return true;
  },
};

/** The Dockerfile beside an image: linted, matched with the history, and edited. */
export const fixes: Part = {
  name: "fixes",
  weight: 800,
  async run(random, place) {
    const path = join(place.directory, "image.tar");
    const dockerfile = join(place.directory, "Dockerfile");
    writeFileSync(path, imageArchive(random));
    writeFileSync(dockerfile, dockerfileText(random));
    const before = readFileSync(dockerfile);
    const { code } = await output(place, ["fix", path, "--dockerfile", dockerfile, "--no-cache", "--quiet"]);
    if (!before.equals(readFileSync(dockerfile))) throw new Broken("fix without --write changed the Dockerfile");
    return code <= 1;
  },
};

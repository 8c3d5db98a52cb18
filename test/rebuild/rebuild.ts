import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { docker, imgweigh, PREFIX, ran, run } from "../e2e/tools.ts";
import { measure, type Weight } from "./measure.ts";
import type { ContextFile, Pair } from "./pair.ts";

interface PlanJson {
  readonly plan: {
    readonly findings: readonly string[];
    readonly before: Weight;
    readonly after: Weight;
    readonly exact: { readonly content: boolean; readonly tar: boolean };
  };
  readonly findings: readonly { readonly id: string; readonly rule: string; readonly title: string }[];
}

/** What a program printed, and how it ended. */
export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** A pair, from the wasteful build to the rebuilt one. */
export interface Rebuild {
  /** Rules of the findings that the plan applies. */
  readonly rules: readonly string[];
  readonly exact: { readonly content: boolean; readonly tar: boolean };
  readonly predicted: { readonly before: Weight; readonly after: Weight };
  readonly measured: { readonly before: Weight; readonly after: Weight };
  readonly patch: string;
  readonly ran: { readonly before: Ran; readonly after: Ran };
}

async function writeContext(folder: string, files: Readonly<Record<string, ContextFile>>): Promise<void> {
  for (const [path, { content, mode = 0o644 }] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content, { mode });
  }
}

async function build(image: string, context: string): Promise<void> {
  const args = ["build", "--no-cache", "--network", "host", "--force-rm", "-t", image, context];
  const { code, stdout, stderr } = await run("docker", args, { env: { DOCKER_BUILDKIT: "0" } });
  if (code === 0) return;
  throw new Error(
    `the build of ${image} ended with ${code}:\n${stdout.toString().slice(-2000)}\n${stderr.slice(-2000)}`,
  );
}

/** Saved once for all that reads it: an engine takes its time to write an image. */
async function save(image: string, folder: string): Promise<string> {
  const archive = join(folder, `${image.slice(image.lastIndexOf(":") + 1)}.tar`);
  await docker("save", "-o", archive, image);
  return archive;
}

async function runImage(image: string): Promise<Ran> {
  const { code, stdout, stderr } = await run("docker", ["run", "--rm", "--network", "none", image]);
  return { code, output: `${stdout}${stderr}` };
}

async function json(args: readonly string[]): Promise<PlanJson> {
  const { code, stdout, stderr } = await imgweigh([...args, "--format", "json"]);
  if (code !== 0) throw new Error(`imgweigh ${args.join(" ")} ended with ${code}:\n${stderr}`);
  return JSON.parse(stdout.toString()) as PlanJson;
}

/** The patch as printed has to do, by `git apply`, what `--write` does. */
async function fix(archive: string, context: string): Promise<string> {
  const file = join(context, "Dockerfile");
  const printed = await imgweigh(["fix", archive, "--dockerfile", "Dockerfile"], { cwd: context });
  if (printed.code !== 0) throw new Error(`imgweigh fix ended with ${printed.code}:\n${printed.stderr}`);
  const patch = printed.stdout.toString();
  if (patch.trim() === "") throw new Error(`imgweigh fix printed no patch:\n${printed.stderr}`);
  const applied = `${context}-applied`;
  await cp(context, applied, { recursive: true });
  await writeFile(join(dirname(context), "patch"), patch);
  await ran("git", ["apply", "--unsafe-paths", join(dirname(context), "patch")], { cwd: applied });
  const written = await imgweigh(["fix", archive, "--dockerfile", file, "--write"]);
  if (written.code !== 0) throw new Error(`imgweigh fix --write ended with ${written.code}:\n${written.stderr}`);
  const files = ["Dockerfile", ".dockerignore"];
  for (const name of files) {
    const [one, other] = await Promise.all([context, applied].map((root) => readOptional(join(root, name))));
    if (one !== other) throw new Error(`${name} by --write is not that by git apply:\n${one}\n---\n${other}`);
  }
  return patch;
}

async function readOptional(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch(() => null);
}

async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "imgweigh-rebuild-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepare(folder: string, pair: Pair, lines: readonly string[], base: string): Promise<string> {
  const context = join(folder, "context");
  await rm(context, { recursive: true, force: true });
  await mkdir(context, { recursive: true });
  await writeContext(context, (await pair.context?.()) ?? {});
  await writeFile(join(context, "Dockerfile"), `${lines.join("\n").replaceAll(/^FROM BASE/gm, `FROM ${base}`)}\n`);
  return context;
}

/** The image by a careful author, weighed: what could be saved. */
export async function measureByHand(pair: Pair, base: string): Promise<Weight> {
  const image = `${PREFIX}/rebuild-${pair.name}:by-hand`;
  return inTemporaryFolder(async (folder) => {
    const context = await prepare(folder, pair, pair.byHand, base);
    await writeContext(context, (await pair.contextByHand?.()) ?? {});
    await build(image, context);
    try {
      return await measure(image, await save(image, folder));
    } finally {
      await docker("rmi", image);
    }
  });
}

/** Builds wastefully, lets imgweigh edit the Dockerfile, builds again, and measures both with other programs. */
export async function rebuild(pair: Pair, base: string): Promise<Rebuild> {
  const wasteful = `${PREFIX}/rebuild-${pair.name}:wasteful`;
  const fixed = `${PREFIX}/rebuild-${pair.name}:fixed`;
  const made: string[] = [];
  return inTemporaryFolder(async (folder) => {
    try {
      const context = await prepare(folder, pair, pair.wasteful, base);
      await build(wasteful, context);
      made.push(wasteful);
      const archive = await save(wasteful, folder);
      const { plan, findings } = await json(["suggest", archive, "--dockerfile", join(context, "Dockerfile")]);
      if (plan.findings.length === 0) throw new Error(`the plan is empty: ${JSON.stringify(findings, null, 1)}`);
      const patch = await fix(archive, context);
      await build(fixed, context);
      made.push(fixed);
      const applied = findings.filter(({ id }) => plan.findings.includes(id));
      return {
        rules: [...new Set(applied.map(({ rule }) => rule))].sort(),
        exact: plan.exact,
        predicted: plan,
        measured: {
          before: await measure(wasteful, archive),
          after: await measure(fixed, await save(fixed, folder)),
        },
        patch,
        ran: { before: await runImage(wasteful), after: await runImage(fixed) },
      };
    } finally {
      if (made.length > 0) await docker("rmi", ...made.reverse());
    }
  });
}

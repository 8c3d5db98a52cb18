import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const CORPUS = resolve(ROOT, "../shared/corpus");
export const PROGRAM = join(ROOT, "packages/cli/bin/imgweigh.js");

/**
 * Every image that a test makes has a name below this, and only those are removed again. Each run has its own, so that
 * two at a time do not take each other's images away; test files inherit it from the process that set them up.
 */
process.env["IMGWEIGH_E2E_PREFIX"] ??= `imgweigh-test/run-${process.pid}`;
export const PREFIX = process.env["IMGWEIGH_E2E_PREFIX"];

/** The cache of the programs that these tests run, not the user's; the one for a run, like the names above. */
process.env["IMGWEIGH_E2E_CACHE"] ??= join(tmpdir(), `imgweigh-e2e-cache-${process.pid}`);
export const CACHE = process.env["IMGWEIGH_E2E_CACHE"];
process.env["IMGWEIGH_CACHE_DIR"] = CACHE;

export const hasCorpus = existsSync(join(CORPUS, "truth.json"));
export const hasEngine = works("docker", ["version", "--format", "{{.Server.Version}}"]);
export const hasSkopeo = works("skopeo", ["--version"]);
export const hasPodman = works("podman", ["--version"]);
export const hasRegistry = works("docker-registry", ["--version"]);

export function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore", timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

export interface Output {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** A file to read standard input from. */
  readonly stdin?: string;
  /** Called with the process as soon as it runs. */
  readonly started?: (child: ChildProcess) => void;
}

/** Runs a program to its end, whatever its exit code. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Output> {
  const input = options.stdin === undefined ? null : openSync(options.stdin, "r");
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [input ?? "ignore", "pipe", "pipe"],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  options.started?.(child);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
  } finally {
    if (input !== null) closeSync(input);
  }
}

/** Runs a program that has to succeed, and returns what it printed. */
export async function ran(command: string, args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${stderr.slice(-4000)}`);
}

export const docker = (...args: string[]): Promise<Buffer> => ran("docker", args);

/** The built command line, run as a user runs it. */
export function imgweigh(args: readonly string[], options: RunOptions = {}): Promise<Output> {
  return run(process.execPath, [PROGRAM, ...args], options);
}

// What these tests read of a result; its full form is the JSON Schema's affair.
export interface AnalysisJson {
  readonly image: {
    readonly reference: string | null;
    readonly digest: string | null;
    readonly configDigest: string | null;
  };
  readonly source: { readonly kind: string; readonly verified: string };
  readonly sizes: { readonly contentBytes: number; readonly rootfsBytes: number; readonly blobBytes: number | null };
  readonly waste: { readonly bytes: number };
  readonly layers: readonly { readonly diffId: string; readonly contentBytes: number }[];
  readonly packages: readonly {
    readonly ecosystem: string;
    readonly name: string;
    readonly version: string | null;
    readonly liveBytes: number;
    readonly wastedBytes: number;
    readonly installed: boolean;
    readonly explicit: boolean | null;
    readonly requiredBy: readonly string[];
  }[];
  readonly warnings: readonly { readonly code: string }[];
}

export interface PackageJson {
  readonly kind: string;
  readonly chains: readonly (readonly string[])[];
  readonly removal: {
    readonly freed: readonly { readonly key: string; readonly liveBytes: number }[];
    readonly refusal: string | null;
    readonly notes: readonly string[];
  } | null;
}

/** `imgweigh analyze … --format json`, parsed. */
export async function analyze(args: readonly string[], options: RunOptions = {}): Promise<AnalysisJson> {
  const { code, stdout, stderr } = await imgweigh(["analyze", ...args, "--format", "json"], options);
  if (code !== 0) throw new Error(`analyze ${args.join(" ")} ended with ${code}:\n${stderr.slice(-4000)}`);
  return JSON.parse(stdout.toString()) as AnalysisJson;
}

/** `imgweigh why … --format json`, parsed. */
export async function why(target: string, subject: string): Promise<PackageJson> {
  const text = await ran(process.execPath, [PROGRAM, "why", target, subject, "--format", "json"]);
  return JSON.parse(text.toString()) as PackageJson;
}

/** Facts about where an image came from and how it was packed, not about what it weighs. */
const PACKAGING = new Set(["reference", "digest", "configDigest", "mediaType", "blobBytes", "blob", "kind"]);

/** A result without what rightly differs between two forms of one image. */
export function ledgerOf(analysis: AnalysisJson): unknown {
  const text = JSON.stringify(analysis, (key, value) => {
    if (PACKAGING.has(key)) return undefined;
    // A row for blob bytes that no file has: there is none where there are no blobs.
    return Array.isArray(value) ? value.filter((row) => row?.key !== "[format overhead]") : value;
  });
  return JSON.parse(text);
}

/** A temporary directory for one test file, and how to remove it. */
export async function temporaryDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "imgweigh-e2e-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Ends a process that a test started, and waits for its end; one that is gone already is gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

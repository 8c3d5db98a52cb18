import { execFile } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A machine's environment without what the package manager and the test runner that started us have put into it: they
 * would tell the ones started here about another workspace.
 */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign =
    /^(?:npm_|pnpm_|PNPM_|VITEST|VITE_|IMGWEIGH_|TINYPOOL|INIT_CWD$|NODE_ENV$|NODE_PATH$|NODE_OPTIONS$|TEST$|PROD$|DEV$|MODE$)/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const path = (process.env["PATH"] ?? "").split(":").filter((folder) => !/node_modules|node-gyp-bin/.test(folder));
  return { ...Object.fromEntries(kept), PATH: path.join(":") };
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

/** Runs a program to its end, whatever its exit code. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<Output> {
  return new Promise((done) => {
    // The user's own cache is none of a test's business.
    const cache = join(options.cwd, "imgweigh-cache");
    const env = { ...cleanEnvironment(), IMGWEIGH_CACHE_DIR: cache, ...options.env };
    const child = execFile(command, args, { cwd: options.cwd, env, maxBuffer: 2 ** 27 }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout, stderr }),
    );
    child.stdin?.end(options.input ?? "");
  });
}

/** Runs a program that has to succeed, and returns what it printed. */
export async function ran(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`);
}

/** pnpm as the README starts it. */
export const PNPM = ["-y", "pnpm@10"] as const;

/** Whether packages can be had here: a clone that was carried to a machine without network has nothing to install. */
export async function reachesRegistry(): Promise<boolean> {
  const answer = run("npm", ["view", "typescript@6.0.3", "version", "--fetch-retries=0", "--fetch-timeout=20000"], {
    cwd: ROOT,
  });
  return (await answer).stdout.trim() === "6.0.3";
}

import { spawnSync } from "node:child_process";

/** Whether a program can be run here. */
export function has(program: string, ...args: string[]): boolean {
  return spawnSync(program, args.length > 0 ? args : ["--version"]).status === 0;
}

/** Runs a program; its standard output. */
export function run(program: string, args: readonly string[], input?: Uint8Array, cwd?: string): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...(input === undefined ? {} : { input }),
    ...(cwd === undefined ? {} : { cwd }),
    maxBuffer: 2 ** 28,
    env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
  });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr}`);
  return stdout;
}

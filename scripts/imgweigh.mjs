// Runs the command line from a clone: builds what has changed, then hands over. Everything the build says goes to
// stderr, and relative paths count from where the command was typed, not from the workspace's root.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { bundlePackages } from "./bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const build = spawnSync(process.execPath, [tsc, "-b", "packages/core", "packages/page", "packages/cli"], {
  cwd: root,
  stdio: ["ignore", 2, 2],
});
if (build.status !== 0) process.exit(build.status ?? 1);
await bundlePackages();

process.chdir(process.env.INIT_CWD ?? process.cwd());
await import("../packages/cli/dist/bin.js");

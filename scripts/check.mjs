// Everything that can be said about the code without running it (`pnpm check`): one line a check, with its seconds;
// what a failed one printed comes below its line.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
/** The programs, where the lockfile put them: nothing is taken from elsewhere on the machine. */
const packages = {
  tsc: "typescript",
  biome: "@biomejs/biome",
  depcruise: "dependency-cruiser",
  knip: "knip",
  publint: "publint",
  attw: "@arethetypeswrong/cli",
};

async function command(tool) {
  const folder = join(root, "node_modules", packages[tool]);
  const { bin } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[tool]);
}

async function run(tool, ...args) {
  const child = spawn(process.execPath, [await command(tool), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { ok: code === 0, output };
}

/** What users' compilers see: the emitted declarations, with library checks on. */
async function checkDeclarations() {
  const folder = await mkdtemp(join(tmpdir(), "imgweigh-declarations-"));
  try {
    const compilerOptions = {
      target: "es2023",
      lib: ["es2023"],
      module: "nodenext",
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
    };
    const { exports } = JSON.parse(await readFile(join(root, "packages/core/package.json"), "utf8"));
    const doors = Object.values(exports).flatMap(({ types }) => types ?? []);
    const files = doors.map((file) => join(root, "packages/core", file));
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    return await run("tsc", "-p", folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const checks = {
  "types of the packages": () => run("tsc", "-b", "packages/core", "packages/page", "packages/cli"),
  "types of the page's script": () => run("tsc", "-p", "packages/page/src/app"),
  "types of the tests": () => run("tsc", "-p", "test"),
  "types as emitted": checkDeclarations,
  "lint and format": () => run("biome", "check", "--error-on-warnings"),
  "import law": () =>
    run(
      "depcruise",
      "packages/core/src",
      "packages/page/src",
      "packages/cli/src",
      "--config",
      ".dependency-cruiser.js",
    ),
  "dead code and dependencies": () => run("knip"),
  "publint, core": () => run("publint", "--strict", "--pack", "npm", "packages/core"),
  "publint, page": () => run("publint", "--strict", "--pack", "npm", "packages/page"),
  "publint, program": () => run("publint", "--strict", "--pack", "npm", "packages/cli"),
  "types as packed": () => run("attw", "--pack", "packages/core", "--profile", "esm-only", "--no-emoji"),
};

const failed = [];
for (const [name, check] of Object.entries(checks)) {
  const began = performance.now();
  const { ok, output } = await check();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${ok ? "ok    " : "FAILED"} ${seconds.padStart(5)} s  ${name}`);
  if (ok) continue;
  failed.push(name);
  console.log(output.trimEnd());
}
console.log(failed.length === 0 ? "all checks passed" : `failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

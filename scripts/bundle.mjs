// Makes the programs of the packages out of their sources: few files load several times faster than hundreds. The
// declarations beside them are tsc's. What is loaded lazily stays in files of its own, nothing is minified, and what is
// not ours stays where the package manager puts it.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** What is started or imported by its name in `dist/`, from `src/`; a worker's file stands here too. */
const ENTRIES = {
  core: ["index.ts"],
  cli: ["bin.ts"],
};

const ours = /^[./]/;

async function bundle(folder, entries) {
  const built = await rolldown({
    cwd: folder,
    input: Object.fromEntries(entries.map((entry) => [entry.replace(/^.*\/|\.ts$/g, ""), join("src", entry)])),
    external: (name) => !ours.test(name),
    platform: "node",
    tsconfig: false,
  });
  try {
    const names = { entryFileNames: "[name].js", chunkFileNames: "[name].js" };
    const { output } = await built.generate({ dir: "dist", format: "esm", sourcemap: true, minify: false, ...names });
    return new Map(output.map((file) => [file.fileName, file.type === "chunk" ? file.code : file.source]));
  } finally {
    await built.close();
  }
}

/** Writes what differs only: another run of the program may be loading the rest. */
async function write(dist, files) {
  for (const [name, text] of files) {
    const path = join(dist, name);
    if ((await readFile(path, "utf8").catch(() => null)) !== text) await writeFile(path, text);
  }
  for (const name of await readdir(dist, { recursive: true })) {
    if (/\.js(?:\.map)?$/.test(name) && !files.has(name)) await rm(join(dist, name));
  }
}

export async function bundlePackages() {
  for (const [name, entries] of Object.entries(ENTRIES)) {
    const folder = fileURLToPath(new URL(`../packages/${name}`, import.meta.url));
    await write(join(folder, "dist"), await bundle(folder, entries));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundlePackages();

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, symlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const exec = promisify(execFile);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Packs a package of this checkout, unpacks it as an installation has it, and links what it depends on. */
async function install(packageFolder: string, modules: string): Promise<Manifest> {
  const manifest = JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8")) as Manifest;
  const packed = await mkdtemp(join(modules, ".packed-"));
  await exec("npm", ["pack", "--ignore-scripts", "--pack-destination", packed], { cwd: packageFolder });
  const [tarball] = await readdir(packed);
  const target = join(modules, manifest.name);
  await mkdir(target, { recursive: true });
  await exec("tar", ["-xzf", join(packed, tarball as string), "-C", target, "--strip-components", "1"]);
  await rm(packed, { recursive: true });
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const link = join(modules, name);
    await mkdir(dirname(link), { recursive: true });
    if (!name.startsWith("@imgweigh/")) await symlink(await realpath(join(packageFolder, "node_modules", name)), link);
  }
  return manifest;
}

/**
 * Installs the program as it is packed, without a network: `node_modules` with its command, in a folder named after
 * the version. Returns the version.
 */
export async function installProgram(folder: string): Promise<string> {
  const staged = join(folder, ".staged");
  const modules = join(staged, "node_modules");
  await mkdir(join(modules, ".bin"), { recursive: true });
  for (const library of ["core", "page"]) await install(join(ROOT, "packages", library), modules);
  const { version } = await install(join(ROOT, "packages/cli"), modules);
  await symlink("../imgweigh/bin/imgweigh.js", join(modules, ".bin/imgweigh"));
  await rename(staged, join(folder, version));
  return version;
}

import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

/** Where a program is, or null: what a shell would find. */
export function whereIs(program) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  return null;
}

/** What a program says of its version: the first line with a number in it, or else the first. */
function versionOf(program) {
  const asked = spawnSync(program, ["--version"], { encoding: "utf8" });
  const lines = `${asked.stdout ?? ""}\n${asked.stderr ?? ""}`.split("\n");
  return (lines.find((line) => /\d+\.\d+/.test(line)) ?? lines.find((line) => line !== "") ?? "no version told").trim();
}

/** Everything that anything here is compared with. */
const PROGRAMS = ["cat", "tar", "gzip", "igzip", "zstd", "sha256sum", "skopeo", "umoci", "docker-registry", "time"];

/** Program and version, or that it is not installed. */
export const programs = () =>
  PROGRAMS.map((program) => [program, whereIs(program) === null ? "not installed" : versionOf(program)]);

function fileHas(path, word) {
  try {
    return readFileSync(path).includes(word);
  } catch {
    return false;
  }
}

/**
 * Whether sha256sum uses the processor's SHA instructions: the processor has them, and the program leaves the work to
 * OpenSSL, which uses them; coreutils' own code (to 9.x) does not.
 */
export function sha256sumInstructions() {
  const program = whereIs("sha256sum");
  if (program === null) return "sha256sum is not installed";
  const processor = ["sha_ni", "sha2"].find((flag) => fileHas("/proc/cpuinfo", ` ${flag} `));
  const has = processor === undefined ? "The processor tells of no SHA instructions" : `The processor has ${processor}`;
  return fileHas(program, "libcrypto.so")
    ? `${has}, and this sha256sum leaves hashing to OpenSSL, which uses what there is.`
    : `${has}; this sha256sum is not linked with OpenSSL and uses no such instructions. Node's own hashing does.`;
}

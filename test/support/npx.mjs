// Stands in for npx where packages cannot be had: `npx --yes --package imgweigh@VERSION -- COMMAND…` takes the package
// from the folder $PACKAGES/VERSION, and is as strict about its arguments as it is small.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

const [yes, flag, spec, end, command, ...args] = process.argv.slice(2);
const [name, version] = (spec ?? "").split("@");
if (yes !== "--yes" || flag !== "--package" || name !== "imgweigh" || end !== "--" || command === undefined) {
  throw new Error(`not what this npx knows: ${process.argv.slice(2).join(" ")}`);
}
const bin = join(process.env.PACKAGES, version, "node_modules/.bin");
if (!existsSync(bin)) {
  console.error(`npm error code ETARGET\nnpm error notarget No matching version found for ${spec}.`);
  process.exit(1);
}
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
const [code] = await once(spawn(command, args, { stdio: "inherit", env }), "close");
process.exitCode = code ?? 1;

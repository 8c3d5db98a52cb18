import process from "node:process";
import { ran, works } from "./tools.ts";

const ARCHIVE = "http://deb.debian.org/debian";

/** Whether a Debian can be made here: by root, with debootstrap, from an archive that answers. */
export const hasDebian =
  process.getuid?.() === 0 &&
  works("debootstrap", ["--version"]) &&
  (await fetch(`${ARCHIVE}/dists/bookworm/Release`, { method: "HEAD", signal: AbortSignal.timeout(10_000) }).then(
    ({ ok }) => ok,
    () => false,
  ));

/** A small Debian 12 in a folder, with apt; half a minute. */
export async function bootstrapDebian(root: string): Promise<void> {
  await ran("debootstrap", ["--variant=minbase", "bookworm", root, ARCHIVE]);
}

import { join } from "node:path";
import process from "node:process";
import { madeOnce } from "./made-once.ts";
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

/** The folder of a small Debian 12 with apt, half a minute in the making; it is others' too, and stays as it is. */
export function debianRoot(): Promise<string> {
  return madeOnce("debian", async (folder) => {
    const root = join(folder, "root");
    await ran("debootstrap", ["--variant=minbase", "bookworm", root, ARCHIVE]);
    return root;
  });
}

import { debianImage, whyNoDebian } from "../images/debian-trees.mjs";
import { measureWholeImage } from "./whole-image.mjs";

/** Each of its rounds takes as long as four of the generated image. */
const RUNS = 3;

async function measure(bench) {
  const why = whyNoDebian();
  if (why !== null) return { text: `Skipped: ${why}.\n`, goals: [] };
  const { images, tiny, runs } = bench;
  let made = null;
  images.add("debian", () => {
    made ??= debianImage(images.work, { tiny });
    return made;
  });
  try {
    await images.archive("debian");
  } catch (error) {
    // A program's failure: no network, or an archive that has other packages.
    if (error.cmd === undefined) throw error;
    return {
      text: `Skipped: ${error.cmd.slice(0, 80)} … failed: ${error.stderr.trim().split("\n").at(-1)}\n`,
      goals: [],
    };
  }
  const measured = await measureWholeImage({ ...bench, runs: Math.min(runs, RUNS), name: "debian", which: "Debian" });
  if (made !== null) await (await made).remove();
  await images.drop("debian");
  return measured;
}

export const debian = { name: "debian", title: "Real Debian packages: 5 GB in 7 layers", measure };

import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { bigImage } from "./big-image.mjs";
import { SHAPES, shapedLayers } from "./curve-shapes.mjs";
import { plainLayers } from "./plain-layers.mjs";
import { tarOf } from "./tar-bytes.mjs";
import { writeImage } from "./write-image.mjs";

const chunksOf = (layers) => layers.map((entries) => () => tarOf(entries()));

/** Entries as long and as deep as those of a distribution. */
const many = (entries) => () => ({
  layers: chunksOf(plainLayers({ layers: 3, files: Math.ceil(entries / 3), bytes: 200, depth: 5 })),
});

/** Every generated image, by name; `scale` divides what they hold. */
function recipes(scale) {
  const shaped = SHAPES.flatMap((shape) =>
    [shape.n, shape.n / 2, shape.n / 4].map((n) => {
      const items = Math.max(20, Math.ceil(n / scale));
      return [`${shape.name} ${n}`, () => ({ layers: chunksOf(shapedLayers(shape, items)) })];
    }),
  );
  const sized = (options) => () => ({ layers: chunksOf(plainLayers(options)) });
  const big = () => {
    const { layers, steps } = bigImage({ entries: Math.ceil(120_000 / scale) });
    return { layers: chunksOf(layers), steps };
  };
  return new Map([
    ["tiny", sized({ layers: 1, files: 1, bytes: 1 })],
    ["big", big],
    ["again 20000", sized({ layers: 10, files: Math.ceil(2_000 / scale), bytes: 75_000, dead: 0.1 })],
    [
      "again 265000",
      sized({ layers: 7, files: Math.ceil(38_000 / scale), bytes: 2_000, depth: 4, dead: 0.1, skewed: true }),
    ],
    ...[100_000, 300_000, 1_000_000, 1_300_000].map((entries) => [`entries ${entries}`, many(entries / scale)]),
    ...shaped,
  ]);
}

/** Images, made when they are first asked for, in one folder. What is there already is taken as it is. */
export class Images {
  #folder;
  #recipes;
  /** Those made here: they go when they are dropped, others stay. */
  #kept;

  constructor(folder, { scale, keep }) {
    this.#folder = join(folder, `scale-${scale}`);
    this.#recipes = recipes(scale);
    this.#kept = keep;
  }

  /** More images: their recipe gives `{layers, steps}`, and may take its time. */
  add(name, recipe) {
    this.#recipes.set(name, recipe);
  }

  #path(name, ending) {
    return join(this.#folder, `${name.replaceAll(/\W+/g, "-")}.${ending}`);
  }

  async #made(path, name, options) {
    if (existsSync(path)) return path;
    await mkdir(this.#folder, { recursive: true });
    const out = `${path}.part`;
    await rm(out, { recursive: true, force: true });
    await writeImage({ out, name: "imgweigh-bench:latest", ...options, ...(await this.#recipes.get(name)()) });
    await rename(out, path);
    return path;
  }

  /** A docker-archive with layers as they are. */
  archive(name) {
    return this.#made(this.#path(name, "tar"), name, { form: "docker-archive", compression: "none" });
  }

  /** A folder in the OCI layout. */
  layout(name, compression) {
    return this.#made(this.#path(name, compression), name, { form: "oci-layout", compression, name: "latest" });
  }

  /** A folder for what recipes fetch and unpack. */
  get work() {
    return join(this.#folder, "work");
  }

  /** All forms of an image that will not be asked for again. */
  async drop(name) {
    if (this.#kept) return;
    const start = `${name.replaceAll(/\W+/g, "-")}.`;
    const files = existsSync(this.#folder) ? await readdir(this.#folder) : [];
    for (const file of files) if (file.startsWith(start)) await rm(join(this.#folder, file), { recursive: true });
  }
}

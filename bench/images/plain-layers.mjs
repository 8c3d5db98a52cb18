const FILES_PER_DIRECTORY = 100;

/** Of a hundred files: most are small, one is large, as in real trees; times their mean they give the sizes. */
const SKEWED = [...Array(60).fill(0.1), ...Array(30).fill(0.5), ...Array(9).fill(3), 52];

/** The size of the i-th file, of which the mean is given. */
export const skewedSize = (i, mean) => Math.round(SKEWED[(i * 37) % 100] * mean);

/** Directory entries on the way to a file, each once. */
class Directories {
  #written = new Set();

  *above(path) {
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
      const directory = path.slice(0, slash + 1);
      if (this.#written.has(directory)) continue;
      this.#written.add(directory);
      yield { path: directory, type: "5" };
    }
  }
}

/** The entries, and before each the directories above it that were not yet there. */
export function* withDirectories(entries) {
  const directories = new Directories();
  for (const entry of entries) {
    yield* directories.above(entry.path);
    yield entry;
  }
}

function pathOf(layer, i, depth) {
  const between = Array.from({ length: Math.max(0, depth - 2) }, (_, level) => `level-${level}/`).join("");
  return `layer-${layer}/${between}dir-${Math.floor(i / FILES_PER_DIRECTORY)}/file-${i}`;
}

const whiteout = (path) => path.replace(/[^/]*$/, ".wh.$&");

/**
 * The entries of a layer: files, of which a share is dead with the next layer on top. A third of those it stores anew, a
 * third it stores again with another owner, a third it removes.
 */
function* plainLayer(options, layer) {
  const { files, bytes, depth, dead, skewed } = options;
  const size = (i) => (skewed ? skewedSize(i, bytes) : bytes);
  if (layer > 0) {
    for (let i = 0; i < Math.floor(files * dead); i++) {
      const path = pathOf(layer - 1, i, depth);
      const seed = (layer - 1) * files + i;
      if (i % 3 === 0) yield { path, seed: seed + 1e9, bytes: size(i) };
      else if (i % 3 === 1) yield { path, seed, bytes: size(i), uid: 1000 };
      else yield { path: whiteout(path) };
    }
  }
  for (let i = 0; i < files; i++) yield { path: pathOf(layer, i, depth), seed: layer * files + i, bytes: size(i) };
}

/** Layers that are all alike: `layers` of them with `files` files of `bytes` bytes each, `depth` directories deep. */
export function plainLayers({ layers, files, bytes, depth = 2, dead = 0, skewed = false }) {
  const options = { files, bytes, depth, dead, skewed };
  return Array.from({ length: layers }, (_, layer) => () => withDirectories(plainLayer(options, layer)));
}

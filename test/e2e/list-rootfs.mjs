// Prints the final root file system of an image as the built library sees it: JSON, byte strings as names.
import process from "node:process";
import { loadImage, resolveSource, weigh } from "../../packages/core/dist/index.js";
import { KIND } from "../../packages/core/dist/ledger.js";

const KIND_NAMES = {
  [KIND.regular]: "file",
  [KIND.hardLink]: "file",
  [KIND.symlink]: "symlink",
  [KIND.directory]: "directory",
};
const HASH_BYTES = 32;

const image = await loadImage(resolveSource(process.argv[2]));
const layers = image.layers.map(({ index }) => index);
const ledger = weigh(image);
const { tree, starts } = ledger.squash;

/** The regular file with that instance number: its size and hash. */
function contentOf(instance) {
  const layer = starts.findLastIndex((start) => start <= instance);
  const { kinds, sizes, hashes } = layers[layer].entries;
  const entry = instance - starts[layer];
  if (kinds[entry] !== KIND.regular || !ledger.entry(instance).isLive)
    throw new Error(`instance ${instance} is not alive`);
  let row = 0;
  for (let i = 0; i < entry; i++) if (kinds[i] === KIND.regular) row++;
  const sha256 = Buffer.from(hashes.subarray(row * HASH_BYTES, (row + 1) * HASH_BYTES)).toString("hex");
  return { size: sizes[entry], sha256 };
}

const found = {};
const walk = (node) => {
  for (const child of tree.childrenOf(node)?.values() ?? []) {
    const kind = KIND_NAMES[tree.kinds[child]] ?? "other";
    found[tree.pathOf(child)] = {
      kind,
      ...(kind === "file" ? contentOf(tree.inodes[child]) : {}),
      ...(kind === "symlink" ? { target: tree.links.get(child) } : {}),
    };
    walk(child);
  }
};
walk(0);
process.stdout.write(JSON.stringify(found));

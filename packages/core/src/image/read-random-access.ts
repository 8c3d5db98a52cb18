import type { JobWatcher } from "../layer/layer-job.ts";
import type { LayerTask, ReadLayer } from "../layer/read-layer.ts";
import type { DeclaredLayer, RandomAccessImage } from "../source/source.ts";
import { ImageAllowance } from "./image-allowance.ts";
import { inParallel } from "./in-parallel.ts";
import type { LayerReaders } from "./layer-readers.ts";
import { listLayers } from "./list-layers.ts";
import { type ReadImage, type ReadLayersOptions, TotalBytes, taskFor, verifyLayer } from "./reading.ts";
import { algorithmsOf, NOTHING_RECALLED, recallLayers } from "./recall-layers.ts";

/** Reads the blobs of a random-access image: each once however often it stands in the image, the largest first. */
export async function readRandomAccess(
  image: RandomAccessImage,
  options: ReadLayersOptions,
  readers: LayerReaders,
): Promise<ReadImage> {
  const { description } = image;
  const total = new TotalBytes(options);
  const allowance = new ImageAllowance(options);
  const all = [...new Map(description.layers.map((layer) => [layer.key, layer])).values()];
  const taskOf = (layer: DeclaredLayer): LayerTask => {
    const { blob, diffId } = algorithmsOf(layer);
    return taskFor(options, `layer ${description.layers.indexOf(layer)}`, blob, diffId, layer.digest);
  };
  const shared = options.shared?.among(all) ?? new Map<string, ReadLayer>();
  const unshared = all.filter(({ key }) => !shared.has(key));
  const listed = await listLayers(image, unshared, {
    ...options,
    readingOf: (layer) => ({ ...taskOf(layer), onBytes: total.add }),
  });
  const distinct = unshared.filter(({ key }) => !listed.has(key));
  const sizes = new Map(distinct.map((layer) => [layer.key, image.blobBytes(layer)]));
  const size = (layer: DeclaredLayer): number => sizes.get(layer.key) as number;
  const skim = options.verify === false && image.local && !options.estimateBlob;
  const recalled =
    options.cache === null || skim ? NOTHING_RECALLED : await recallLayers(image, distinct, options.cache);
  const known = new Map<string, ReadLayer>([...shared, ...listed]);
  for (const { index } of known.values()) allowance.add(index);
  const finished = (layer: DeclaredLayer, result: ReadLayer): void => {
    allowance.add(result.index);
    known.set(layer.key, result);
    options.onProgress({ type: "layer", done: known.size, total: all.length, entries: result.index.entries.count });
  };
  const unread = distinct.filter((layer) => {
    const found = recalled.layers.get(layer.key);
    if (found === undefined) return true;
    total.add(found.index.tarBytes ?? 0);
    finished(layer, found);
    return false;
  });
  const totalBytes = unread.reduce((sum, layer) => sum + size(layer), 0);
  let readBytes = 0;
  const watcher: JobWatcher = {
    uncompressed: total.add,
    stored: (bytes) => {
      readBytes += bytes;
      options.onProgress({ type: "read", bytes: readBytes, totalBytes });
    },
  };
  const read = readerOf(image, totalBytes, skim, readers);
  const work = async (layer: DeclaredLayer): Promise<void> => {
    const result = await read(layer, taskOf(layer), watcher);
    if (!skim) await recalled.keep(layer, result);
    finished(layer, result);
  };
  await inParallel(
    [...unread].sort((a, b) => size(b) - size(a)),
    options.concurrency,
    work,
  );
  options.shared?.keep(known);
  const layers = description.layers.map((layer, i) => verifyLayer(known.get(layer.key) as ReadLayer, layer, i));
  return { description, layers };
}

type ReadBlob = (layer: DeclaredLayer, task: LayerTask, watcher: JobWatcher) => Promise<ReadLayer>;

/** How the blobs of an image are read: those in local files where they lie, others as they come. */
function readerOf(image: RandomAccessImage, totalBytes: number, skim: boolean, readers: LayerReaders): ReadBlob {
  const { openBlob } = image;
  if (!image.local || openBlob === undefined)
    return (layer, task, watcher) => readers.stream(image.blob(layer), image.blobBytes(layer), task, watcher);
  return async (layer, task, watcher) => {
    const reader = await readers.forFiles(totalBytes);
    const { range, close } = await openBlob(layer);
    try {
      return await (skim ? reader.skim(range, task, watcher) : reader.read(range, task, watcher));
    } finally {
      await close();
    }
  };
}

import { cpus } from "node:os";

/** Prepares what is measured later, a few at a time: nothing is timed yet. Gives the results in order. */
export async function prepareAll(items, prepare) {
  const results = [];
  const queue = [...items.entries()];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, item] = next;
      results[index] = await prepare(item);
    }
  };
  await Promise.all(Array.from({ length: cpus().length }, work));
  return results;
}

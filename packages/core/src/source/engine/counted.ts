/** Bytes between two reports: what takes no time is not told. */
const STEP_BYTES = 2 ** 20;

/** Tells how many bytes have gone by, now and then. An iterator of its own, so that a `return` still takes effect at once. */
export function counted(
  bytes: AsyncIterableIterator<Uint8Array>,
  onBytes: (sum: number) => void,
): AsyncIterableIterator<Uint8Array> {
  let sum = 0;
  let told = 0;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const step = await bytes.next();
      if (step.done === true) return step;
      sum += step.value.length;
      if (sum - told >= STEP_BYTES) {
        told = sum;
        onBytes(sum);
      }
      return step;
    },
    return: async () => (await bytes.return?.()) ?? { done: true, value: undefined },
  };
}

import { expect } from "vitest";

/**
 * Runs something that an image must not be able to make long or large. Memory is looked at while it runs, so that what
 * is freed afterwards counts too.
 */
export async function bounded<T>(
  work: () => Promise<T>,
  { seconds = 10, megabytes = 300 }: { readonly seconds?: number; readonly megabytes?: number } = {},
): Promise<T> {
  const before = process.memoryUsage().rss;
  let most = before;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 20);
  const start = performance.now();
  try {
    return await work();
  } finally {
    clearInterval(look);
    expect((performance.now() - start) / 1000, "seconds").toBeLessThan(seconds);
    expect((Math.max(most, process.memoryUsage().rss) - before) / 1e6, "megabytes more").toBeLessThan(megabytes);
  }
}

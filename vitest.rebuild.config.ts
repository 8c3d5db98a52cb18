import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/rebuild/**/*.test.ts"],
    globalSetup: ["test/rebuild/setup.ts"],
    testTimeout: 900_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
    pool: "forks",
    // One engine, one disk.
    maxConcurrency: 2,
  },
});

import process from "node:process";
import { defineConfig } from "vitest/config";
import { beginWith } from "./test/support/first-files.ts";

// Where the gate wants the results as data too.
const report = process.env["IMGWEIGH_TEST_REPORT"];

export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    globalSetup: ["test/e2e/setup.ts"],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
    pool: "forks",
    // They wait longest for builds of their own.
    sequence: { sequencer: beginWith(["rebuild", "dpkg-attribution", "final-stage"]) },
    // The engine answers two at a time as well as one; what is measured (memory, bytes read) does not depend on the other.
    maxWorkers: 2,
    maxConcurrency: 2,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});

import process from "node:process";
import { defineConfig } from "vitest/config";

// Where the gate wants the results as data too.
const report = process.env["IMGWEIGH_TEST_REPORT"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/e2e/**", "test/rebuild/**", "**/node_modules/**"],
    testTimeout: 30_000,
    // Streams, sockets and worker processes of one test must not be another's.
    pool: "forks",
    // The default leaves one processor idle, which on two of them is half.
    maxWorkers: "100%",
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});

import process from "node:process";
import { defineConfig } from "vitest/config";
import { beginWith } from "./test/support/first-files.ts";

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
    // A short file, and a minute of other programs.
    sequence: { sequencer: beginWith(["package/fresh-clone"]) },
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});

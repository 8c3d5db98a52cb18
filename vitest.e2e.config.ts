import process from "node:process";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// Where the gate wants the results as data too.
const report = process.env["IMGWEIGH_TEST_REPORT"];

/** Those that wait longest for builds of their own. Begun last, they would run on alone. */
const LONGEST = ["rebuild", "dpkg-attribution", "final-stage"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return place === -1 ? LONGEST.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    globalSetup: ["test/e2e/setup.ts"],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
    pool: "forks",
    sequence: { sequencer: LongestFirst },
    // The engine answers two at a time as well as one; what is measured (memory, bytes read) does not depend on the other.
    maxWorkers: 2,
    maxConcurrency: 2,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});

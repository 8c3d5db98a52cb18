// The end of the gate: what was skipped, why it fails if it does, and the counts on the very last line.
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    report: { type: "string", multiple: true, default: [] },
    "failed-phase": { type: "string", multiple: true, default: [] },
    "none-skipped": { type: "boolean", default: false },
    engine: { type: "boolean", default: false },
  },
});

const reasons = values["failed-phase"].map((name) => `phase failed: ${name}`);
const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped = [];
let engineTests = 0;

for (const path of values.report) {
  if (!existsSync(path)) {
    reasons.push(`no report: ${path.split("/").at(-1)}`);
    continue;
  }
  for (const file of JSON.parse(readFileSync(path, "utf8")).testResults) {
    const name = file.name.replace(`${process.cwd()}/`, "");
    // A file that cannot be loaded has no tests, and fails all the same.
    if (file.assertionResults.length === 0 && file.status === "failed") counts.failed++;
    for (const { status, fullName } of file.assertionResults) {
      if (status === "passed") counts.passed++;
      else if (status === "failed") counts.failed++;
      else {
        counts.skipped++;
        skipped.push(`${name}: ${fullName}`);
      }
      if (status === "passed" && name === "test/e2e/engine.test.ts" && fullName.startsWith("a real engine"))
        engineTests++;
    }
  }
}

for (const name of skipped) console.log(`skipped: ${name}`);
if (counts.failed > 0) reasons.push(`${counts.failed} tests failed`);
if (counts.passed === 0) reasons.push("no test passed");
if (values["none-skipped"] && skipped.length > 0)
  reasons.push(`${skipped.length} tests skipped where everything is there`);
if (values.engine && engineTests === 0) reasons.push("an engine is there, but no end-to-end test has run on it");
for (const reason of reasons) console.log(`gate: ${reason}`);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = reasons.length === 0 ? 0 : 1;

// Loaded into a process with `node --import`: writes what it has used to the file that IMGWEIGH_USAGE_FILE names.
import { writeFileSync } from "node:fs";
import process from "node:process";

const file = process.env.IMGWEIGH_USAGE_FILE;
if (file !== undefined) {
  process.on("exit", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
    writeFileSync(file, JSON.stringify({ cpuSeconds, peakBytes: maxRSS * 1024 }));
  });
}

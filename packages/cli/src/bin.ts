import process from "node:process";
import { processHost } from "./host.ts";
import { run } from "./run.ts";

process.exitCode = await run(processHost(process));

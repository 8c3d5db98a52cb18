import { cpus, release, totalmem, type } from "node:os";
import process from "node:process";
import { programs, sha256sumInstructions } from "../measuring/tools.mjs";
import { printTable } from "./table.mjs";

/** Above this for each processor, others were at work beside the bench. */
const QUIET = 0.3;

/** Processes that wanted to run, on average of the minute before the bench began. */
function loadText(load) {
  const text = `Load average of the minute before: ${load.toFixed(1)}.`;
  return load <= QUIET * cpus().length ? text : `${text} **The machine was busy: these figures do not count.**`;
}

/** What the figures hold for. `load` is the load average when the bench began. */
export function machine(load) {
  const [cpu] = cpus();
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  const hardware = `${cpus().length} × ${cpu?.model.trim() ?? "unknown processor"}, ${memory} GiB, ${type()} ${release()}`;
  const { zlib, openssl } = process.versions;
  const node = `Node ${process.version} (zlib ${zlib}, OpenSSL ${openssl})`;
  return `${hardware}; ${node}. ${loadText(load)}\n\n${sha256sumInstructions()}\n\n${printTable(["program", "version"], programs())}`;
}

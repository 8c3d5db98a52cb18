import { cpus, release, totalmem, type } from "node:os";
import process from "node:process";
import { programs, sha256sumInstructions } from "../measuring/tools.mjs";
import { printTable } from "./table.mjs";

/** What the figures hold for. */
export function machine() {
  const [cpu] = cpus();
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  const hardware = `${cpus().length} × ${cpu?.model.trim() ?? "unknown processor"}, ${memory} GiB, ${type()} ${release()}`;
  const { zlib, openssl } = process.versions;
  const node = `Node ${process.version} (zlib ${zlib}, OpenSSL ${openssl})`;
  return `${hardware}; ${node}.\n\n${sha256sumInstructions()}\n\n${printTable(["program", "version"], programs())}`;
}

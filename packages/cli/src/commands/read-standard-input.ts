import process from "node:process";
import { UsageError } from "../failure.ts";
import type { Host } from "../host.ts";

/** Far above any text that people write. */
const MAX_BYTES = 4 * 1024 * 1024;

/** All of standard input, as text. @throws {UsageError} where it is more than a person writes */
export async function readStandardInput({ stdin = process.stdin }: Host): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES)
      throw new UsageError(`standard input has more than ${MAX_BYTES} bytes, and is no Dockerfile`);
    chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

// Node's own SHA-256 over a file, and nothing else: what hashing costs where the processor's instructions are used.
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import process from "node:process";

const file = openSync(process.argv[2], "r");
const hash = createHash("sha256");
const chunk = Buffer.allocUnsafe(2 ** 20);
for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) hash.update(chunk.subarray(0, read));
closeSync(file);
console.log(hash.digest("hex"));

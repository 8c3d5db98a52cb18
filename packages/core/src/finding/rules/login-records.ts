import { createHash } from "node:crypto";
import { callsOf } from "../../build/shell-calls.ts";
import type { ShellScript } from "../../dockerfile/shell-script.ts";
import { storedHash } from "../facts/stored-hash.ts";
import type { Facts } from "../facts.ts";
import { shellWord } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";
import type { StoredFile } from "../rule.ts";

/** Hashing more zeros than that takes longer than it is worth: such a file can be nothing else. */
const MAX_HASHED = 64 * 2 ** 20;
const CHUNK = new Uint8Array(2 ** 20);

function hashOfZeros(bytes: number): string {
  const hash = createHash("sha256");
  for (let left = bytes; left > 0; left -= CHUNK.length) hash.update(CHUNK.subarray(0, left));
  return hash.digest("hex");
}

/** Only zeros: the file is as long as the highest user ID asks for, and says nothing. */
function isEmptyRecord(file: StoredFile, facts: Facts): boolean {
  return file.bytes > MAX_HASHED || storedHash(facts, file) === hashOfZeros(file.bytes);
}

/** `useradd` with `-l` wherever it has none; null where nothing could be added. */
function withoutLogInit(script: ShellScript) {
  const calls = callsOf(script, ["useradd"]).filter(
    ({ words }) => !words.includes("-l") && !words.includes("--no-log-init"),
  );
  return calls.length === 0
    ? null
    : calls.map(({ command, at }) => ({ kind: "insert-words" as const, command, at, words: ["-l"] }));
}

/** lastlog and faillog, as long as a high user ID makes them. */
export const loginRecords = pathRule({
  id: "login-records",
  title: "login records of users with high IDs",
  about:
    "lastlog, faillog and tallylog that hold only zeros. They have a place for each user ID up to the highest, so that one " +
    "user with ID 1000000000 makes them hundreds of gigabytes, sparse on disk but not in an image's layer.",
  severity: "warn",
  confidence: "high",
  related: ["hadolint DL3046"],
  paths: ["var/log/{lastlog,faillog,tallylog}"],
  sentence: "Login records without any login stay in the image",
  counts: isEmptyRecord,
  remove: {
    command: (files) => `truncate -s 0 ${[...new Set(files.map(({ path }) => shellWord(path)))].sort().join(" ")}`,
    advice: "",
    assumes: [],
    instead: { text: "Tell useradd to write no login records: useradd -l", edits: withoutLogInit },
  },
});

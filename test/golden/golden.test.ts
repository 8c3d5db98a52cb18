import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../packages/cli/src/run.ts";
import { FakeHost } from "../support/fake-host.ts";
import { writeFixtures } from "./fixtures.ts";

/*
 * Each .md file here is a command, what it printed, and its exit code. UPDATE_GOLDEN=1 writes them anew; read the diff.
 * `$PWD` stands for the folder that the command ran in, which holds the files of fixtures.ts.
 */

const folder = fileURLToPath(new URL(".", import.meta.url));
const cases = readdirSync(folder).filter((name) => name.endsWith(".md"));

let cwd = "";
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "imgweigh-golden-"));
  writeFixtures(cwd);
});
afterAll(() => rmSync(cwd, { recursive: true }));

/** `$ COLUMNS=60 imgweigh why x "a b"` → environment and arguments. */
function parseCommand(line: string): { env: Record<string, string>; args: string[] } {
  const words = [...line.replace(/^\$ /, "").matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? "",
  );
  const program = words.indexOf("imgweigh");
  const env = Object.fromEntries(words.slice(0, program).map((word) => word.split("=") as [string, string]));
  return { env, args: words.slice(program + 1) };
}

function block(title: string, text: string): string {
  return text === "" ? "" : `\n${title}\n\n\`\`\`text\n${text.replaceAll(cwd, "$PWD")}\`\`\`\n`;
}

async function transcribe(command: string): Promise<string> {
  const { env, args } = parseCommand(command);
  const columns = env["COLUMNS"] === undefined ? {} : { columns: Number(env["COLUMNS"]) };
  const host = new FakeHost(args, { cwd, env, ...columns });
  const { stdout, stderr, code } = host.transcript(await run(host));
  return `${command}\n${block("stdout", stdout)}${block("stderr", stderr)}\nexit code ${code}\n`;
}

describe("what the program prints", () => {
  it("has cases", () => {
    expect(cases.length).toBeGreaterThan(10);
  });

  it.each(cases)("%s", async (name) => {
    const path = join(folder, name);
    const golden = readFileSync(path, "utf8");
    const actual = await transcribe(golden.split("\n", 1)[0] as string);
    if (process.env["UPDATE_GOLDEN"]) writeFileSync(path, actual);
    else expect(actual).toBe(golden);
  });
});

import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ActionResult, runAction } from "../support/action-runner.ts";
import { type FakeGitHub, startFakeGitHub, WORKFLOW_USER } from "../support/fake-github.ts";
import { buildImage } from "../support/image-builder.ts";
import { installProgram } from "../support/installed-program.ts";
import { file } from "../support/tar-bytes.ts";
import { cleanEnvironment, ROOT } from "./workspace.ts";

const TOKEN = "ghs_a-token-that-nobody-may-see";
const PULL = 7;

let folder: string;
let packages: string;
let tools: string;
let version: string;
let github: FakeGitHub;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "imgweigh-action-"));
  packages = join(folder, "packages");
  tools = join(folder, "tools");
  await Promise.all([mkdir(packages), mkdir(tools)]);
  version = await installProgram(packages);
  const npx = join(ROOT, "test/support/npx.mjs");
  await writeProgram(join(tools, "npx"), `exec '${process.execPath}' '${npx}' "$@"`);
}, 240_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  github = await startFakeGitHub();
  github.tokens.set(TOKEN, { user: WORKFLOW_USER, writes: true });
});
afterEach(() => github.close());

async function writeProgram(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

/** 1000 bytes, and as many more as are asked for in a layer of their own. */
function archive(more: number, path = "srv/app/data"): Buffer {
  const base = { createdBy: "COPY server /srv/app/", entries: [file("srv/app/server", "s".repeat(1000))] };
  const grown = { createdBy: "COPY data /srv/app/", entries: [file(path, "d".repeat(more))] };
  return buildImage({ names: ["acme/api:1"], layers: more === 0 ? [base] : [base, grown] }).asDockerArchive();
}

const FILES: Readonly<Record<string, Uint8Array | string>> = {
  "base.tar": archive(0),
  "grown.tar": archive(500),
  "broken.tar": archive(500).subarray(0, 3000),
  Dockerfile: "FROM scratch\nCOPY server /srv/app/\nCOPY data /srv/app/\n",
};

interface Case {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  readonly event?: unknown;
  readonly path?: readonly string[];
}

/** One run of the action, in a checkout of its own. */
async function act({ inputs = {}, files = {}, event, path = [] }: Case = {}): Promise<ActionResult> {
  const run = await mkdtemp(join(folder, "run-"));
  const workspace = join(run, "checkout");
  await mkdir(workspace);
  for (const [name, bytes] of Object.entries({ ...FILES, ...files })) {
    await mkdir(dirname(join(workspace, name)), { recursive: true });
    await writeFile(join(workspace, name), bytes);
  }
  const machine = cleanEnvironment()["PATH"] ?? "";
  const result = await runAction(join(ROOT, "action.yml"), {
    folder: run,
    workspace,
    inputs,
    eventName: "pull_request",
    event: event ?? { pull_request: { number: PULL } },
    apiUrl: github.url,
    token: TOKEN,
    path: [...path, tools, machine],
    env: { PACKAGES: packages },
  });
  expect(JSON.stringify(result)).not.toContain(TOKEN);
  return result;
}

const outcomes = ({ steps }: ActionResult) => Object.fromEntries(steps.map(({ name, outcome }) => [name, outcome]));
const verdict = ({ steps }: ActionResult) => steps.find(({ name }) => name === "Verdict")?.code;
const bodies = (): string[] => github.comments.map(({ body }) => body);

const WITHIN = { image: "./grown.tar", baseline: "./base.tar", args: "--max-increase 1kB" };
const BEYOND = { image: "./grown.tar", baseline: "./base.tar", args: "--max-increase 100" };

describe("the action", { timeout: 120_000 }, () => {
  test("comments once, and then keeps the comment up to date, also where the check fails", async () => {
    const first = await act({ inputs: WITHIN });
    expect(first).toMatchObject({ conclusion: "success", outputs: { passed: "true", "exit-code": "0" } });
    expect(first.outputs).toMatchObject({ bytes: "1500", delta: "500" });
    expect(bodies()).toHaveLength(1);
    const [before] = bodies();

    const second = await act({ inputs: BEYOND });
    expect(second).toMatchObject({ conclusion: "failure", outputs: { passed: "false", "exit-code": "1" } });
    expect(second.outputs).toMatchObject({ bytes: "1500", delta: "500" });
    expect(outcomes(second)).toEqual({
      "Look for Node.js": "success",
      "Set up Node.js": "skipped",
      "Check the image": "success",
      Comment: "success",
      Verdict: "failure",
    });
    expect(verdict(second)).toBe(1);
    expect(bodies()).toHaveLength(1);
    expect(bodies()[0]).not.toBe(before);
    for (const text of [...bodies(), second.summary]) expect(text).toContain("500");
    expect(second.commands.filter((command) => command.startsWith("::error "))).toHaveLength(1);
  });

  test("says where the reports are", async () => {
    const { outputs } = await act({ inputs: WITHIN });
    const report = JSON.parse(await readFile(outputs["report"] as string, "utf8")) as object;
    expect(report).toMatchObject({ schemaVersion: 1, passed: true, images: [{ sizes: { contentBytes: 1500 } }] });
    expect(await readFile(outputs["markdown"] as string, "utf8")).toBe(bodies()[0]);
  });

  test("checks several images of a configuration with one comment", async () => {
    const config = [
      "version: 1",
      "images:",
      "  - { name: api, image: ./grown.tar, baseline: ./base.tar, budgets: [{ metric: content, max: 1 MB }] }",
      "  - { name: worker, image: ./base.tar, budgets: [{ metric: content, max: 999 B }] }",
    ].join("\n");
    const inputs = { config: "sizes.yaml", "working-directory": "deploy" };
    const files = { "deploy/sizes.yaml": config, "deploy/grown.tar": archive(500), "deploy/base.tar": archive(0) };
    const result = await act({ inputs, files });
    expect(result).toMatchObject({ conclusion: "failure", outputs: { "exit-code": "1", bytes: "2500", delta: "" } });
    expect(bodies()).toHaveLength(1);
    for (const name of ["api", "worker"]) expect(bodies()[0]).toContain(name);
  });

  test("has a comment for each check that is named differently", async () => {
    for (const name of ["api", "worker", "api"]) {
      const config = `version: 1\nimages: [{ name: ${name}, image: ./base.tar, budgets: [{ metric: layers, max: 1 }] }]\n`;
      await act({ files: { "imgweigh.yaml": config } });
    }
    expect(bodies()).toHaveLength(2);
  });

  test("ends with 2 where the configuration is wrong", async () => {
    const result = await act({ files: { "imgweigh.yaml": "version: 1\nimage: []\n" } });
    expect(result).toMatchObject({ conclusion: "failure", outputs: { passed: "false", "exit-code": "2", report: "" } });
    expect(verdict(result)).toBe(2);
    expect(result.summary).toContain("images");
    expect(result.commands.filter((command) => command.startsWith("::error "))).toHaveLength(1);
    expect(outcomes(result)["Comment"]).toBe("skipped");
  });

  test.each([
    ["comment", { comment: "sometimes" }, "auto, always, never"],
    ["working-directory", { "working-directory": "no/such" }, "not a directory"],
    ["args", { args: "--max 'one" }, "not closed"],
  ])("ends with 2 where its input %s is wrong", async (_, inputs, message) => {
    const result = await act({ inputs: { ...WITHIN, ...inputs } });
    expect(result).toMatchObject({ conclusion: "failure", outputs: { "exit-code": "2", bytes: "", delta: "" } });
    expect(result.summary).toContain(message);
    expect(bodies()).toEqual([]);
  });

  test.each(["./broken.tar", "./nowhere.tar"])("ends with 3 where %s cannot be analysed", async (image) => {
    const result = await act({ inputs: { ...WITHIN, image } });
    expect(result).toMatchObject({ conclusion: "failure", outputs: { passed: "false", "exit-code": "3" } });
    expect(verdict(result)).toBe(3);
    expect(result.summary).toContain(image.slice(2));
  });

  test("ends with 3 where the program was asked for something else than a verdict", async () => {
    const result = await act({ inputs: { ...WITHIN, args: "--help" } });
    expect(result).toMatchObject({ conclusion: "failure", outputs: { passed: "false", "exit-code": "3" } });
  });

  test("runs the version that is asked for, and fails where there is none", async () => {
    const pinned = await act({ inputs: { ...WITHIN, version } });
    expect(pinned.outputs["exit-code"]).toBe("0");
    const other = await act({ inputs: { ...WITHIN, version: "99.0.0" } });
    expect(other).toMatchObject({ conclusion: "failure", outputs: { passed: "false", "exit-code": "3" } });
    expect(other.log).toContain("No matching version found for imgweigh@99.0.0");
    expect(verdict(other)).toBe(3);
  });

  test("sets Node.js up only where the job has none that suits", async () => {
    const old = join(folder, "old-node");
    await mkdir(old);
    // Its answer to what version it is; it runs everything else.
    await writeProgram(join(old, "node"), `[ "$1" != -e ] || exit 1\nexec '${process.execPath}' "$@"`);
    const { steps } = await act({ inputs: WITHIN, path: [old] });
    expect(steps.map(({ uses }) => uses).filter((uses) => uses !== null)).toEqual([
      { action: "actions/setup-node@v6", with: { "node-version": "22", "package-manager-cache": "false" } },
    ]);
  });
});

describe("a comment that is not written", { timeout: 120_000 }, () => {
  test("because nobody wants it", async () => {
    const result = await act({ inputs: { ...BEYOND, comment: "never" } });
    expect(result.outputs["exit-code"]).toBe("1");
    expect(result.summary).toContain("500");
    expect(github.requests).toEqual([]);
  });

  test("because there is no pull request", async () => {
    const result = await act({ inputs: WITHIN, event: { ref: "refs/heads/main" } });
    expect(result).toMatchObject({ conclusion: "success" });
    expect(github.requests).toEqual([]);
  });

  test.each([
    ["auto", "notice", WITHIN, "success", undefined],
    ["auto", "notice", BEYOND, "failure", 1],
    ["always", "error", WITHIN, "failure", undefined],
    ["always", "error", BEYOND, "failure", 1],
  ])("because a fork's token may not: comment %s gives a %s", async (comment, level, inputs, conclusion, code) => {
    github.tokens.set(TOKEN, { user: WORKFLOW_USER, writes: false });
    const result = await act({ inputs: { ...inputs, comment } });
    expect(result.conclusion).toBe(conclusion);
    expect(verdict(result)).toBe(code ?? 0);
    expect(bodies()).toEqual([]);
    const told = result.commands.filter((command) => command.includes("the token may not comment"));
    expect(told).toEqual([expect.stringMatching(`^::${level} title=imgweigh::No comment: `)]);
    expect(result.summary).toContain("500");
    expect(result.summary).toContain("The report is in the step summary.");
  });
});

describe("hostile text", { timeout: 120_000 }, () => {
  const NASTY = "a'b\"c`id`$(touch pwned)\n::add-path::x ;&|<>*?%0A.tar";

  test.each([
    ["image", "3"],
    // A baseline that is named has to be there.
    ["baseline", "2"],
    ["config", "2"],
    ["args", "2"],
    ["version", "2"],
    ["comment", "2"],
    ["working-directory", "2"],
  ])("in the input %s is text", async (input, code) => {
    const result = await act({ inputs: { ...WITHIN, [input]: NASTY } });
    expect(result.outputs["exit-code"]).toBe(code);
    expect(result.log).not.toMatch(/uid=\d+/);
    expect(result.commands.filter((command) => !/^::(?:error|notice|warning) /.test(command))).toEqual([]);
  });

  test("as the name of an archive is its name", async () => {
    const result = await act({
      inputs: { ...WITHIN, image: `./${NASTY}` },
      files: { [NASTY]: archive(500) },
    });
    expect(result).toMatchObject({ conclusion: "success", outputs: { bytes: "1500", delta: "500" } });
  });

  test("as the name of an image is no flag", async () => {
    const result = await act({ inputs: { image: "--help" } });
    expect(result.outputs).toMatchObject({ passed: "false", "exit-code": "2" });
  });

  test("in the log is no command, wherever in a line a runner would look for one", async () => {
    const result = await act({ inputs: BEYOND, files: { "grown.tar": archive(500, "##[add-path]evil") } });
    expect(result.outputs["exit-code"]).toBe("1");
    expect(result.log).toContain("path /##[add-path]evil");
    expect(result.commands.filter((command) => !/^::(?:error|notice|warning) /.test(command))).toEqual([]);
  });

  test("in an image reaches neither the runner nor the comment's structure", async () => {
    const path = "srv/\n::add-path::/tmp/evil\n##[add-path]/tmp/evil\n</details><!-- | @everyone `";
    const result = await act({ inputs: BEYOND, files: { "grown.tar": archive(500, path) } });
    expect(result.outputs["exit-code"]).toBe("1");
    expect(result.commands.filter((command) => !/^::(?:error|notice|warning) /.test(command))).toEqual([]);
    expect(result.commands.join("\n")).not.toContain("##[");
    const [body = ""] = bodies();
    expect(body).toContain("@everyone");
    // All of it stands between backticks, where nothing is markup.
    const markup = body.replace(/(`+)(?!`).*?(?<!`)\1(?!`)/g, "");
    expect(markup).not.toMatch(/add-path|@everyone/);
  });
});

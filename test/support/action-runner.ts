import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { type Contexts, holds, interpolate, type JobStatus } from "./action-expressions.ts";
import { REPOSITORY } from "./fake-github.ts";

interface Step {
  readonly id?: string;
  readonly name: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly "working-directory"?: string;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
  readonly outputs?: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

export interface ActionOptions {
  /** An empty folder for everything that the run writes. */
  readonly folder: string;
  /** The checkout that relative paths count from. */
  readonly workspace: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly eventName: string;
  readonly event: unknown;
  readonly apiUrl: string;
  readonly token: string;
  /** Folders of programs. */
  readonly path: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface StepResult {
  readonly name: string;
  readonly outcome: "success" | "failure" | "skipped";
  readonly code: number | null;
  /** Of a step that uses an action. */
  readonly uses: { readonly action: string; readonly with: Readonly<Record<string, string>> } | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ActionResult {
  readonly conclusion: JobStatus;
  readonly steps: readonly StepResult[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string;
  readonly summary: string;
  /** The commands to the runner that were heeded, as they were written. */
  readonly commands: readonly string[];
}

/** Reads a file of `name=value` lines and of values between delimiters, as `GITHUB_OUTPUT` and `GITHUB_ENV` are. */
function parseFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string;
    if (line === "") continue;
    const [, name, delimiter] = /^([^=]+?)<<(.+)$/.exec(line) ?? [];
    if (name !== undefined) {
      const end = lines.indexOf(delimiter as string, at + 1);
      if (end < 0) throw new Error(`no delimiter ${delimiter} after ${name}`);
      values[name] = lines.slice(at + 1, end).join("\n");
      at = end;
    } else {
      const [, key, value] = /^([^=]+)=(.*)$/.exec(line) ?? [];
      if (key === undefined) throw new Error(`neither a value nor its beginning: ${line}`);
      values[key] = value as string;
    }
  }
  return values;
}

/** Commands that a runner would heed: lines that begin with `::`, or have `##[` anywhere, unless they are stopped. */
function commandsIn(output: string): string[] {
  const commands: string[] = [];
  let stopped: string | null = null;
  for (const line of output.split(/\r\n|\r|\n/)) {
    const text = line.trimStart();
    if (stopped !== null) {
      if (text === `::${stopped}::`) stopped = null;
      continue;
    }
    stopped = /^::stop-commands::(.*)$/.exec(text)?.[1] ?? null;
    if (stopped === null && (text.startsWith("::") || text.includes("##["))) commands.push(text);
  }
  return commands;
}

/** How a runner starts the shells that a step may name. */
const SHELLS: Readonly<Record<string, readonly string[]>> = {
  bash: ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"],
};

async function runScript(script: string, shell: string, cwd: string, env: NodeJS.ProcessEnv, file: string) {
  const [command, ...args] = SHELLS[shell] ?? [];
  if (command === undefined) throw new Error(`a shell that this runner has not: ${shell}`);
  await writeFile(file, script);
  const child = spawn(command, [...args, file], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

const KNOWN_KEYS = ["id", "name", "if", "uses", "with", "run", "shell", "env", "working-directory"];

/**
 * Runs a composite action's own steps as a runner does: inputs and their defaults, conditions, environment, shells and
 * the files that steps write to. Actions that it uses are recorded, not run. What it does not know is an error.
 */
export async function runAction(file: string, options: ActionOptions): Promise<ActionResult> {
  const action = parse(await readFile(file, "utf8")) as Action;
  if (action.runs.using !== "composite") throw new Error("not a composite action");
  const { folder, workspace } = options;
  const temp = join(folder, "temp");
  await mkdir(temp, { recursive: true });
  const eventPath = join(folder, "event.json");
  await writeFile(eventPath, JSON.stringify(options.event));

  const github = { token: options.token, action_path: dirname(file), event_name: options.eventName };
  const given = options.inputs ?? {};
  for (const name of Object.keys(given)) if (action.inputs[name] === undefined) throw new Error(`no input ${name}`);
  const inputs: Record<string, string> = {};
  for (const [name, { default: value, required }] of Object.entries(action.inputs)) {
    if (required === true && given[name] === undefined) throw new Error(`the input ${name} is required`);
    inputs[name] = given[name] ?? interpolate(value ?? "", { github });
  }

  const recorded: Record<string, { outputs: Record<string, string>; outcome: string }> = {};
  for (const { id } of action.runs.steps) if (id !== undefined) recorded[id] = { outputs: {}, outcome: "skipped" };
  const contexts: Contexts = { github, inputs, runner: { temp, os: "Linux" }, steps: recorded, env: {} };
  const common: NodeJS.ProcessEnv = {
    HOME: folder,
    PATH: options.path.join(":"),
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_ACTION_PATH: dirname(file),
    GITHUB_API_URL: options.apiUrl,
    GITHUB_EVENT_NAME: options.eventName,
    GITHUB_EVENT_PATH: eventPath,
    GITHUB_REPOSITORY: REPOSITORY,
    GITHUB_RUN_ID: "42",
    GITHUB_SERVER_URL: "https://github.example",
    GITHUB_WORKSPACE: workspace,
    RUNNER_OS: "Linux",
    RUNNER_TEMP: temp,
    ...options.env,
  };

  const results: StepResult[] = [];
  let status: JobStatus = "success";
  let summary = "";
  let environment: Record<string, string> = {};
  for (const [index, step] of action.runs.steps.entries()) {
    const unknown = Object.keys(step).filter((key) => !KNOWN_KEYS.includes(key));
    if (unknown.length > 0) throw new Error(`a step has what this runner does not know: ${unknown}`);
    const { name } = step;
    const quiet = { name, uses: null, code: null, stdout: "", stderr: "" };
    if (!holds(step.if, contexts, status)) {
      results.push({ ...quiet, outcome: "skipped" });
      continue;
    }
    const fill = (values: Readonly<Record<string, string>> = {}): Record<string, string> =>
      Object.fromEntries(Object.entries(values).map(([key, value]) => [key, interpolate(value, contexts, status)]));
    if (step.uses !== undefined) {
      results.push({ ...quiet, outcome: "success", uses: { action: step.uses, with: fill(step.with) } });
      continue;
    }
    const files = Object.fromEntries(
      ["OUTPUT", "ENV", "PATH", "STEP_SUMMARY"].map((kind) => [`GITHUB_${kind}`, join(folder, `${kind}-${index}`)]),
    );
    for (const one of Object.values(files)) await writeFile(one, "");
    const env = { ...common, ...environment, ...files, ...fill(step.env) };
    const cwd = step["working-directory"] === undefined ? workspace : interpolate(step["working-directory"], contexts);
    const script = interpolate(step.run as string, contexts, status);
    const ended = await runScript(script, step.shell as string, cwd, env, join(folder, `step-${index}.sh`));
    const outcome = ended.code === 0 ? "success" : "failure";
    if (outcome === "failure") status = "failure";
    const text = (kind: string): Promise<string> => readFile(files[`GITHUB_${kind}`] as string, "utf8");
    const outputs = parseFile(await text("OUTPUT"));
    if (step.id !== undefined) recorded[step.id] = { outputs, outcome };
    environment = { ...environment, ...parseFile(await text("ENV")) };
    summary += await text("STEP_SUMMARY");
    results.push({ name, outcome, uses: null, ...ended });
  }

  const outputs = Object.fromEntries(
    Object.entries(action.outputs ?? {}).map(([name, { value }]) => [name, interpolate(value, contexts)]),
  );
  // A runner reads the two streams of a step apart, so that what is stopped in one is not in the other.
  const commands = results.flatMap(({ stdout, stderr }) => [...commandsIn(stderr), ...commandsIn(stdout)]);
  const log = results.map(({ stdout, stderr }) => stdout + stderr).join("");
  return { conclusion: status, steps: results, outputs, log, summary, commands };
}

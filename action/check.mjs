// The step that runs `imgweigh check`. npx has put the program on PATH; what comes out of it becomes annotations, the
// step summary, two report files and outputs. It ends with 0 whatever the verdict: the last step of the action decides.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, realpath, stat } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import process from "node:process";
import { splitArguments } from "./split-arguments.mjs";
import { addToSummary, annotate, print, setOutput, withoutCommands } from "./workflow.mjs";

const { env } = process;
const COMMENT = ["auto", "always", "never"];
// The exit codes of imgweigh.
const PASS = 0;
const FAILED = 1;
const USAGE = 2;
const UNANALYSED = 3;
const INTERRUPTED = 130;
/** Characters of messages that the step summary repeats: the last ones say what went wrong. */
const MESSAGE_LENGTH = 4000;

/** What the inputs ask for, as arguments: values never stand where a flag could. */
function argumentsOfInputs(files) {
  const { INPUT_CONFIG: config, INPUT_BASELINE: baseline, INPUT_ARGS: args, INPUT_IMAGE: image } = env;
  const reports = Object.entries(files).map(([format, file]) => `--format=${format}=${file}`);
  return [
    "check",
    ...(image ? [image] : []),
    ...(config ? [`--config=${config}`] : []),
    ...(baseline ? [`--baseline=${baseline}`] : []),
    ...splitArguments(args ?? ""),
    ...reports,
  ];
}

async function readInputs(files) {
  if (!COMMENT.includes(env.INPUT_COMMENT)) throw new Error(`the input comment is none of ${COMMENT.join(", ")}`);
  if (env.INPUT_IMAGE?.startsWith("-")) throw new Error(`the input image is a flag: ${env.INPUT_IMAGE}`);
  const directory = resolve(env.GITHUB_WORKSPACE, env.INPUT_WORKING_DIRECTORY || ".");
  const found = await stat(directory).catch(() => null);
  if (!found?.isDirectory()) throw new Error(`the input working-directory is not a directory: ${directory}`);
  return { directory, args: argumentsOfInputs(files) };
}

/** The program's script, from the PATH that npx made: run without a shell, it needs none of a shell's quoting. */
async function findProgram() {
  for (const folder of env.PATH.split(delimiter)) {
    const home = join(folder, "..", "imgweigh");
    const manifest = await readFile(join(home, "package.json"), "utf8").catch(() => null);
    if (manifest !== null) return join(await realpath(home), JSON.parse(manifest).bin.imgweigh);
  }
  throw new Error("npx brought no imgweigh");
}

/**
 * Runs the program with its output in the log; tells how it ended and what it said on stderr at the end. All of it goes
 * to stdout: the runner reads the two streams apart, and commands are stopped in one.
 */
async function run(program, { directory, args }) {
  const child = spawn(process.execPath, [program, ...args], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  let message = "";
  child.stdout.on("data", (bytes) => process.stdout.write(bytes));
  child.stderr.setEncoding("utf8").on("data", (text) => {
    process.stdout.write(text);
    message = (message + text).slice(-MESSAGE_LENGTH);
  });
  const [code, signal] = await once(child, "close");
  if (code !== null) return { code, message };
  return { code: signal === "SIGINT" || signal === "SIGTERM" ? INTERRUPTED : UNANALYSED, message };
}

function summaryOfFailure({ code, message }) {
  const longest = Math.max(2, ...[...message.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `**imgweigh** could not check (exit code ${code}).\n\n${fence}text\n${message.trim()}\n${fence}`;
}

/** Sums over all images of the check. */
function sums({ images }) {
  const bytes = images.reduce((sum, { sizes }) => sum + sizes.contentBytes, 0);
  const compared = images.length > 0 && images.every(({ diff }) => diff !== null);
  return { bytes, delta: compared ? images.reduce((sum, { diff }) => sum + diff.change.contentBytes, 0) : "" };
}

/** What the program wrote, by format; null where it did not come to it. */
async function readReports(files) {
  const read = async ([format, file]) => [format, await readFile(file, "utf8").catch(() => null)];
  return Object.fromEntries(await Promise.all(Object.entries(files).map(read)));
}

async function publish(files, ended) {
  const { json, markdown, summary, github: annotations } = await readReports(files);
  // A verdict without a report is none: the program was asked for something else, or broke.
  const code = json === null && [PASS, FAILED].includes(ended.code) ? UNANALYSED : ended.code;
  await setOutput("passed", String(code === PASS));
  await setOutput("exit-code", String(code));
  if (annotations !== null) await print(annotations);
  if (json !== null) {
    const { bytes, delta } = sums(JSON.parse(json));
    await setOutput("bytes", String(bytes));
    await setOutput("delta", String(delta));
    await setOutput("report", files.json);
  }
  if (markdown !== null) await setOutput("markdown", files.markdown);
  if (summary !== null) await addToSummary(summary);
  else {
    await annotate("error", ended.message.trim() || "imgweigh wrote no report");
    await addToSummary(summaryOfFailure({ ...ended, code }));
  }
}

const folder = await mkdtemp(join(env.RUNNER_TEMP, "imgweigh-"));
const files = {
  json: join(folder, "report.json"),
  markdown: join(folder, "report.md"),
  summary: join(folder, "summary.md"),
  github: join(folder, "annotations.txt"),
};
const inputs = await readInputs(files).catch((error) => ({ refused: error.message }));
const ended =
  inputs.refused === undefined
    ? await findProgram().then((program) => withoutCommands(() => run(program, inputs)))
    : { code: USAGE, message: inputs.refused };
await publish(files, ended);

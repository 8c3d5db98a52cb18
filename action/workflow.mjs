// What a step tells the runner: outputs, the summary, and commands on stdout.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
import { randomUUID } from "node:crypto";
import { appendFile } from "node:fs/promises";
import process from "node:process";

const { env } = process;

/** Sets an output of this step, whatever characters its value has. */
export async function setOutput(name, value) {
  const delimiter = `end-of-${randomUUID()}`;
  await appendFile(env.GITHUB_OUTPUT, `${name}<<${delimiter}\n${value}\n${delimiter}\n`);
}

export async function addToSummary(markdown) {
  await appendFile(env.GITHUB_STEP_SUMMARY, `${markdown.trimEnd()}\n`);
}

export function print(text) {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** Shows a message on the run's page; `level` is error, warning or notice. */
export function annotate(level, message) {
  const data = message.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  return print(`::${level} title=imgweigh::${data}\n`);
}

/** While `work` goes on nothing that is printed counts as a command: names in an image, and messages about them, are not ours. */
export async function withoutCommands(work) {
  const token = randomUUID();
  await print(`::stop-commands::${token}\n`);
  try {
    return await work();
  } finally {
    // On a line of its own, however the last one ended.
    await print(`\n::${token}::\n`);
  }
}

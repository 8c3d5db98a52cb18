// The step that keeps one comment of a pull request up to date with the report.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { GitHubApi, withRetries } from "./github-api.mjs";
import { addToSummary, annotate, print } from "./workflow.mjs";

const { env } = process;
/** GitHub's limit of a comment, in characters. */
const LONGEST = 65_536;
const MARKER = /^<!-- imgweigh:[^\r\n]* -->/;

/** The pull request that the workflow runs for, or ran for; null where there is none. */
async function findPullRequest(api, repository, event) {
  if (event.pull_request !== undefined) return event.pull_request.number;
  const run = event.workflow_run;
  // A fork that was deleted since is no repository any more.
  if (run === undefined || run.head_repository === null) return null;
  // From what GitHub says of the run, never from what the run says: that was in the hands of the fork.
  const head = encodeURIComponent(`${run.head_repository.owner.login}:${run.head_branch}`);
  for await (const { number, head: at } of api.list(`${repository}/pulls?state=open&head=${head}&per_page=100`)) {
    if (at.sha === run.head_sha) return number;
  }
  return null;
}

/** Who the token is; null for an app or a workflow, which may not ask. */
async function ownLogin(api) {
  try {
    return (await api.get("/user")).login;
  } catch (error) {
    if (error.refused) return null;
    throw error;
  }
}

/** The comment that begins with the marker, if the token's owner wrote it: others may quote, or pretend. */
async function findComment(api, comments, marker) {
  const marked = [];
  for await (const comment of api.list(`${comments}?per_page=100`)) {
    if (comment.body?.startsWith(marker)) marked.push(comment);
  }
  if (marked.length === 0) return null;
  const login = await ownLogin(api);
  return marked.find(({ user }) => (login === null ? user?.type === "Bot" : user?.login === login)) ?? null;
}

async function writeComment(api, repository, number, marker, body) {
  const comments = `${repository}/issues/${number}/comments`;
  const found = await findComment(api, comments, marker);
  const response =
    found === null
      ? await api.request("POST", comments, { body })
      : await api.request("PATCH", `${repository}/issues/comments/${found.id}`, { body });
  return { made: found === null, url: (await response.json()).html_url };
}

function shortened(report, marker) {
  if (report.length <= LONGEST) return report;
  const run = `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}/actions/runs/${env.GITHUB_RUN_ID}`;
  return `${marker}\nThe report is too long for a comment: it is in the [summary of the run](${run}).\n`;
}

/** Writes the comment; returns why not, in words, where it could not be. */
async function comment() {
  const report = await readFile(env.INPUT_MARKDOWN, "utf8");
  const marker = MARKER.exec(report)?.[0];
  if (marker === undefined) return "the report has no marker to find its comment by";
  const api = new GitHubApi(env.GITHUB_API_URL, env.INPUT_GITHUB_TOKEN);
  const repository = `/repos/${env.GITHUB_REPOSITORY}`;
  const event = JSON.parse(await readFile(env.GITHUB_EVENT_PATH, "utf8"));
  try {
    const number = await withRetries(() => findPullRequest(api, repository, event));
    if (number === null) {
      await print("No pull request to comment on.\n");
      return null;
    }
    const body = shortened(report, marker);
    const { made, url } = await withRetries(() => writeComment(api, repository, number, marker, body));
    await print(`${made ? "Commented" : "Updated the comment"}: ${url}\n`);
    return null;
  } catch (error) {
    if (error.refused) return `the token may not comment (${error.message}), as in pull requests from forks`;
    return error.message;
  }
}

const reason = await comment();
if (reason !== null) {
  const always = env.INPUT_COMMENT === "always";
  const message = `No comment: ${reason}. The report is in the step summary.`;
  await annotate(always ? "error" : "notice", message);
  await addToSummary(message);
  if (always) process.exitCode = 1;
}

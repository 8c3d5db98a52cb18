import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ActionResult, runAction } from "../../support/action-runner.ts";
import { type FakeGitHub, startFakeGitHub, WORKFLOW_USER } from "../../support/fake-github.ts";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const TOKEN = "ghs_a-token-that-nobody-may-see";
const MARKER = "<!-- imgweigh:api -->";
const PULL = 7;
const PULL_REQUEST = { pull_request: { number: PULL } };

let folder: string;
let github: FakeGitHub;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "imgweigh-comment-"));
  github = await startFakeGitHub();
  github.tokens.set(TOKEN, { user: WORKFLOW_USER, writes: true });
});
afterEach(async () => {
  await github.close();
  await rm(folder, { recursive: true, force: true });
});

interface Case {
  readonly report?: string;
  readonly event?: unknown;
  readonly token?: string;
}

/** The action that comments, which runs the same script as the one that checks. */
async function comment({ report = `${MARKER}\n## api\n`, event = PULL_REQUEST, token = TOKEN }: Case = {}) {
  const run = await mkdtemp(join(folder, "run-"));
  const workspace = join(run, "workspace");
  await mkdir(workspace);
  const markdown = join(run, "report.md");
  await writeFile(markdown, report);
  const result = await runAction(join(ROOT, "comment/action.yml"), {
    folder: run,
    workspace,
    inputs: { markdown },
    eventName: "pull_request",
    event,
    apiUrl: github.url,
    token,
    path: [process.env["PATH"] ?? ""],
  });
  expect(result.log + result.summary).not.toContain(token);
  return result;
}

const bodies = (): string[] => github.comments.map(({ body }) => body);

function expectFailure(result: ActionResult, reason: string): void {
  expect(result.conclusion).toBe("failure");
  expect(result.summary).toContain(reason);
  expect(result.commands).toHaveLength(1);
  expect(result.commands[0]).toMatch(/^::error title=imgweigh::No comment: /);
}

const FILLER = { login: "someone", type: "User" } as const;

describe("the comment", () => {
  it("is made once and then kept up to date", async () => {
    expect(await comment({ report: `${MARKER}\nfirst\n` })).toMatchObject({ conclusion: "success", summary: "" });
    expect(await comment({ report: `${MARKER}\nsecond\n` })).toMatchObject({ conclusion: "success", summary: "" });
    expect(bodies()).toEqual([`${MARKER}\nsecond\n`]);
    expect(github.written).toHaveLength(2);
  });

  it("is found on the third page of comments", async () => {
    for (let i = 0; i < 230; i++) github.add(PULL, FILLER, `remark ${i}`);
    github.add(PULL, WORKFLOW_USER, `${MARKER}\nbefore\n`);
    for (let i = 0; i < 5; i++) github.add(PULL, FILLER, `late remark ${i}`);
    await comment({ report: `${MARKER}\nafter\n` });
    expect(bodies().filter((body) => body.startsWith(MARKER))).toEqual([`${MARKER}\nafter\n`]);
    expect(github.comments).toHaveLength(236);
    expect(github.requests.filter(({ url }) => url.includes("/comments?"))).toHaveLength(3);
  });

  it("is one for each name", async () => {
    for (const name of ["api", "api-2", "worker"]) await comment({ report: `<!-- imgweigh:${name} -->\n${name}\n` });
    await comment({ report: `${MARKER}\nagain\n` });
    expect(bodies()).toEqual([
      `${MARKER}\nagain\n`,
      "<!-- imgweigh:api-2 -->\napi-2\n",
      "<!-- imgweigh:worker -->\nworker\n",
    ]);
  });

  it.each<[string, { login: string; type: "User" | "Bot" }, string]>([
    ["of a person who pretends", FILLER, `${MARKER}\nmine\n`],
    ["that quotes it", WORKFLOW_USER, `> ${MARKER}\n> quoted\n`],
  ])("leaves another %s alone", async (_, user, body) => {
    github.add(PULL, user, body);
    await comment();
    expect(bodies()).toEqual([body, `${MARKER}\n## api\n`]);
  });

  it("of a person's token is that person's", async () => {
    github.tokens.set(TOKEN, { user: { login: "maintainer", type: "User" }, writes: true });
    github.add(PULL, WORKFLOW_USER, `${MARKER}\na workflow's\n`);
    await comment({ report: `${MARKER}\nfirst\n` });
    await comment({ report: `${MARKER}\nsecond\n` });
    expect(bodies()).toEqual([`${MARKER}\na workflow's\n`, `${MARKER}\nsecond\n`]);
  });

  it("keeps every character of a report", async () => {
    const report = `${MARKER}\n| \`a|b\` | "'$(id)\`id\` %0A::error::x | \u{1F4E6} | \\ |\n`;
    await comment({ report });
    expect(bodies()).toEqual([report]);
  });

  it("points to the summary where the report is too long", async () => {
    const longest = `${MARKER}\n${"x".repeat(65_536 - MARKER.length - 1)}`;
    await comment({ report: longest });
    expect(bodies()).toEqual([longest]);
    await comment({ report: `${longest}x` });
    expect(bodies()).toEqual([
      `${MARKER}\nThe report is too long for a comment: it is in the [summary of the run](https://github.example/acme/api/actions/runs/42).\n`,
    ]);
  });

  it("is not made where there is no pull request", async () => {
    const result = await comment({ event: { ref: "refs/heads/main" } });
    expect(result).toMatchObject({ conclusion: "success", log: "No pull request to comment on.\n" });
    expect(github.requests).toEqual([]);
  });

  it("needs a marker, or the next run would not find it", async () => {
    expectFailure(await comment({ report: "# Anything\n" }), "no marker");
    expect(github.requests).toEqual([]);
  });
});

describe("a GitHub that fails", () => {
  const busy = (status: number, headers: Record<string, string>, message: string) =>
    ({ type: "answer", status, headers, body: JSON.stringify({ message }) }) as const;

  it.each([
    ["is down for a moment", busy(502, { "retry-after": "0" }, "Bad Gateway")],
    ["has had too many requests", busy(429, { "retry-after": "0" }, "Too Many Requests")],
    ["limits what comes at once", busy(403, { "retry-after": "0" }, "You have exceeded a secondary rate limit")],
    [
      "limits until now",
      busy(
        403,
        { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Math.floor(Date.now() / 1000)) },
        "API rate limit exceeded",
      ),
    ],
  ])("is asked again where it %s", async (_, fault) => {
    github.faults.push({ on: /comments/, fault, times: 2 });
    expect(await comment()).toMatchObject({ conclusion: "success" });
    expect(bodies()).toEqual([`${MARKER}\n## api\n`]);
    expect(github.requests).toHaveLength(4);
  });

  it("is not told twice: a comment that was made, and whose answer was lost, is found", async () => {
    github.faults.push({ on: /comments$/, fault: { type: "reset", afterBytes: -1 }, times: 1 });
    expect(await comment()).toMatchObject({ conclusion: "success" });
    expect(bodies()).toEqual([`${MARKER}\n## api\n`]);
    expect(github.written).toHaveLength(2);
  });

  it("is given up where it stays down", async () => {
    github.faults.push({ on: /comments/, fault: busy(503, { "retry-after": "0" }, "Unavailable") });
    expectFailure(await comment(), "503 Unavailable");
    expect(github.requests).toHaveLength(5);
  });

  it("is not waited for by the hour", async () => {
    github.faults.push({ on: /comments/, fault: busy(503, { "retry-after": "3600" }, "Unavailable") });
    expectFailure(await comment(), "503 Unavailable");
    expect(github.requests).toHaveLength(1);
  });

  it("cannot have the token sent elsewhere", async () => {
    const elsewhere = await startFakeGitHub();
    try {
      const headers = { link: `<${elsewhere.url}/more>; rel="next"` };
      github.faults.push({ on: /comments/, fault: { type: "answer", status: 200, headers, body: "[]" } });
      expectFailure(await comment(), "another host");
      expect(elsewhere.requests).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  it("cannot have the runner obey it", async () => {
    const message = "no\n::add-path::/tmp\n##[add-path]/tmp";
    github.faults.push({ on: /comments/, fault: busy(422, {}, message) });
    const result = await comment();
    expect(result.commands).toEqual([
      "::error title=imgweigh::No comment: 422 no%0A::add-path::/tmp%0A##[add-path]/tmp. The report is in the step summary.",
    ]);
  });
});

describe("a token that may not comment", () => {
  it.each([
    ["of a fork", { user: WORKFLOW_USER, writes: false }, "403 Resource not accessible by integration"],
    ["that is none", null, "401 Bad credentials"],
  ])("%s: one line says so", async (_, token, reason) => {
    if (token === null) github.tokens.clear();
    else github.tokens.set(TOKEN, token);
    expectFailure(await comment(), reason);
    expect(bodies()).toEqual([]);
  });
});

describe("a workflow that runs after another", () => {
  const run = (sha: string) => ({
    workflow_run: { head_sha: sha, head_branch: "feature/a b&c", head_repository: { owner: { login: "somebody" } } },
  });

  it("comments on the pull request that GitHub knows the run's commit of", async () => {
    github.pulls.push(
      { number: 11, head: "somebody:feature/a b&c", sha: "old" },
      { number: 12, head: "somebody:feature/a b&c", sha: "new" },
      { number: 13, head: "another:feature/a b&c", sha: "new" },
    );
    await comment({ event: run("new") });
    expect(github.comments).toMatchObject([{ issue: 12, body: `${MARKER}\n## api\n` }]);
  });

  it("comments nowhere where the fork was deleted since", async () => {
    const event = { workflow_run: { head_sha: "new", head_branch: "main", head_repository: null } };
    const nowhere = { conclusion: "success", log: "No pull request to comment on.\n" };
    expect(await comment({ event })).toMatchObject(nowhere);
  });

  it("comments nowhere where the branch has gone on since", async () => {
    github.pulls.push({ number: 12, head: "somebody:feature/a b&c", sha: "newer" });
    expect(await comment({ event: run("new") })).toMatchObject({ log: "No pull request to comment on.\n" });
    expect(github.comments).toEqual([]);
  });
});

it("the action that comments names an input for all that it is given", () => {
  const text = readFileSync(join(ROOT, "comment/action.yml"), "utf8");
  expect([...text.matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name)).toEqual(["github-token", "markdown"]);
});

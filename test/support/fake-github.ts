import type { BackendAnswer, BackendRequest, FaultServer } from "./fault-server.ts";
import { startFaultServer } from "./fault-server.ts";

export interface FakeUser {
  readonly login: string;
  readonly type: "User" | "Bot";
}

export interface FakeComment {
  readonly id: number;
  readonly issue: number;
  readonly user: FakeUser;
  body: string;
}

export interface FakePull {
  readonly number: number;
  /** `owner:branch` and its commit. */
  readonly head: string;
  readonly sha: string;
}

export interface FakeToken {
  readonly user: FakeUser;
  /** Whether it may write comments; pull requests from forks get one that may not. */
  readonly writes: boolean;
}

export interface FakeGitHub extends FaultServer {
  readonly url: string;
  readonly comments: FakeComment[];
  readonly pulls: FakePull[];
  /** Who a token is; others are refused. */
  readonly tokens: Map<string, FakeToken>;
  /** What was posted or changed, in order. */
  readonly written: readonly string[];
  add(issue: number, user: FakeUser, body: string): FakeComment;
}

/** The user that the token of a workflow is. */
export const WORKFLOW_USER: FakeUser = { login: "github-actions[bot]", type: "Bot" };
export const REPOSITORY = "acme/api";

/** https://docs.github.com/rest/issues/comments: longer ones are a validation error. */
const LONGEST_COMMENT = 65_536;

function answer(status: number, value: unknown, headers: Record<string, string> = {}): BackendAnswer {
  const body = Buffer.from(JSON.stringify(value));
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, body };
}

const refusal = (status: number, message: string): BackendAnswer => answer(status, { message });

/** The part of GitHub's REST API that comments on pull requests take: pages by the Link header, as rights allow. */
export async function startFakeGitHub(): Promise<FakeGitHub> {
  const comments: FakeComment[] = [];
  const pulls: FakePull[] = [];
  const tokens: FakeGitHub["tokens"] = new Map();
  const written: string[] = [];
  let lastId = 1000;

  function add(issue: number, user: FakeUser, body: string): FakeComment {
    const comment = { id: ++lastId, issue, user, body };
    comments.push(comment);
    return comment;
  }

  const shown = (comment: FakeComment) => ({
    ...comment,
    html_url: `https://github.example/${REPOSITORY}/pull/${comment.issue}#issuecomment-${comment.id}`,
  });

  /** One page of a list, with the link to the next. */
  function page(url: URL, items: readonly unknown[]): BackendAnswer {
    const size = Math.min(100, Number(url.searchParams.get("per_page") ?? 30));
    const number = Number(url.searchParams.get("page") ?? 1);
    const last = Math.max(1, Math.ceil(items.length / size));
    const link = (to: number, relation: string): string => {
      const target = new URL(url);
      target.searchParams.set("page", String(to));
      return `<${target.href}>; rel="${relation}"`;
    };
    const links = number < last ? [link(number + 1, "next"), link(last, "last")] : [];
    const before = number > 1 ? [link(number - 1, "prev"), link(1, "first")] : [];
    const headers: Record<string, string> = last === 1 ? {} : { link: [...before, ...links].join(", ") };
    return answer(200, items.slice((number - 1) * size, number * size), headers);
  }

  function write(token: FakeToken, request: BackendRequest, issue: number | null, id: number | null): BackendAnswer {
    if (!token.writes) return refusal(403, "Resource not accessible by integration");
    const { body } = JSON.parse(request.body.toString()) as { body: string };
    if (body.length > LONGEST_COMMENT) return refusal(422, "Body is too long (maximum is 65536 characters)");
    const comment = id === null ? add(issue as number, token.user, body) : comments.find((one) => one.id === id);
    if (comment === undefined) return refusal(404, "Not Found");
    comment.body = body;
    written.push(body);
    return answer(id === null ? 201 : 200, shown(comment));
  }

  function backend(request: BackendRequest): BackendAnswer {
    const { method, headers } = request;
    const url = new URL(request.url, `http://${headers.host}`);
    const token = tokens.get(/^(?:Bearer|token) (.*)$/.exec(headers.authorization ?? "")?.[1] ?? "");
    if (token === undefined) return refusal(401, "Bad credentials");
    if (headers["user-agent"] === undefined)
      return refusal(403, "Please make sure your request has a User-Agent header");
    const path = url.pathname;
    if (method === "GET" && path === "/user") {
      if (token.user.type === "Bot") return refusal(403, "Resource not accessible by integration");
      return answer(200, token.user);
    }
    if (method === "GET" && path === `/repos/${REPOSITORY}/pulls`) {
      const found = pulls.filter(({ head }) => head === url.searchParams.get("head"));
      const rows = found.map(({ number, sha }) => ({ number, head: { sha } }));
      return page(url, rows);
    }
    const issue = Number(/^\/repos\/acme\/api\/issues\/(\d+)\/comments$/.exec(path)?.[1] ?? Number.NaN);
    if (method === "GET" && issue > 0) return page(url, comments.filter((one) => one.issue === issue).map(shown));
    if (method === "POST" && issue > 0) return write(token, request, issue, null);
    const id = Number(/^\/repos\/acme\/api\/issues\/comments\/(\d+)$/.exec(path)?.[1] ?? Number.NaN);
    if (method === "PATCH" && id > 0) return write(token, request, null, id);
    return refusal(404, "Not Found");
  }

  const server = await startFaultServer({ backend });
  return { ...server, url: `http://${server.host}`, comments, pulls, tokens, written, add };
}

import { describe, expect, it } from "vitest";
import { buildContext } from "../../../packages/core/src/lint/build-context.ts";
import { fixDockerfileText } from "../../../packages/core/src/lint/fix-dockerfile-text.ts";
import { lintDockerfile } from "../../../packages/core/src/lint/lint-dockerfile.ts";
import type { LintFinding } from "../../../packages/core/src/lint/lint-result.ts";

const TODAY = "2026-06-15";
const named = { directory: ".", ignoreFile: ".dockerignore", hasIgnoreFile: true };

async function lint(text: string, files?: readonly { path: string; contentBytes: number }[], hasIgnoreFile = true) {
  const context = files === undefined ? null : buildContext({ ...named, hasIgnoreFile }, files);
  return lintDockerfile({ name: "Dockerfile", text, context }, { today: TODAY });
}

const told = (findings: readonly LintFinding[]) => findings.map(({ rule, line, level }) => `${line} ${rule} ${level}`);
const alpine = (...lines: string[]) => ["FROM alpine:3.20", ...lines, ""].join("\n");
const debian = (...lines: string[]) => ["FROM debian:12", ...lines, ""].join("\n");

describe("what a Dockerfile alone shows", () => {
  it.each([
    [alpine("RUN apk add curl"), ["2 apk-index warn"]],
    [alpine("RUN apk update && apk add --no-cache curl"), ["2 apk-update-defeats-no-cache warn"]],
    [alpine("RUN apk --no-cache add curl"), []],
    [alpine("RUN apk add curl && rm -rf /var/cache/apk/*"), []],
    [alpine("RUN --mount=type=cache,target=/var/cache/apk apk add curl"), []],
    [
      alpine("RUN apk add --no-cache -t .deps git", "RUN git clone x", "RUN apk del .deps"),
      ["4 apk-virtual-split warn"],
    ],
    [alpine("RUN apk add --no-cache -t .deps gcc && make && apk del .deps"), []],
    [alpine("RUN apk add --no-cache git", "RUN apk del git"), ["3 apk-del-frees-nothing warn"]],
    [alpine("RUN apk add --no-cache build-base"), ["2 apk-toolchain-in-world warn"]],
    [alpine("RUN api del curl"), ["2 dockerfile-mistake error"]],
    [alpine("RUN apk install curl"), ["2 dockerfile-mistake error"]],
    [alpine("RUN apk add --no-cache -y curl"), ["2 dockerfile-mistake error"]],
    [debian("RUN apt-get add -y curl"), ["2 dockerfile-mistake error"]],
    [debian("RUN apt-get install -y --no-cache --no-install-recommends curl"), ["2 dockerfile-mistake error"]],
    [debian("RUN apt-get update && apt-get install -y --no-install-recommends curl"), ["2 apt-lists warn"]],
    [debian("RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*"), ["2 apt-recommends warn"]],
    [
      debian("RUN apt-get update && apt-get install --no-install-recommends curl && rm -rf /var/lib/apt/lists/*"),
      ["2 dockerfile-mistake error"],
    ],
    [
      debian("RUN apt-get update && apt-get install -y --no-install-recommends gcc && rm -rf /var/lib/apt/lists/*"),
      ["2 apt-toolchain warn"],
    ],
    [
      debian(
        "RUN apt-get update && apt-get install -y --no-install-recommends gcc && make && apt-get purge -y gcc && rm -rf /var/lib/apt/lists/*",
      ),
      [],
    ],
    [debian("COPY app /srv/app", "RUN chown -R www /srv/app"), ["3 metadata-copy warn"]],
    [debian("COPY app /srv/app", "RUN chown -R www /srv/other"), []],
    [
      debian("COPY x.tgz /tmp/", "RUN tar -xzf /tmp/x.tgz && rm /tmp/x.tgz"),
      ["3 unpacked-archives warn", "3 copied-then-removed warn"],
    ],
    [debian("RUN pip install flask"), ["2 pip-cache warn"]],
    [debian("ENV PIP_NO_CACHE_DIR=1", "RUN pip install flask"), []],
    [debian("RUN --mount=type=cache,target=/root/.cache/pip pip install flask"), []],
    [debian("RUN npm ci"), ["2 npm-cache warn"]],
    [debian("RUN npm ci && npm cache clean --force"), []],
    [debian("RUN cargo build --release"), ["2 cargo-registry warn"]],
    [debian("RUN mvn -q package"), ["2 maven-repository warn"]],
    ["FROM fedora:40\nRUN dnf install -y curl\n", ["2 dnf-cache warn"]],
    ["FROM fedora:40\nRUN dnf install -y curl && dnf clean all\n", []],
    ["FROM golang:1.22\nCOPY . /src/app\n", ["1 toolchain-base warn"]],
    [
      'FROM golang:1.22 AS b\nENV CGO_ENABLED=0\nRUN go build -o /app .\nFROM alpine:3.20\nCOPY --from=b /app /app\nENTRYPOINT ["/app"]\n',
      ["4 static-binary warn"],
    ],
    [
      "FROM golang:1.22 AS b\nRUN go build -o /app .\nFROM alpine:3.20\nRUN apk add --no-cache bash\nCOPY --from=b /app /usr/local/bin/app\n",
      ["5 program-cannot-start warn"],
    ],
    ["FROM scratch\nCOPY app /app\nCMD /app --port 80\n", ["3 program-cannot-start error"]],
    ['FROM scratch\nCOPY app /app\nCMD ["/app"]\n', []],
    // What other stages leave is in no image.
    ["FROM alpine:3.20 AS b\nRUN apk add gcc\nFROM alpine:3.20\nCOPY --from=b /x /x\n", []],
    ["ARG V=3.20\nFROM alpine:$V\nRUN apk add curl\n", ["3 apk-index warn"]],
    ["# escape=`\nFROM alpine:3.20\nRUN apk add `\n  curl\n", ["3 apk-index warn"]],
    [alpine("RUN <<EOF", "apk update", "apk add curl", "EOF"), ["4 apk-index warn"]],
    [alpine("ONBUILD RUN apk add curl"), []],
  ])("%j", async (text, expected) => {
    expect(told((await lint(text as string)).findings)).toEqual(expected);
  });

  it("knows bytes where the context does, and no others", async () => {
    const files = [
      { path: "app.tar.gz", contentBytes: 7000 },
      { path: ".git/objects/p", contentBytes: 5000 },
      { path: "web/node_modules/x/a.js", contentBytes: 90_000 },
      { path: "src/main.js", contentBytes: 10 },
    ];
    const { findings, context } = await lint(
      alpine("COPY . .", "COPY app.tar.gz /tmp/", "RUN rm /tmp/app.tar.gz"),
      files,
      false,
    );
    expect(context).toEqual({ directory: ".", files: 4, contentBytes: 102_010 });
    expect(findings.map(({ rule, bytes, paths }) => [rule, bytes.content, paths])).toEqual([
      ["context-junk", 102_000, ["web/node_modules", "app.tar.gz", ".git"]],
      ["copied-then-removed", 7000, []],
    ]);
    expect((await lint(alpine("RUN apk add curl"))).findings[0]?.bytes).toEqual({ content: null });
    expect((await lint(alpine("COPY . ."), [{ path: "src/main.js", contentBytes: 10 }])).findings).toEqual([]);
  });

  it("is accepted by a comment with a reason, for the next instruction", async () => {
    const commented = (comment: string) => alpine(comment, "RUN apk add curl", "RUN apk add git");
    const accepted = await lint(commented("# imgweigh ignore=apk-* we search it at run time"));
    expect([told(accepted.findings), accepted.ignored.map(({ reason }) => reason)]).toEqual([
      ["4 apk-index warn"],
      ["we search it at run time"],
    ]);
    const without = await lint(commented("# imgweigh ignore=apk-index"));
    expect([without.findings.length, without.notes[0]]).toEqual([
      2,
      expect.stringContaining("line 2: the comment gives no reason"),
    ]);
    const unneeded = await lint(commented("# imgweigh ignore=vcs served"));
    expect(unneeded.notes).toEqual([expect.stringContaining("line 2: nothing of vcs is found there")]);
  });

  it("has levels", async () => {
    const options = {
      today: TODAY,
      failOn: "warn",
      rules: [{ rule: "apk-*", level: "off", origin: { file: null, line: null, key: "" } }],
    } as const;
    const off = await lintDockerfile({ name: "Dockerfile", text: alpine("RUN apk add curl") }, options);
    expect([off.passed, off.findings]).toEqual([true, []]);
    const warned = await lintDockerfile({ name: "Dockerfile", text: debian("RUN npm ci") }, options);
    expect(warned.passed).toBe(false);
  });

  it("says what it cannot do: no FROM, no such stage", async () => {
    expect((await lint("RUN x\n")).notes).toContain("it has no FROM");
    const { notes, passed } = await lintDockerfile(
      { name: "Dockerfile", text: alpine(), target: "nope" },
      { today: TODAY },
    );
    expect([notes, passed]).toEqual([["it has no stage nope"], false]);
  });
});

describe("edits that the text alone proves", () => {
  const fix = async (text: string) => fixDockerfileText({ name: "Dockerfile", text }, {});

  it.each([
    [alpine("RUN apk add curl"), alpine("RUN apk add --no-cache curl")],
    [alpine("RUN apk update && apk add --no-cache curl"), alpine("RUN apk add --no-cache curl")],
    [alpine("RUN apk update && apk add curl git"), alpine("RUN apk add --no-cache curl git")],
    [
      alpine("RUN apk add --no-cache curl", "RUN api del curl2"),
      alpine("RUN apk add --no-cache curl", "RUN apk del curl2"),
    ],
    [
      alpine("RUN apk add --no-cache -t .b gcc", "RUN make", "RUN apk del .b"),
      alpine("RUN apk add --no-cache -t .b gcc \\", "    && make \\", "    && apk del .b"),
    ],
    [
      debian("RUN apt-get update && apt-get install -y --no-install-recommends curl"),
      debian(
        "RUN apt-get update && apt-get install -y --no-install-recommends curl \\",
        "    && rm -rf /var/lib/apt/lists/*",
      ),
    ],
  ])("%j", async (before, after) => {
    const { file } = await fix(before);
    expect(file.text.replace(/ \\\n {4}&& /g, " && ")).toBe(after.replace(/ \\\n {4}&& /g, " && "));
  });

  it.each([
    // Something reads the index, or may.
    alpine("RUN apk update && apk search -x curl && apk add curl"),
    alpine("RUN apk update && apk add $PACKAGES"),
    alpine("RUN apk add curl", "RUN apk add --no-network git"),
    // A later RUN uses the lists.
    debian(
      "RUN apt-get update && apt-get install -y --no-install-recommends curl",
      "RUN apt-get install -y --no-install-recommends git",
    ),
    debian("RUN apt-get update; apt-get install -y --no-install-recommends curl"),
    // Something else lies between.
    alpine("RUN apk add --no-cache -t .b gcc", "COPY . /src", "RUN make", "RUN apk del .b"),
    // Of that name there is something.
    alpine("COPY api /usr/bin/api", "RUN api del curl"),
    alpine("# imgweigh ignore=apk-index wanted", "RUN apk add curl"),
  ])("leaves alone %j", async (text) => {
    const { file, patch } = await fix(text);
    expect([file.text, patch]).toEqual([text, ""]);
  });

  it("are made once, and what is left is named", async () => {
    const { file, left, mended } = await fix(debian("RUN apt-get update && apt-get install -y curl"));
    expect(mended).toHaveLength(1);
    expect(left.map(({ rule }) => rule)).toEqual(["apt-recommends"]);
    expect((await fix(file.text)).patch).toBe("");
  });
});

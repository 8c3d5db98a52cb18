import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { BuildEdit } from "../../../packages/core/src/build/build-edit.ts";
import type { Builder } from "../../../packages/core/src/build/builder.ts";
import { type DockerfileEditResult, editDockerfile } from "../../../packages/core/src/build/edit-dockerfile.ts";
import type { ShellEdit } from "../../../packages/core/src/build/edit-shell.ts";
import { unifiedDiff } from "../../../packages/core/src/build/unified-diff.ts";
import { statesOf } from "../../../packages/core/src/dockerfile/build-state.ts";
import { parseDockerfile } from "../../../packages/core/src/dockerfile/dockerfile.ts";
import { loadDockerfileTools } from "../../../packages/core/src/dockerfile/dockerfile-tools.ts";
import type { HistoryMatches } from "../../../packages/core/src/dockerfile/match-history.ts";

beforeAll(loadDockerfileTools);

/** Each instruction is the step of its number, from the FROM on. */
function edit(text: string, edits: readonly BuildEdit[], builder: Builder | null = "classic"): DockerfileEditResult {
  const dockerfile = parseDockerfile(text);
  const matches: HistoryMatches = {
    steps: dockerfile.instructions.map(({ line }, step) => ({
      step,
      instruction: step,
      line,
      part: "stage",
      confidence: "high",
    })),
    baseEntries: 0,
    confidence: "high",
    reason: null,
    missing: [],
    states: new Map(statesOf(dockerfile, dockerfile.instructions.slice(1)).map((state, i) => [i + 1, state])),
  };
  return editDockerfile(dockerfile, matches, edits, { builder });
}

function edited(text: string, edits: readonly BuildEdit[], builder?: Builder | null): string {
  const result = edit(text, edits, builder);
  return result.kind === "edited" ? result.text : `refused: ${result.reason}`;
}

const joinRuns = (...steps: number[]): BuildEdit => ({ kind: "join-runs", steps });
const run = (step: number, ...edits: ShellEdit[]): BuildEdit => ({ kind: "edit-run", step, edits });
const drop = (command: number): ShellEdit => ({ kind: "drop-command", command });
const append = (text: string): ShellEdit => ({ kind: "append", text });

describe("join-runs", () => {
  const rows: readonly (readonly [title: string, before: string, steps: readonly number[], after: string])[] = [
    [
      "at the place of the last, what lies between above it",
      "FROM a\nRUN apk add --virtual .b gcc\nCOPY . /src\nRUN make -C /src\nRUN apk del .b\nCMD x\n",
      [1, 3, 4],
      "FROM a\nCOPY . /src\nRUN apk add --virtual .b gcc \\\n    && make -C /src \\\n    && apk del .b\nCMD x\n",
    ],
    [
      "in the author's way of breaking lines, comments kept",
      "FROM a\n# tools\nRUN apk add gcc && \\\n  true\n\n# clean\nRUN apk del gcc\n",
      [1, 2],
      "FROM a\n\n# tools\n# clean\nRUN apk add gcc && \\\n  true && \\\n  apk del gcc\n",
    ],
    [
      "a directory that the first one changes to stays its own",
      "FROM a\nRUN cd /x && make\nRUN ./configure\n",
      [1, 2],
      "FROM a\nRUN (cd /x && make) \\\n    && ./configure\n",
    ],
    [
      "unless no later one minds",
      "FROM a\nRUN cd /x && make\nRUN rm -rf /x\n",
      [1, 2],
      "FROM a\nRUN cd /x && make \\\n    && rm -rf /x\n",
    ],
    [
      "failures that are passed over stay so",
      "FROM a\nRUN a; b\nRUN c || true\nRUN d\n",
      [1, 2, 3],
      "FROM a\nRUN { a; b; } \\\n    && { c || true; } \\\n    && d\n",
    ],
    [
      "set -e stays in force",
      "FROM a\nRUN set -eux; \\\n    a; \\\n    b\nRUN set -eux; c\nRUN d && e\n",
      [1, 2, 3],
      "FROM a\nRUN set -eux; \\\n    a; \\\n    b; \\\n    set -eux; c; \\\n    d && e\n",
    ],
    [
      "heredocs with set -e",
      "FROM a\nRUN <<EOF\nset -e\na\nEOF\nRUN <<EOF\nset -e\nb\nEOF\n",
      [1, 2],
      "FROM a\nRUN <<EOF\nset -e\na\nset -e\nb\nEOF\n",
    ],
    [
      "a WORKDIR between becomes cd",
      "FROM a\nWORKDIR /one\nRUN make\nWORKDIR /two\nRUN make\n",
      [2, 4],
      "FROM a\nWORKDIR /one\nWORKDIR /two\nRUN (cd /one && make) \\\n    && make\n",
    ],
    [
      "what says something about the image only",
      'FROM a\nRUN b\nLABEL c=d\nEXPOSE 80\nCMD ["b"]\nRUN e\n',
      [1, 5],
      'FROM a\nLABEL c=d\nEXPOSE 80\nCMD ["b"]\nRUN b \\\n    && e\n',
    ],
    [
      "with the escape character and the line feeds of the file",
      "# escape=`\r\nFROM a\r\nRUN b\r\nRUN c\r\n",
      [1, 2],
      "# escape=`\r\nFROM a\r\nRUN b `\r\n    && c\r\n",
    ],
  ];
  it.each(rows)("%s", (_, before, steps, after) => {
    expect(edited(before, [joinRuns(...steps)], "buildkit")).toBe(after);
  });

  const refusals: readonly (readonly [string, string])[] = [
    ["USER between", "RUN a\nUSER x\nRUN b"],
    ["SHELL between", 'RUN a\nSHELL ["/bin/bash", "-c"]\nRUN b'],
    ["a RUN between", "RUN a\nRUN c\nRUN b"],
    ["a variable that the first one uses", "RUN echo $V\nENV V=1\nRUN b"],
    ["another PATH", "RUN a\nENV PATH=/x\nRUN b"],
    ["a volume that packages fill", "RUN apt-get install -y mysql\nVOLUME /var/lib/mysql\nRUN b"],
    ["other mounts", "RUN --mount=type=cache,target=/c a\nRUN b"],
    ["an exec form", 'RUN ["a"]\nRUN b'],
    ["a heredoc without set -e", "RUN <<E\na\nE\nRUN <<E\nb\nE"],
    ["a heredoc and a plain one", "RUN <<E\nset -e\na\nE\nRUN b"],
    ["a command that reads a heredoc", "RUN cat <<E\na\nE\nRUN b"],
    ["the background", "RUN a &\nRUN b"],
    ["a variable left behind with set -e", "RUN set -e; export A=1; a\nRUN b"],
    ["set -e behind another one", "RUN a\nRUN set -e; b; c\nRUN d"],
    ["a script that cannot be read", "RUN if a\nRUN b"],
  ];
  it.each(refusals)("refuses %s", (_, body) => {
    const text = `FROM a\n${body}\n`;
    const { instructions } = parseDockerfile(text);
    const runs = [...instructions.keys()].filter((i) => instructions[i]?.verb === "RUN");
    const steps = body.includes("RUN c\n") ? [1, 3] : runs;
    expect(edit(text, [joinRuns(...steps)], "buildkit").kind).toBe("refused");
  });

  it("says what it assumes", () => {
    const result = edit("FROM a\nRUN b\nENV GOPATH=/go PATH=/go/bin:$PATH\nRUN c\n", [joinRuns(1, 3)]);
    expect(result).toMatchObject({ assumes: ["What an earlier RUN does is the same with GOPATH, PATH set."] });
  });

  it("takes edits of its RUNs, and groups that share one", () => {
    const text = "FROM a\nRUN apk add g++\nRUN g++ x\nRUN rm /x\n";
    const edits = [
      joinRuns(1, 2),
      run(1, { kind: "insert-words", command: 0, at: 1, words: ["--virtual", ".b"] }),
      run(2, append("apk del .b")),
      joinRuns(2, 3),
    ];
    const joined = "apk add --virtual .b g++ \\\n    && g++ x \\\n    && apk del .b \\\n    && rm /x";
    expect(edited(text, edits)).toBe(`FROM a\nRUN ${joined}\n`);
    expect(edited(text, [joinRuns(1, 2, 3), run(3, drop(0))])).toBe("FROM a\nRUN apk add g++ \\\n    && g++ x\n");
  });
});

describe("other edits", () => {
  const rows: readonly (readonly [string, string, readonly BuildEdit[], string, (Builder | undefined)?])[] = [
    ["edit-run", "FROM a\nRUN b && c\n", [run(1, drop(0))], "FROM a\nRUN c\n"],
    ["edit-run to nothing", "FROM a\n\n# why\nRUN b\n\nCMD c\n", [run(1, drop(0))], "FROM a\n\nCMD c\n"],
    ["edit-run of a heredoc", "FROM a\nRUN <<E\nb\nc\nE\n", [run(1, drop(0))], "FROM a\nRUN <<E\nc\nE\n"],
    [
      "edit-run with flags",
      "FROM a\nRUN --mount=type=cache,target=/c \\\n    b && c\n",
      [run(1, drop(1))],
      "FROM a\nRUN --mount=type=cache,target=/c \\\n    b\n",
    ],
    ["remove-step", "FROM a\nRUN b \\\n  && c\nCMD d", [{ kind: "remove-step", step: 1 }], "FROM a\nCMD d"],
    [
      "replace-step",
      "FROM a\nCOPY b /c\n",
      [{ kind: "replace-step", step: 1, text: "COPY --chown=1:1 b /c" }],
      "FROM a\nCOPY --chown=1:1 b /c\n",
    ],
    [
      "insert-before, above the comments",
      "FROM a\n# why\nRUN b\n",
      [{ kind: "insert-before", step: 1, text: "ENV C=d" }],
      "FROM a\nENV C=d\n# why\nRUN b\n",
    ],
    [
      "set-flag and retarget-copy",
      "FROM a\nCOPY --chown=0 \\\n  b.tar /c/\n",
      [
        { kind: "set-flag", step: 1, flag: "chown", value: "1:1" },
        { kind: "retarget-copy", step: 1, verb: "ADD", to: "/d/" },
      ],
      "FROM a\nADD --chown=1:1 \\\n  b.tar /d/\n",
    ],
    [
      "retarget-copy of a list",
      'FROM a\nCOPY ["b c", "/d e"]\n',
      [{ kind: "retarget-copy", step: 1, verb: "COPY", to: "/f" }],
      'FROM a\nCOPY ["b c","/f"]\n',
    ],
    [
      "set-flag chmod",
      "FROM a\nCOPY b /c\n",
      [{ kind: "set-flag", step: 1, flag: "chmod", value: "755" }],
      "FROM a\nCOPY --chmod=755 b /c\n",
      "buildkit",
    ],
    [
      "replace-from",
      "FROM --platform=linux/amd64 a AS b\nRUN c\n",
      [{ kind: "replace-from", text: "FROM d:1" }],
      "FROM --platform=linux/amd64 d:1 AS b\nRUN c\n",
    ],
    [
      "add-stage, below the directives",
      "# syntax=docker/dockerfile:1\n# about\nFROM a\nRUN c\n",
      [{ kind: "add-stage", text: "FROM x AS y\nRUN z" }],
      "# syntax=docker/dockerfile:1\nFROM x AS y\nRUN z\n\n# about\nFROM a\nRUN c\n",
    ],
    [
      "stage-steps",
      "FROM a AS z\nENV B=c\nRUN make\nUSER d\nRUN e\nCMD f\n",
      [{ kind: "stage-steps", steps: [2, 4], name: "build", copy: [{ from: "/o", to: "/p", owner: "1:1" }] }],
      "FROM a AS build\nENV B=c\nRUN make\nUSER d\nRUN e\n\nFROM a AS z\nENV B=c\nCOPY --from=build --chown=1:1 /o /p\nUSER d\nCMD f\n",
    ],
  ];
  for (const [title, before, edits, after, builder] of rows) {
    it(title, () => {
      expect(edited(before, edits, builder)).toBe(after);
    });
  }

  const refusals: readonly (readonly [string, string, readonly BuildEdit[], (Builder | null)?])[] = [
    ["an exec form", 'FROM a\nRUN ["b"]\n', [run(1, drop(0))]],
    [
      "--chmod for the classic builder",
      "FROM a\nCOPY b /c\n",
      [{ kind: "set-flag", step: 1, flag: "chmod", value: "755" }],
    ],
    [
      "--link for an unknown one",
      "FROM a\nCOPY b /c\n",
      [{ kind: "replace-step", step: 1, text: "COPY --link b /c" }],
      null,
    ],
    ["a heredoc for the classic one", "FROM a\nRUN b\n", [{ kind: "insert-before", step: 1, text: "RUN <<E\nc\nE" }]],
    [
      "two replacements",
      "FROM a\nRUN b\n",
      ["c", "d"].map((text) => ({ kind: "replace-step", step: 1, text: `RUN ${text}` })),
    ],
    [
      "a change of what goes",
      "FROM a\nRUN b\n",
      [run(1, append("c")), { kind: "replace-step", step: 1, text: "RUN d" }],
    ],
    ["a line feed smuggled in", "FROM a\nRUN b\n", [run(1, append("c\nUSER root"))]],
    ["a taken stage name", "FROM a AS x\nFROM b\n", [{ kind: "add-stage", text: "FROM c AS X" }]],
    ["a step that does not exist", "FROM a\nRUN b\n", [{ kind: "remove-step", step: 9 }]],
    ["another stage's step", "FROM a AS x\nRUN b\nFROM c\n", [{ kind: "remove-step", step: 1 }]],
    [
      "ADD from a stage",
      "FROM a AS x\nFROM b\nCOPY --from=x c /d\n",
      [{ kind: "retarget-copy", step: 2, verb: "ADD", to: "/e" }],
    ],
  ];
  for (const [title, text, edits, builder] of refusals) {
    it(`refuses ${title}`, () => {
      expect(edit(text, edits, builder).kind).toBe("refused");
    });
  }
});

const has = (program: string) => spawnSync(program, ["--version"]).status === 0;

describe("unifiedDiff", () => {
  const before = `${Array.from({ length: 20 }, (_, i) => `RUN step ${i}`).join("\n")}\n`;
  const pairs: readonly (readonly [string, string])[] = [
    [before, before.replace("step 3", "other").replace("RUN step 17\n", "")],
    [before.trimEnd(), `${before}CMD x\n`],
    ["FROM a\r\nRUN b\r\n", "FROM a\r\nRUN c\r\n"],
    ["", "FROM a\n"],
  ];

  function applied(
    name: string,
    [from, to]: readonly [string, string],
    program: string,
    args: readonly string[],
  ): void {
    const folder = mkdtempSync(join(tmpdir(), "imgweigh-diff-"));
    try {
      const file = join(folder, name);
      writeFileSync(file, from);
      execFileSync(program, args, { cwd: folder, input: unifiedDiff(name, from, to), stdio: "pipe" });
      expect(readFileSync(file, "utf8")).toBe(to);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it.skipIf(!has("git"))("applies with git apply", () => {
    for (const pair of pairs) applied("Dockerfile", pair, "git", ["apply", "-"]);
    applied('Docker "file" ü', pairs[0] ?? ["", ""], "git", ["apply", "-"]);
  });

  it.skipIf(!has("patch"))("applies with patch", () => {
    for (const pair of pairs) applied("Dockerfile", pair, "patch", ["-p1", "--binary", "-s"]);
    applied("Docker file", pairs[0] ?? ["", ""], "patch", ["-p1", "-s"]);
  });

  it("is empty where nothing differs", () => {
    expect(unifiedDiff("Dockerfile", before, before)).toBe("");
  });
});

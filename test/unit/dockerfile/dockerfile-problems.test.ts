import { describe, expect, it } from "vitest";
import { readDockerfile } from "../../../packages/core/src/dockerfile/dockerfile.ts";
import { isNearMiss } from "../../../packages/core/src/dockerfile/near-miss.ts";
import { dockerfileProblems } from "../../../packages/core/src/dockerfile/problems.ts";

async function problems(...lines: string[]): Promise<string[]> {
  const dockerfile = await readDockerfile(`FROM a\n${lines.join("\n")}\n`);
  return dockerfileProblems(dockerfile).map(({ line, message }) => `${line} ${message}`);
}

describe("dockerfileProblems", () => {
  const rows: readonly (readonly [body: string, line: number, part: string])[] = [
    [
      "RUN api del --no-cache build-deps",
      2,
      "`api` is not a command, so the build stops here: did you mean `apk del`?",
    ],
    ["RUN true && \\\n  # why\n  atp-get install -y x", 4, "did you mean `apt-get install`?"],
    ["RUM apk add x", 2, "did you mean `RUN`?"],
    ["RUN apk add x\n  && true", 3, "lacks a `\\`"],
    [
      "RUN apk add --virtual .b gcc\nRUN make\nRUN apk del .b",
      4,
      "`apk del .b` frees nothing here: .b was added in the RUN of line 2",
    ],
    ["RUN apk add -t .b gcc\nRUN make && apk del .b", 3, "frees nothing"],
    ["RUN apk add --virtual=build-deps gcc && apk del build-dep", 2, "did you mean `build-deps`?"],
    ["RUN apk update \\\n && apk add --no-cache bash", 2, "leave `apk update` out"],
    ["RUN apt-get update && apt-get install curl", 2, "without `-y`"],
    ["RUN apt-get update", 2, "is cached"],
    [
      "RUN apt-get update && apt-get install -y x\nRUN rm -rf /var/lib/apt/lists/*",
      3,
      "Deleting the package lists frees nothing",
    ],
    ["RUN cd /src\nRUN make", 2, "use WORKDIR"],
    ["COPY a b /c", 2, "`/c/`"],
    ["FROM b AS builder\nFROM c\nCOPY --from=bulder /x /y", 4, "did you mean `builder`?"],
  ];
  it.each(rows)("%j", async (body, line, part) => {
    const found = await problems(...body.split("\n"));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${line} `));
    expect(found[0]).toContain(part);
  });

  const fine: readonly string[] = [
    "RUN zip add x && rpm install x && ask add x",
    "COPY api /usr/local/bin/\nRUN api del x",
    "RUN api() { true; }; api del x",
    "RUN npx install && pnpm install && pip3 install x && apt install -y x",
    "RUN apk add --virtual .b gcc && make && apk del .b",
    "RUN apk add --virtual .b gcc\nFROM c\nRUN apk del .b",
    "RUN apk update --no-cache && apk add --no-cache bash",
    "RUN apt-get update && apt-get install -qqy curl && rm -rf /var/lib/apt/lists/*",
    "RUN yes | apt-get install curl",
    "RUN apt-get install $OPTIONS curl",
    'COPY a b /c/\nCOPY a b ./\nCOPY a b .\nCOPY a b $HOME\nCOPY ["a", "/c"]',
    "COPY --from=nginx /x /y",
    "RUN <<EOF\nset -e\napk add x\nEOF",
    "HEALTHCHECK NONE\nONBUILD RUN api del x",
  ];
  it.each(fine)("says nothing of %j", async (body) => {
    expect(await problems(...body.split("\n"))).toEqual([]);
  });
});

describe("isNearMiss", () => {
  it.each([
    ["api", "apk", true],
    ["akp", "apk", true],
    ["ap", "apk", true],
    ["appk", "apk", true],
    ["apk", "apk", false],
    ["pka", "apk", false],
    ["apkkk", "apk", false],
    ["", "apk", false],
  ])("%s %s", (given, meant, expected) => {
    expect(isNearMiss(given, meant)).toBe(expected);
    expect(isNearMiss(meant, given)).toBe(expected);
  });
});

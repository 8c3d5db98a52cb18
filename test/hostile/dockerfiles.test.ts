import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { editDockerfile } from "../../packages/core/src/build/edit-dockerfile.ts";
import { editShell } from "../../packages/core/src/build/edit-shell.ts";
import { parseDockerfile } from "../../packages/core/src/dockerfile/dockerfile.ts";
import { loadDockerfileTools } from "../../packages/core/src/dockerfile/dockerfile-tools.ts";
import { matchHistory } from "../../packages/core/src/dockerfile/match-history.ts";
import { dockerfileProblems } from "../../packages/core/src/dockerfile/problems.ts";
import { reconstructFrom } from "../../packages/core/src/dockerfile/reconstruct.ts";
import { ShellBudget } from "../../packages/core/src/dockerfile/shell-budget.ts";
import { parseShell } from "../../packages/core/src/dockerfile/shell-script.ts";
import type { HistoryEntry } from "../../packages/core/src/oci/config.ts";

beforeAll(loadDockerfileTools);

// Far above what any of this takes alone, far below what anything quadratic would take.
const SECONDS = 5;

function within<T>(work: () => T): T {
  const start = performance.now();
  const result = work();
  expect(performance.now() - start).toBeLessThan(SECONDS * 1000);
  return result;
}

const fill = (text: string, length = 32_000) => text.repeat(Math.ceil(length / text.length)).slice(0, length);

function entry(createdBy: string): HistoryEntry {
  return { createdBy, comment: null, author: null, created: null, emptyLayer: false };
}

describe("scripts", () => {
  const NASTY = [
    "(",
    "$(",
    "`",
    "if ",
    "{ ",
    "a && ",
    "<<A ",
    "<<A\n",
    "${",
    '"$(',
    "((",
    "$((",
    "case x in ",
    "a|",
    "! ",
    "?(",
    "{a,",
    "[[ ( ",
    "\\\n",
    "f()",
    "'",
    "{1..",
    "<(",
    "for ((",
    "\\`",
    "`\\`\\\\\\`",
    "a=(",
    "a[",
    "${x/",
    "# x\\\n",
    " ",
    "a;",
    "a\n",
    "a b ",
    "\u0000",
    "cd /x && ",
  ];
  it.each(NASTY)("32 KiB of %j", (text) => {
    const script = within(() => parseShell(fill(text)));
    within(() =>
      editShell(script, [
        { kind: "drop-command", command: 0 },
        { kind: "append", text: "x" },
      ]),
    );
  });

  it("are not read beyond 32 KiB", () => {
    expect(parseShell(fill("a;", 33_000))).toMatchObject({ complete: false, commands: [] });
  });

  it("of any text are read without a throw, with offsets inside of it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.boolean(), (text, isFile) => {
        const { commands } = parseShell(text, { dialect: isFile ? "script" : "dockerfile" });
        for (const { start, end, wordStarts, wordEnds } of commands) {
          expect(start >= 0 && start <= end && end <= text.length).toBe(true);
          expect([...wordStarts, ...wordEnds].every((at) => at >= start && at <= text.length)).toBe(true);
        }
      }),
    );
  });
});

describe("Dockerfiles", () => {
  const NASTY = [
    "RUN a\n",
    "RUN a \\\n",
    "FROM a\n",
    "FROM a AS b\n",
    "ARG A=$A$A\n",
    "ENV A=$A$A\n",
    "ENV A ${A:-",
    "COPY --a ",
    "RUN <<A\n",
    "RUN <<A <<B ",
    "ONBUILD ",
    "WORKDIR a\n",
    "# a=b\n",
    "\\\n",
    'RUN ["a",',
    'COPY ["a",',
    "$",
    "${",
    'LABEL a="',
    "\t",
    "RUN apk add -t a b\n",
    "\u0000",
  ];
  it.each(NASTY)("50 kB of %j", (text) => {
    const dockerfile = within(() => parseDockerfile(`FROM a\n${fill(text, 50_000)}`));
    within(() => dockerfileProblems(dockerfile));
    const history = Array.from({ length: 200 }, () => entry(`/bin/sh -c ${text}`));
    const matches = within(() => matchHistory(dockerfile, { history, env: null }));
    const steps = matches.steps.filter(({ instruction }) => instruction !== null).map(({ step }) => step);
    within(() => editDockerfile(dockerfile, matches, [{ kind: "join-runs", steps }], { builder: "classic" }));
  });

  it("are not read beyond 128 KiB", () => {
    expect(() => parseDockerfile(fill("RUN a\n", 140_000))).toThrow(
      expect.objectContaining({ code: "LIMIT_EXCEEDED" }),
    );
  });

  it("of any text are read, matched and edited without a throw", () => {
    const line = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.constantFrom(
        "FROM a",
        "FROM scratch AS b",
        "RUN c && d",
        "RUN <<E",
        "E",
        "COPY e /f",
        "ENV G=h",
        "WORKDIR i",
        "# escape=`",
        "a \\",
      ),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.array(line, { maxLength: 6 }), (lines, recorded) => {
        const dockerfile = parseDockerfile(lines.join("\n"));
        for (const { start, end } of dockerfile.instructions)
          expect(start <= end && end <= dockerfile.text.length).toBe(true);
        dockerfileProblems(dockerfile);
        const history = recorded.map((text) => entry(text));
        const matches = matchHistory(dockerfile, { history, env: null });
        const steps = [...history.keys()];
        editDockerfile(dockerfile, matches, [{ kind: "join-runs", steps }], { builder: null });
        reconstructFrom(history, { baseEntries: 0, baseName: null, budget: new ShellBudget() });
      }),
    );
  });

  it("are not made of more history than that", () => {
    const history = Array.from({ length: 3000 }, () => entry(`/bin/sh -c ${fill("a", 100)}`));
    const { matches } = within(() =>
      reconstructFrom(history, { baseEntries: 0, baseName: null, budget: new ShellBudget() }),
    );
    expect(matches.confidence).toBe("none");
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { builderOf } from "../../../packages/core/src/build/builder.ts";
import { readDockerfile } from "../../../packages/core/src/dockerfile/dockerfile.ts";
import { matchHistory } from "../../../packages/core/src/dockerfile/match-history.ts";
import { reconstructDockerfile } from "../../../packages/core/src/dockerfile/reconstruct.ts";
import { ShellBudget } from "../../../packages/core/src/dockerfile/shell-budget.ts";
import type { HistoryEntry } from "../../../packages/core/src/oci/config.ts";

const FIXTURES = new URL("../../fixtures/dockerfile-history/", import.meta.url);
const text = (name: string) => readFileSync(new URL(name, FIXTURES), "utf8");

interface Recorded {
  readonly created_by?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

function entry(createdBy: string, comment: string | null = null, author: string | null = null): HistoryEntry {
  return { createdBy, comment, author, created: null, emptyLayer: false };
}

function history(name: string): HistoryEntry[] {
  const rows = JSON.parse(text(name)) as Recorded[];
  return rows.map((row) => ({
    ...entry(row.created_by ?? "", row.comment ?? null),
    emptyLayer: row.empty_layer === true,
  }));
}

async function match(dockerfile: string, entries: readonly HistoryEntry[], buildArgs?: ReadonlyMap<string, string>) {
  return matchHistory(await readDockerfile(dockerfile, { buildArgs }), { history: entries, env: null });
}

const BUILDKIT = "buildkit.dockerfile.v0";

// Counted by hand in the Dockerfile: the lines of the last stage's instructions, in order.
const LINES = [
  7, 8, 9, 10, 12, 13, 15, 16, 18, 23, 24, 25, 26, 27, 28, 29, 30, 31, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45,
];

describe("what real builders record", () => {
  it.each([
    ["classic", "classic", LINES],
    // BuildKit records no ONBUILD.
    ["buildkit", "buildkit", LINES.filter((line) => line !== 43)],
    ["buildah-layers", "classic", LINES],
    ["buildah-single-layer", "classic", LINES],
  ])("%s", async (name, builder, lines) => {
    const entries = history(`${name}.history.json`);
    const matches = await match(text("Dockerfile"), entries);
    expect(matches).toMatchObject({ baseEntries: 2, confidence: "high", reason: null });
    expect(matches.steps.filter(({ part }) => part === "base").map(({ step }) => step)).toEqual([0, 1]);
    expect(matches.steps.slice(2).map(({ line }) => line)).toEqual(lines);
    expect(builderOf(entries)).toBe(builder);
  });

  it("takes mounts for what they are: not recorded", async () => {
    const matches = await match(text("mounts.Dockerfile"), history("mounts.history.json"));
    expect(matches.steps.map(({ line }) => line)).toEqual([null, null, 2, 3, 5, 6, 7]);
    expect(matches.steps.slice(2).every(({ confidence }) => confidence === "high")).toBe(true);
  });
});

describe("matchHistory", () => {
  // dockerfile2llb/convert.go dispatchRun: the body of a lone heredoc; a file where it has a shebang; all of it otherwise.
  it("finds heredocs", async () => {
    const dockerfile =
      "FROM a\nRUN <<EOF\nset -e\nb\nEOF\nRUN cat <<X > /y\nz\nX\nRUN <<F\n#!/bin/sh\nq\nF\nCOPY <<G /g\nt\nG\n";
    const matches = await match(dockerfile, [
      entry("ADD rootfs / # buildkit", BUILDKIT),
      entry("RUN /bin/sh -c set -e\nb\n # buildkit", BUILDKIT),
      entry("RUN /bin/sh -c cat <<X > /y\nz\nX # buildkit", BUILDKIT),
      entry("RUN /dev/pipes/F # buildkit", BUILDKIT),
      entry("COPY <<G /g # buildkit", BUILDKIT),
    ]);
    expect(matches.steps.map(({ line, confidence }) => [line, confidence])).toEqual([
      [null, "none"],
      [2, "high"],
      [6, "high"],
      [9, "high"],
      [13, "high"],
    ]);
  });

  it("passes over what kaniko does not record", async () => {
    const dockerfile = "FROM a\nENV X=1\nWORKDIR /w\nRUN b\nLABEL c=d\nCOPY e /f\nCMD g\n";
    const matches = await match(dockerfile, [
      entry("/bin/sh -c #(nop) ADD file:00 in / "),
      entry("RUN b", null, "kaniko"),
      entry("COPY e /f", null, "kaniko"),
    ]);
    expect(matches.steps.map(({ line }) => line)).toEqual([null, 4, 6]);
    expect(matches.missing).toEqual([1, 2, 4, 6]);
  });

  it("follows a stage that starts from another one", async () => {
    const dockerfile = "FROM a AS one\nRUN b\nFROM x AS other\nRUN c\nFROM one\nRUN d\n";
    const matches = await match(
      dockerfile,
      ["base", "b", "d"].map((command) => entry(`/bin/sh -c ${command}`)),
    );
    expect(matches.steps.map(({ line }) => line)).toEqual([null, 2, 6]);
  });

  it("passes over a label that the build was given, and lines that changed since", async () => {
    const labelled = [
      entry("/bin/sh -c b"),
      entry('/bin/sh -c #(nop)  CMD ["c"]'),
      entry("/bin/sh -c #(nop)  LABEL x=y"),
    ];
    expect(await match('FROM a\nRUN b\nCMD ["c"]\n', labelled)).toMatchObject({ confidence: "high", baseEntries: 0 });
    const changed = ["base", "b", "old", "d"].map((command) => entry(`/bin/sh -c ${command}`));
    const matches = await match("FROM a\nRUN b\nRUN new\nRUN d\n", changed);
    expect(matches).toMatchObject({
      confidence: "low",
      baseEntries: null,
      reason:
        "The Dockerfile is not the one that this image was built from: line 3, `RUN new`, is `RUN old` in the image's history.",
    });
    expect(matches.steps.map(({ line }) => line)).toEqual([null, 2, 3, 4]);
    expect(matches.steps.map(({ confidence }) => confidence)).toEqual(["none", "high", "low", "high"]);
  });

  it("says so where the Dockerfile is another one", async () => {
    const entries = ["b", "c"].map((command) => entry(`/bin/sh -c ${command}`));
    expect(await match("FROM a\nRUN x\nRUN y\n", entries)).toMatchObject({ confidence: "none", baseEntries: null });
    expect(await match("FROM scratch\nRUN c\n", entries)).toMatchObject({ confidence: "low", baseEntries: null });
  });

  it("fills in build arguments that it is told, and lets the others be anything", async () => {
    const entries = [entry("/bin/sh -c #(nop) COPY file:00 in /opt/2.0/ ")];
    const dockerfile = "FROM a\nARG V=1\nCOPY x /opt/$V/\n";
    const copy = (matches: { steps: readonly { line: number | null }[] }) => matches.steps[0]?.line;
    expect(copy(await match(dockerfile, entries))).toBe(3);
    expect(copy(await match(dockerfile, entries, new Map([["V", "2.0"]])))).toBe(3);
    expect(copy(await match(dockerfile, entries, new Map([["V", "3"]])))).toBe(null);
  });
});

describe("reconstructDockerfile", () => {
  it("writes what history records, and knows each step", async () => {
    const entries = history("classic.history.json");
    const { dockerfile, matches } = await reconstructDockerfile(entries, {
      baseEntries: 2,
      baseName: "alpine:3.20",
      budget: new ShellBudget(),
    });
    expect(dockerfile.text.split("\n").slice(0, 4)).toEqual([
      "FROM alpine:3.20",
      "MAINTAINER Some One <some@one>",
      "ARG VERSION=***",
      "ARG EMPTY",
    ]);
    expect(dockerfile.text).toContain('\nRUN mkdir -p /data && echo "$GREETING" > /data/g && true\n');
    expect(matches.steps.map(({ instruction }) => instruction)).toEqual([
      null,
      null,
      ...Array.from({ length: entries.length - 2 }, (_, i) => i + 1),
    ]);
  });

  it("writes a recorded heredoc as one", async () => {
    const entries = [entry("RUN /bin/sh -c set -e\nEOF\nb\n # buildkit", BUILDKIT)];
    const { dockerfile, matches } = await reconstructDockerfile(entries, {
      baseEntries: 0,
      baseName: null,
      budget: new ShellBudget(),
    });
    expect(dockerfile.text).toBe("FROM scratch\nRUN <<EOFF\nset -e\nEOF\nb\nEOFF\n");
    expect(matches.steps).toMatchObject([{ instruction: 1, line: 2 }]);
  });
});

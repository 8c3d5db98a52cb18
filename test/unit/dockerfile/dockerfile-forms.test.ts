import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { candidatesOf } from "../../../packages/core/src/dockerfile/candidates.ts";
import { readDockerfile } from "../../../packages/core/src/dockerfile/dockerfile.ts";
import { type HistoryMatches, matchHistory } from "../../../packages/core/src/dockerfile/match-history.ts";
import type { HistoryEntry } from "../../../packages/core/src/oci/config.ts";

// What builders recorded of each of the Dockerfiles: test/fixtures/dockerfile-forms/README.md.
const FIXTURES = new URL("../../fixtures/dockerfile-forms/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, FIXTURES), "utf8");

interface Row {
  readonly created_by?: string;
  readonly comment?: string;
  readonly author?: string;
  readonly empty_layer?: boolean;
}

interface Recorded {
  readonly env: readonly string[];
  readonly history: readonly Row[];
}

const dockerfiles = new Map(
  read("Dockerfiles")
    .split(/^=== /m)
    .slice(1)
    .map((block) => {
      const [name = "", ...lines] = block.split("\n");
      const text = lines.join("\n");
      return [name, name === "crlf" ? text.replaceAll("\n", "\r\n") : text] as const;
    }),
);

const BUILDERS = [
  "buildkit-0.34",
  "docker-20.10",
  "docker-20.10-buildkit",
  "buildah-1.28",
  "buildah-1.28-single",
] as const;

function entries({ history }: Recorded): HistoryEntry[] {
  return history.map(({ created_by, comment, author, empty_layer }) => ({
    createdBy: created_by ?? null,
    comment: comment ?? null,
    author: author ?? null,
    created: null,
    emptyLayer: empty_layer === true,
  }));
}

/** Build arguments stand in a comment of the Dockerfile; one that says "untold" is read without them. */
async function match(name: string, text: string, recorded: Recorded): Promise<HistoryMatches> {
  const given = /^# build-args: (.*?)\r?$/m.exec(text)?.[1]?.split(" ") ?? [];
  const told = name === "arg-untold" ? [] : given.map((pair) => pair.split("=", 2) as [string, string]);
  const target = /^# target: (\S+)/m.exec(text)?.[1];
  const dockerfile = await readDockerfile(text, { buildArgs: new Map(told), target });
  return matchHistory(dockerfile, { history: entries(recorded), env: recorded.env });
}

describe.each(BUILDERS)("%s", (builder) => {
  const all = JSON.parse(read(`${builder}.json`)) as Record<string, Recorded>;

  it.each(Object.keys(all))("knows its own Dockerfile: %s", async (name) => {
    const recorded = all[name] as Recorded;
    const matches = await match(name, dockerfiles.get(name) ?? "", recorded);
    expect(matches.reason).toBe(null);
    expect(matches.confidence).toBe("high");
  });

  it.each(Object.keys(all))("does not take another version for it: %s", async (name) => {
    const recorded = all[name] as Recorded;
    const text = dockerfiles.get(name) ?? "";
    const taken: string[] = [];
    for (const { what, other } of await otherVersions(text)) {
      const { reason } = await match(name, other, recorded);
      if (reason === null && !isUnrecorded(builder, what)) taken.push(what);
    }
    expect(taken).toEqual([]);
  });
});

interface Version {
  /** The changed line. */
  readonly what: string;
  readonly other: string;
}

/** The Dockerfile with one instruction changed in its last word, or left out. */
async function otherVersions(text: string): Promise<Version[]> {
  const target = /^# target: (\S+)/m.exec(text)?.[1];
  const dockerfile = await readDockerfile(text, { target });
  return candidatesOf(dockerfile).flatMap(({ instruction, isTrigger }, i, all): Version[] => {
    if (isTrigger || instruction.verb === "ARG") return [];
    const header = instruction.text.includes("<<") ? text.indexOf("\n", instruction.start) : instruction.end;
    const changed = {
      what: `${instruction.text} …Z`,
      other: `${text.slice(0, header).trimEnd()}Z${text.slice(header)}`,
    };
    // What comes before the first instruction is the base's, and may be anything.
    const isTold = i > 0 && all.filter(({ instruction: other }) => other.text === instruction.text).length === 1;
    const left = {
      what: `without ${instruction.text}`,
      other: text.slice(0, instruction.start) + text.slice(instruction.end),
    };
    return isTold ? [changed, left] : [changed];
  });
}

const UNSET = [/^ENV J=.* L=\$Ab …Z$/, /^ENV T=\$TARGETPLATFORM …Z$/];

/** What a builder records nothing of. */
function isUnrecorded(builder: string, what: string): boolean {
  // A label at the end may be one that the build was given; one variable that is not set is as good as another.
  if (what.startsWith("without LABEL ") || UNSET.some((pattern) => pattern.test(what))) return true;
  // Behind an ONBUILD, which BuildKit does not record, or behind a line of the same words in other quotes, it is as good
  // as the first, and the entry the base's.
  if (["without RUN echo a > /a", "without RUN echo f > /f", "without CMD a b c"].includes(what)) return true;
  return builder.includes("buildkit") && what.includes("ONBUILD ");
}

import { beforeAll, describe, expect, it } from "vitest";
import type { BuildEdit } from "../../../packages/core/src/build/build-edit.ts";
import { editDockerfile } from "../../../packages/core/src/build/edit-dockerfile.ts";
import { parseDockerfile } from "../../../packages/core/src/dockerfile/dockerfile.ts";
import { loadDockerfileTools } from "../../../packages/core/src/dockerfile/dockerfile-tools.ts";
import { matchHistory } from "../../../packages/core/src/dockerfile/match-history.ts";

beforeAll(loadDockerfileTools);

type FinalStage = Extract<BuildEdit, { kind: "add-final-stage" }>;

const STAGE: FinalStage = {
  kind: "add-final-stage",
  name: "build",
  base: "scratch",
  copy: [
    { from: "/app", to: "/app", owner: null },
    { from: "/data", to: "/data", owner: "1000:1000" },
  ],
  lines: ['CMD ["/app"]'],
};
const LINES = ["COPY --from=build /app /app", "COPY --from=build --chown=1000:1000 /data /data", 'CMD ["/app"]'];

function edited(text: string, edits: readonly BuildEdit[] = [STAGE], target?: string): string {
  const dockerfile = parseDockerfile(text, { target });
  const result = editDockerfile(dockerfile, matchHistory(dockerfile, { history: [], env: null }), edits, {
    builder: "classic",
  });
  return result.kind === "edited" ? result.text : `refused: ${result.reason}`;
}

describe("a final stage after all others", () => {
  it("copies from what was the final one", () => {
    expect(edited("# about\nFROM debian:12\nCOPY . /\nCMD /app\n")).toBe(
      `# about\nFROM debian:12 AS build\nCOPY . /\nCMD /app\n\nFROM scratch\n${LINES.join("\n")}\n`,
    );
    expect(edited("FROM a\nCOPY . /")).toBe(`FROM a AS build\nCOPY . /\n\nFROM scratch\n${LINES.join("\n")}\n`);
  });

  it("may start from what the build started from", () => {
    expect(edited("FROM --platform=linux/arm64 alpine:3.20 AS Made\nCOPY . /\n", [{ ...STAGE, base: null }])).toBe(
      `FROM --platform=linux/arm64 alpine:3.20 AS Made\nCOPY . /\n\nFROM --platform=linux/arm64 alpine:3.20\n${LINES.join("\n").replaceAll("=build", "=Made")}\n`,
    );
  });

  it("takes a name that is free", () => {
    expect(edited("FROM a AS build\nRUN x\nFROM b\nCOPY --from=build /x /app\n")).toContain(
      "FROM b AS build2\nCOPY --from=build /x /app\n\nFROM scratch\nCOPY --from=build2 /app /app\n",
    );
  });

  it("is refused where another stage is built, or twice", () => {
    expect(edited("FROM a AS one\nCOPY . /\nFROM b\n", [STAGE], "one")).toContain("refused: The stage that is built");
    expect(edited("FROM a\n", [STAGE, STAGE])).toContain("refused: Two edits");
  });
});

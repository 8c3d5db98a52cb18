import { describe, expect, test } from "vitest";
import { wasteOf } from "../../support/rule-case.ts";
import { dir, file, whiteout } from "../../support/tar-bytes.ts";

const DOCKERFILE = `FROM scratch
COPY . /app
RUN head -c 5000 /dev/urandom > /scratch
RUN rm /scratch
`;
const EDITED = `FROM scratch
COPY . /app
RUN head -c 5000 /dev/urandom > /scratch \\
    && rm /scratch
`;

const STEPS = [
  { by: "RUN head -c 5000 /dev/urandom > /scratch", entries: [file("scratch", 5000)] },
  { by: "RUN rm /scratch", entries: [whiteout("scratch")] },
];

function copied(text: string) {
  return { by: "COPY dir:0123 in /app ", entries: [dir("app"), file("app/recipe", text), file("app/run", "run")] };
}

describe("a Dockerfile that the image has, whatever it is called there", () => {
  test("is stored as edited by the rebuild, and the plan counts it so", async () => {
    const { plan, findings, edited } = await wasteOf({
      layers: [copied(DOCKERFILE), ...STEPS],
      dockerfile: DOCKERFILE,
    });
    expect(edited).toEqual([{ name: "Dockerfile", before: DOCKERFILE, text: EDITED }]);
    const longer = EDITED.length - DOCKERFILE.length;
    expect(longer).toBeGreaterThan(0);
    expect(plan.before.contentBytes - plan.after.contentBytes).toBe(5000 - longer);
    const deleted = findings.find(({ rule }) => rule === "deleted-later");
    expect(deleted?.bytes.content).toBe(5000 - longer);
    expect(deleted?.exact.content).toBe(true);
  });

  test("is told by its content", async () => {
    const { plan } = await wasteOf({ layers: [copied("FROM other\n"), ...STEPS], dockerfile: DOCKERFILE });
    expect(plan.before.contentBytes - plan.after.contentBytes).toBe(5000);
  });
});

describe("a .dockerignore that a plan makes", () => {
  test("names itself: it would be copied along", async () => {
    const { edited } = await wasteOf({
      layers: [
        {
          by: "COPY dir:0123 in /app ",
          entries: [dir("app"), file("app/run", "run"), file("app/.git/objects/pack/a.pack", 9000)],
        },
      ],
      dockerfile: "FROM scratch\nCOPY . /app\n",
    });
    expect(edited.map(({ name, before }) => ({ name, before }))).toEqual([{ name: ".dockerignore", before: null }]);
    expect(edited[0]?.text.split("\n")).toContain(".dockerignore");
  });
});

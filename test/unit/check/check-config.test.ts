import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../packages/core/src/check/parse-config.ts";
import { errorOf } from "../../support/analyze-files.ts";

const parse = (text: string, env: Record<string, string> = {}) => parseConfig(text, { file: "imgweigh.yaml", env });

/** The lines of the error that a configuration ends in, without its title. */
async function problemsOf(text: string, env: Record<string, string> = {}): Promise<readonly string[]> {
  const error = await errorOf(parse(text, env));
  expect(error.code).toBe("CONFIG_INVALID");
  const problems = error.details["problems"] as readonly string[];
  for (const problem of problems) expect(error.message).toContain(problem);
  return problems;
}

const one = (budget: string): string => `version: 1\nimages:\n  - image: app\n    budgets:\n      - ${budget}\n`;

describe("a configuration", () => {
  it("is read with defaults, images and the place of every value", async () => {
    const { images, notes } = await parse(
      `# yaml-language-server: $schema=config.v1.json
version: 1
failOn: warn
defaults:
  platform: linux/amd64
  budgets:
    - { metric: content, max: 120 MB, min: 1000 }
    - { metric: efficiency, min: 0.95 }
  rules: { "apt-*": error }
images:
  - name: api
    image: ghcr.io/acme/api:\${TAG}
    baseline: ./api.json
    failOn: off
    budgets:
      - metric: content
        max: 1 GiB
      - { metric: rootfs, scope: { path: /usr/lib }, maxIncrease: 2.5% and 100 kB }
    rules:
      apt-lists: off
    ignore:
      - { rule: vcs, path: "/srv/**", reason: "served on purpose", until: 2027-01-31 }
  - image: web
`,
      { TAG: "7" },
    );
    expect(notes).toEqual([]);
    const [api, web] = images;
    expect(api).toEqual({
      name: "api",
      image: "ghcr.io/acme/api:7",
      platform: "linux/amd64",
      dockerfile: null,
      baseline: "./api.json",
      failOn: "off",
      budgets: [
        {
          metric: "content",
          scope: null,
          max: null,
          min: { value: 1000, text: "1000" },
          maxIncrease: null,
          origin: { file: "imgweigh.yaml", line: 7, key: "defaults.budgets[0]" },
        },
        {
          metric: "efficiency",
          scope: null,
          max: null,
          min: { value: 0.95, text: "0.95" },
          maxIncrease: null,
          origin: { file: "imgweigh.yaml", line: 8, key: "defaults.budgets[1]" },
        },
        {
          metric: "content",
          scope: null,
          max: { value: 1_073_741_824, text: "1 GiB" },
          min: null,
          maxIncrease: null,
          origin: { file: "imgweigh.yaml", line: 16, key: "images[0].budgets[0]" },
        },
        {
          metric: "rootfs",
          scope: { kind: "path", glob: "/usr/lib" },
          max: null,
          min: null,
          maxIncrease: {
            absolute: 100_000,
            relative: { numerator: 25, denominator: 1000 },
            text: "2.5% and 100 kB",
          },
          origin: { file: "imgweigh.yaml", line: 18, key: "images[0].budgets[1]" },
        },
      ],
      rules: [
        { rule: "apt-*", level: "error", origin: { file: "imgweigh.yaml", line: 9, key: "defaults.rules.apt-*" } },
        {
          rule: "apt-lists",
          level: "off",
          origin: { file: "imgweigh.yaml", line: 20, key: "images[0].rules.apt-lists" },
        },
      ],
      ignores: [
        {
          rule: "vcs",
          path: "/srv/**",
          reason: "served on purpose",
          until: "2027-01-31",
          origin: { file: "imgweigh.yaml", line: 22, key: "images[0].ignore[0]" },
        },
      ],
      origin: { file: "imgweigh.yaml", line: 11, key: "images[0]" },
      origins: {
        platform: { file: "imgweigh.yaml", line: 5, key: "defaults.platform" },
        failOn: { file: "imgweigh.yaml", line: 14, key: "images[0].failOn" },
        name: { file: "imgweigh.yaml", line: 11, key: "images[0].name" },
        image: { file: "imgweigh.yaml", line: 12, key: "images[0].image" },
        baseline: { file: "imgweigh.yaml", line: 13, key: "images[0].baseline" },
      },
    });
    expect(web).toMatchObject({ name: "web", failOn: "warn", platform: "linux/amd64" });
    expect(web?.budgets.map(({ max, min }) => max?.text ?? min?.text)).toEqual(["120 MB", "0.95"]);
  });

  it("may be JSON, tabs and all", async () => {
    const text =
      '{\n\t"version": 1,\n\t"images": [\n\t\t{ "image": "app", "budgets": [{ "metric": "layers", "max": 12 }] }\n\t]\n}\n';
    const { images } = await parse(text);
    expect(images[0]?.budgets[0]).toMatchObject({ max: { value: 12 }, origin: { line: 4 } });
  });

  it("may name a list once and use it again", async () => {
    const { images } = await parse(
      "version: 1\nimages:\n  - image: a\n    budgets: &all\n      - { metric: blob, max: 1 MB }\n  - image: b\n    budgets: *all\n",
    );
    expect(images[1]?.budgets[0]).toMatchObject({ max: { value: 1_000_000 }, origin: { line: 5 } });
  });

  it("tells all of its mistakes at once, each with its line and what was meant", async () => {
    const text = `version: 2
image: app
images:
  - name: api
    image: app:\${TAG}\${TAG:-latest}
    budgets:
      - { metric: contents, max: 1 MB }
      - { metric: content, max: 10M, maxIncrase: 2% }
      - { metric: blob }
      - { metric: efficiency, min: 95, maxIncrease: 1% }
      - { metric: layers, max: 12, scope: { path: /usr } }
      - { metric: rootfs, max: 1, scope: { path: /a, package: b } }
    rules:
      apt-list: error
      apt-lists: fatal
    ignore:
      - { rule: "nothing-*", until: 2026-02-30 }
  - name: api
    image: other
`;
    expect(await problemsOf(text)).toEqual([
      "imgweigh.yaml:1: version has to be 1",
      "imgweigh.yaml:2: image is not known: did you mean images?",
      `imgweigh.yaml:5: images[0].image names \${TAG}, which is not set`,
      `imgweigh.yaml:5: images[0].image has \${TAG:-latest}: only \${VAR}, a variable of the environment, is replaced`,
      "imgweigh.yaml:7: images[0].budgets[0].metric has to be one of content, rootfs, blob, wasted, efficiency, layers, entries: did you mean content?",
      "imgweigh.yaml:8: images[0].budgets[1].maxIncrase is not known: did you mean maxIncrease?",
      "imgweigh.yaml:8: images[0].budgets[1].max has to be bytes, or a number with a unit (kB, MB, GB are powers of 1000, KiB, MiB, GiB of 1024)",
      "imgweigh.yaml:9: images[0].budgets[2] has no limit: give it max, min or maxIncrease",
      "imgweigh.yaml:10: images[0].budgets[3].min has to be a number from 0 to 1, or a percentage",
      "imgweigh.yaml:10: images[0].budgets[3].maxIncrease has to be left out: efficiency is better the higher it is, so use min",
      "imgweigh.yaml:11: images[0].budgets[4].scope.path cannot be counted in layers: only of a layer or an instruction",
      "imgweigh.yaml:12: images[0].budgets[5].scope has to have exactly one of path, package, category, layer, instruction",
      "imgweigh.yaml:14: images[0].rules.apt-list names no rule: did you mean apt-lists?",
      "imgweigh.yaml:15: images[0].rules.apt-lists has to be one of error, warn, off",
      "imgweigh.yaml:17: images[0].ignore[0] has no reason",
      "imgweigh.yaml:17: images[0].ignore[0].until has to be a day, YYYY-MM-DD: the last one on which it holds",
      "imgweigh.yaml:17: images[0].ignore[0].rule names no rule: imgweigh rules lists them",
      "imgweigh.yaml:18: images[1] has the same name as images[0]: give each its own",
    ]);
  });

  it.each([
    ["amx", "max"],
    ["Max_Increase", "maxIncrease"],
    ["scpoe", "scope"],
    ["mtric", "metric"],
  ])("takes %s for %s", async (given, meant) => {
    expect(await problemsOf(one(`{ metric: content, max: 1, ${given}: 1 }`))).toEqual([
      `imgweigh.yaml:5: images[0].budgets[0].${given} is not known: did you mean ${meant}?`,
    ]);
  });

  it("gives each image a name of its own", async () => {
    expect(await problemsOf("version: 1\nimages:\n  - image: a\n  - image: a\n")).toEqual([
      "imgweigh.yaml:4: images[1] has the same name as images[0]: give each its own",
    ]);
  });

  it.each([
    ["0", 0],
    ["4096", 4096],
    ['"4096"', 4096],
    ["0 B", 0],
    ["10 kB", 10_000],
    ["10KiB", 10_240],
    ["1.5 MB", 1_500_000],
    ["2 GiB", 2_147_483_648],
  ])("takes %s as bytes", async (text, value) => {
    expect((await parse(one(`{ metric: content, max: ${text} }`))).images[0]?.budgets[0]?.max?.value).toBe(value);
  });

  it.each(["10K", "10M", "-1", "1.5", "2%", "ten MB", "1 MB and 2%", "true", "[1]", "~", "9007199254740993", "1e400"])(
    "refuses %s as bytes",
    async (text) => {
      expect(await problemsOf(one(`{ metric: content, max: ${text} }`))).toEqual([
        "imgweigh.yaml:5: images[0].budgets[0].max has to be bytes, or a number with a unit (kB, MB, GB are powers of 1000, KiB, MiB, GiB of 1024)",
      ]);
    },
  );

  it.each([
    ["2%", null, 2 / 100],
    ["0.25 %", null, 25 / 10_000],
    ["100 kB and 2%", 100_000, 2 / 100],
    ["0", 0, null],
  ])("takes %s as an increase", async (text, absolute, share) => {
    const increase = (await parse(one(`{ metric: wasted, maxIncrease: ${text} }`))).images[0]?.budgets[0]?.maxIncrease;
    const { numerator, denominator } = increase?.relative ?? { numerator: Number.NaN, denominator: 1 };
    expect(increase?.absolute).toBe(absolute);
    if (share === null) expect(increase?.relative).toBeNull();
    else expect(numerator / denominator).toBe(share);
  });

  it.each(["2% and 3%", "1 kB and 2 kB", "-2%", "2% or 1 kB"])("refuses %s as an increase", async (text) => {
    expect(await problemsOf(one(`{ metric: wasted, maxIncrease: ${text} }`))).toHaveLength(1);
  });
});

describe("a hostile configuration", () => {
  it.each([
    ["no YAML", "images: [", /^imgweigh\.yaml:\d+: /],
    ["several documents", "version: 1\n---\nversion: 1\n", /document/],
    ["an unknown tag", "version: !!js/function 1\nimages: []\n", /tag/],
    ["nothing", "", /the file has to be a mapping/],
    ["a list", "- 1\n", /the file has to be a mapping/],
    ["a key twice", "version: 1\nversion: 1\nimages: [{ image: a }]\n", /:2: version is there twice/],
    ["a key that is a list", "version: 1\nimages: [{ image: a }]\n[1]: 2\n", /key that is not plain text/],
    ["a prototype's name", "version: 1\n__proto__: {}\nimages: [{ image: a }]\n", /:2: __proto__ is not known/],
    ["an alias of nothing", "version: 1\nimages: *none\n", /images|alias/i],
    ["an alias of itself", "version: 1\nimages: &a [*a]\n", /images\[0\] has to be a mapping/],
    ["merge keys", "version: 1\nimages: [{ <<: { image: a } }]\n", /images\[0\]\.<< is not known/],
    ["a long text", `version: 1 # ${"x".repeat(70_000)}`, /more than 65536 characters/],
    ["deep nesting", "[".repeat(60_000), /nested too deeply|Flow sequence/],
    ["a cursor that moves", 'version: 1\n"\\e[2J": 1\nimages: [{ image: a }]\n', /\\u001b\[2J is not known/],
    ["an inherited variable", `version: 1\nimages: [{ image: "\${toString}" }]\n`, /toString.*not set/],
  ])("with %s is refused", async (_what, text, message) => {
    expect((await problemsOf(text)).join("\n")).toMatch(message);
  });

  it("of aliases upon aliases is refused before they are counted out", async () => {
    const budgets = `&b [${"{ metric: blob, max: 1 }, ".repeat(200)}]`;
    const images = "  - { image: a, budgets: *b }\n".repeat(500);
    expect(await problemsOf(`version: 1\ndefaults: { budgets: ${budgets} }\nimages:\n${images}`)).toEqual([
      expect.stringMatching(/more than 20000 values/),
    ]);
  });

  it("cannot add lines to the message", async () => {
    const error = await errorOf(parse('version: 1\n"a\\nimgweigh.yaml:1: all is well": 1\nimages: [{ image: a }]\n'));
    expect(error.message.split("\n")).toHaveLength(1);
  });
});

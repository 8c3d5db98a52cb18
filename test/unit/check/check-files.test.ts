import { describe, expect, it } from "vitest";
import type { CheckFlags } from "../../../packages/core/src/check/check-flags.ts";
import { parseDiveConfig } from "../../../packages/core/src/check/dive-config.ts";
import { evaluate, summarizeCheck } from "../../../packages/core/src/check/evaluate.ts";
import { firstConfig } from "../../../packages/core/src/check/first-config.ts";
import { shellQuote } from "../../../packages/core/src/check/next-command.ts";
import { applyFlags } from "../../../packages/core/src/check/override.ts";
import { parseConfig } from "../../../packages/core/src/check/parse-config.ts";
import { tightenConfig } from "../../../packages/core/src/check/tighten.ts";
import { snapshotImage } from "../../../packages/core/src/index.ts";
import { errorOf } from "../../support/analyze-files.ts";

const FILE = "imgweigh.yaml";
const demo = await snapshotImage("demo:");

async function check(text: string) {
  const { images } = await parseConfig(text, { file: FILE });
  return summarizeCheck(
    images.map((one) => evaluate({ check: one, ...demo, baseline: null, today: "2026-06-15" })),
    [],
  );
}

describe("limits that are tightened", () => {
  // The demo has 12,226,085 content bytes, 6,963,338 of rootfs, 5,262,747 of waste, an efficiency of 0.56954…, 8 layers.
  it("become what was reached, in their own units, and all else stays as it is", async () => {
    const text = `version: 1   # the first
defaults:
  budgets:
    - { metric: rootfs, max: 10 MB }  # shared
images:
  - image: "demo:"
    name: one
    budgets:
      - metric: content
        max: 120 MB          # what the registry bills
        min: 1 kB
      - { metric: wasted, max: '6000 KiB', maxIncrease: 1% }
      - { metric: efficiency, min: 0.5 }
      - { metric: layers, max: 20 }
      - { metric: content, max: 99000000 }
      - { metric: blob, max: 1 MB }
      - { metric: rootfs, scope: { path: /usr }, max: 1 GiB }
`;
    const { text: tight, changes } = await tightenConfig(text, FILE, await check(text));
    expect(tight).toBe(
      text
        .replace("max: 10 MB", "max: 6.97 MB")
        .replace("max: 120 MB", "max: 12.3 MB")
        .replace("'6000 KiB'", "'5140 KiB'")
        .replace("min: 0.5 ", "min: 0.5695 ")
        .replace("max: 20 ", "max: 8 ")
        .replace("max: 99000000", "max: 12226085")
        .replace("max: 1 GiB", "max: 0 GiB"),
    );
    expect(changes.map(({ key }) => key)).toEqual([
      "defaults.budgets[0].max",
      "images[0].budgets[0].max",
      "images[0].budgets[1].max",
      "images[0].budgets[2].min",
      "images[0].budgets[3].max",
      "images[0].budgets[4].max",
      "images[0].budgets[6].max",
    ]);
    const again = await check(tight);
    expect(again.images[0]?.budgets.filter(({ status }) => status === "failed").map(({ id }) => id)).toEqual([
      "blob/max",
    ]);
    expect((await tightenConfig(tight, FILE, again)).changes).toEqual([]);
  });

  it("that several images share stay wide enough for each", async () => {
    const text = `{ "version": 1, "defaults": { "budgets": [{ "metric": "content", "max": "1 GB" }] }, "images": [{ "image": "a" }, { "image": "b" }] }`;
    const result = await check(text);
    const [one, two] = result.images;
    if (one === undefined || two === undefined) throw new Error("two images");
    const larger = { ...two, budgets: two.budgets.map((budget) => ({ ...budget, measured: 20_000_000 })) };
    const { text: tight } = await tightenConfig(text, FILE, { ...result, images: [one, larger] });
    expect(tight).toBe(text.replace("1 GB", "0.02 GB"));
    const broken = { ...two, budgets: two.budgets.map((budget) => ({ ...budget, status: "failed" as const })) };
    expect((await tightenConfig(text, FILE, { ...result, images: [one, broken] })).changes).toEqual([]);
  });
});

describe("a limit that is tightened", () => {
  const tightened = async (max: string, measured: readonly number[]): Promise<string> => {
    const images = measured.map((_, i) => `  - { image: a${i}, budgets: ${i === 0 ? "&all " : "*all"}`);
    const [first, ...others] = images;
    const text = `version: 1\nimages:\n${first}[{ metric: content, max: ${max} }] }\n${others.map((one) => `${one} }\n`).join("")}`;
    const result = await check(text);
    const reached = result.images.map((image, i) => ({
      ...image,
      budgets: image.budgets.map((budget) => ({ ...budget, status: "passed" as const, measured: measured[i] ?? 0 })),
    }));
    return /max: ([^}]*) }/.exec((await tightenConfig(text, FILE, { ...result, images: reached })).text)?.[1] ?? "";
  };

  it.each([
    ["2 MB", 1_100_000, "1.1 MB"],
    ["2 MB", 1_100_001, "1.11 MB"],
    ["99 MB", 12_300_000, "12.3 MB"],
    ["99 MB", 12_300_001, "12.4 MB"],
    ["900 kB", 290_000, "290 kB"],
    ["2 GiB", 1_073_741_824, "1 GiB"],
    ["2 GiB", 1_073_741_825, "1.01 GiB"],
  ])("of %s by %i bytes is %s", async (max, measured, expected) => {
    expect(await tightened(max, [measured])).toBe(expected);
  });

  it("and that an alias repeats holds for every image", async () => {
    expect(await tightened("9 MB", [5_000_000, 2_000_000])).toBe("5 MB");
    expect(await tightened("9 MB", [2_000_000, 5_000_000])).toBe("5 MB");
  });
});

describe("a first configuration", () => {
  it("passes for the image that it was made from, and leaves some room", async () => {
    const text = firstConfig(demo.analysis, { image: "demo:", platform: "linux/amd64", dockerfile: "Dockerfile" });
    const { images } = await parseConfig(text, { file: FILE });
    expect(images).toMatchObject([
      { image: "demo:", platform: "linux/amd64", dockerfile: "Dockerfile", failOn: "error" },
    ]);
    expect(images[0]?.budgets.map(({ metric, max, min }) => [metric, max?.text ?? min?.text])).toEqual([
      ["content", "12.9 MB"],
      ["blob", "7.8 MB"],
      ["wasted", "5.6 MB"],
      ["efficiency", "0.55"],
    ]);
    expect((await check(text)).passed).toBe(true);
  });

  it("without an image names one that the environment tells", async () => {
    const text = firstConfig(null, { image: "$" + "{IMAGE}" });
    expect((await parseConfig(text, { file: FILE, env: { IMAGE: "app:7" } })).images[0]?.image).toBe("app:7");
  });

  it.each(["a: b", 'say "x"', "# no", "- x", "null", "1", "a\nb", "demo:", "{a}", "*x", "docker-archive:./api.tar"])(
    "holds the image %j as it is",
    async (image) => {
      const { images } = await parseConfig(firstConfig(null, { image }), { file: FILE });
      expect(images[0]?.image).toBe(image);
    },
  );
});

describe("dive's rules", () => {
  it("become budgets, with what was made of each", async () => {
    const text = `rules:
  lowestEfficiency: 0.95
  highestWastedBytes: 20MB
  highestUserWastedPercent: "0.20"
  bestLayers: 3
`;
    const { images, notes } = await parseDiveConfig(text, ".dive-ci", "app:1");
    expect(images[0]).toMatchObject({ image: "app:1", failOn: "error" });
    expect(
      images[0]?.budgets.map(({ metric, max, min, origin }) => [metric, max?.value ?? min?.value, origin.line]),
    ).toEqual([
      ["efficiency", 0.95, 2],
      ["wasted", 20_000_000, 3],
      ["efficiency", 0.8, 4],
    ]);
    expect(notes).toEqual([
      expect.stringMatching(/^\.dive-ci:2: lowestEfficiency became efficiency min 0\.95; .*not dive's formula/),
      ".dive-ci:3: highestWastedBytes became wasted max 20MB",
      expect.stringMatching(
        /^\.dive-ci:4: highestUserWastedPercent became efficiency min 0\.8: .*dive leaves the lowest layer out/,
      ),
      ".dive-ci:5: bestLayers is no rule of dive that imgweigh knows, and was passed over",
    ]);
  });

  it("may be those of .dive.yaml, and may be disabled", async () => {
    const text = "log:\n  enabled: true\nrules:\n  lowest-efficiency: disabled\n  highest-wasted-bytes: 5M\n";
    const { images, notes } = await parseDiveConfig(text, ".dive.yaml", "app:1");
    expect(images[0]?.budgets).toMatchObject([{ metric: "wasted", max: { value: 5_000_000, text: "5M" } }]);
    expect(notes).toHaveLength(1);
    expect((await parseDiveConfig("rules: {}\n", ".dive-ci", "a")).notes).toEqual([".dive-ci limits nothing"]);
  });

  it.each([
    [
      "rules:\n  lowestEfficiency: 95\n",
      ".dive-ci:2: rules.lowestEfficiency has to be a number from 0 to 1, or disabled",
    ],
    ["rules:\n  highestWastedBytes: much\n", ".dive-ci:2: rules.highestWastedBytes has to be bytes, or disabled"],
    ["keys: 1\n", ".dive-ci:1: the file has no rules"],
  ])("that are none are refused: %j", async (text, message) => {
    const error = await errorOf(parseDiveConfig(text, ".dive-ci", "a"));
    expect([error.code, error.message]).toEqual(["CONFIG_INVALID", message]);
  });
});

describe("flags", () => {
  const two =
    "version: 1\nimages:\n  - { image: a, name: one, platform: linux/amd64, budgets: [{ metric: content, max: 1, min: 2 }] }\n  - image: b\n";
  const flags = (some: Partial<CheckFlags>): CheckFlags => ({ metric: "content", ...some });

  it("win over the configuration, and say so", async () => {
    const { images } = applyFlags(
      await parseConfig(two, { file: FILE }),
      flags({ max: "5 kB", maxIncrease: ["2%", "100 kB"], platform: "linux/arm64", failOn: "off", baseline: "b.json" }),
    );
    expect(images[0]).toMatchObject({ platform: "linux/arm64", failOn: "off", baseline: "b.json" });
    expect(images[0]?.origins).toMatchObject({ platform: { file: null, key: "--platform" }, name: { line: 3 } });
    expect(
      images[0]?.budgets.map(({ max, min, maxIncrease, origin }) => [
        max?.value,
        min?.value,
        maxIncrease?.text,
        origin.key,
      ]),
    ).toEqual([
      [undefined, 2, undefined, "images[0].budgets[0]"],
      [5000, undefined, undefined, "--max"],
      [undefined, undefined, "2% and 100 kB", "--max-increase"],
    ]);
    expect(images[1]?.budgets).toHaveLength(2);
  });

  it("name one image, whichever of them is meant", async () => {
    const config = await parseConfig(two, { file: FILE });
    const [one] = applyFlags(config, flags({ image: "b", name: "web" })).images;
    expect(one).toMatchObject({ name: "web", image: "b", origins: { name: { file: null, key: "--name" } } });
    expect(applyFlags(null, flags({ image: "app:7", name: "app" })).images).toMatchObject([
      { name: "app", image: "app:7" },
    ]);
    expect(() => applyFlags(config, flags({ name: "web" }))).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringMatching(/^--name is for one image/) }),
    );
  });

  it("do not touch limits of another metric", async () => {
    const { images } = applyFlags(await parseConfig(two, { file: FILE }), flags({ metric: "wasted", max: "5" }));
    expect(images[0]?.budgets.map(({ metric }) => metric)).toEqual(["content", "wasted"]);
  });

  it("limit a part of the image, and replace only limits of that part", async () => {
    const text = `version: 1
images:
  - image: a
    budgets:
      - { metric: rootfs, max: 1 }
      - { metric: rootfs, scope: { path: /usr/lib }, max: 2, min: 3 }
      - { metric: rootfs, scope: { package: /usr/lib }, max: 4 }
      - { metric: rootfs, scope: { path: /usr }, max: 6 }
`;
    const { images } = applyFlags(
      await parseConfig(text, { file: FILE }),
      flags({ metric: "rootfs", scope: "path:/usr/lib", max: "5", maxIncrease: ["1%"] }),
    );
    expect(images[0]?.budgets.map(({ scope, max, min }) => [scope?.kind, max?.value, min?.value])).toEqual([
      [undefined, 1, undefined],
      ["path", undefined, 3],
      ["package", 4, undefined],
      ["path", 6, undefined],
      ["path", 5, undefined],
      ["path", undefined, undefined],
    ]);
    expect(images[0]?.budgets[5]?.maxIncrease?.text).toBe("1%");
  });

  it.each([
    ["path:/usr/lib", "content", { kind: "path", glob: "/usr/lib" }],
    ["instruction:RUN sed s:a:b:", "layers", { kind: "instruction", glob: "RUN sed s:a:b:" }],
    ["layer:sha256:ab*", "entries", { kind: "layer", glob: "sha256:ab*" }],
    [" package : apk/* ", "efficiency", { kind: "package", glob: "apk/*" }],
  ] as const)("take %j as a part of the image", (scope, metric, expected) => {
    const { images } = applyFlags(null, flags({ image: "a", metric, scope, max: "1" }));
    expect(images[0]?.budgets.map((budget) => budget.scope)).toEqual([expected]);
  });

  it("give levels to rules, and win over the configuration's", async () => {
    const text = "version: 1\nimages:\n  - { image: a, rules: { apt-lists: error, vcs: warn } }\n";
    const { images } = applyFlags(
      await parseConfig(text, { file: FILE }),
      flags({ rules: ["apt-*=off", " apt-lists = warn "] }),
    );
    expect(images[0]?.rules.map(({ rule, level, origin }) => [rule, level, origin.key])).toEqual([
      ["apt-lists", "error", "images[0].rules.apt-lists"],
      ["vcs", "warn", "images[0].rules.vcs"],
      ["apt-*", "off", "--rule"],
      ["apt-lists", "warn", "--rule"],
    ]);
  });

  it("ignore findings, beside the configuration's", async () => {
    const text = "version: 1\nimages:\n  - { image: a, ignore: [{ rule: vcs, reason: served }] }\n";
    const { images } = applyFlags(
      await parseConfig(text, { file: FILE }),
      flags({
        ignores: [
          "apt-lists=kept: see a=b, until 2030-01-01",
          "vcs:/srv/docs=served",
          "apt-* until 2027-01-31=next sprint",
          "vcs:/srv/a b:c/** until 2027-01-31 = served",
        ],
      }),
    );
    const origin = { file: null, line: null, key: "--ignore" };
    expect(images[0]?.ignores).toEqual([
      {
        rule: "vcs",
        path: null,
        reason: "served",
        until: null,
        origin: { file: FILE, line: 3, key: "images[0].ignore[0]" },
      },
      { rule: "apt-lists", path: null, reason: "kept: see a=b, until 2030-01-01", until: null, origin },
      { rule: "vcs", path: "/srv/docs", reason: "served", until: null, origin },
      { rule: "apt-*", path: null, reason: "next sprint", until: "2027-01-31", origin },
      { rule: "vcs", path: "/srv/a b:c/**", reason: "served", until: "2027-01-31", origin },
    ]);
  });

  it("are of every image of the configuration", async () => {
    const { images } = applyFlags(
      await parseConfig(two, { file: FILE }),
      flags({ rules: ["vcs=off"], ignores: ["apt-lists=known"] }),
    );
    expect(images.map(({ rules, ignores }) => [rules.length, ignores.length])).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it("choose one of several images, or take the place of the only one", async () => {
    const config = await parseConfig(two, { file: FILE });
    expect(applyFlags(config, flags({ image: "one" })).images.map(({ image }) => image)).toEqual(["a"]);
    expect(applyFlags(config, flags({ image: "b" })).images.map(({ image }) => image)).toEqual(["b"]);
    expect(() => applyFlags(config, flags({ image: "c" }))).toThrow(expect.objectContaining({ hint: "it has one, b" }));
    const only = await parseConfig("version: 1\nimages: [{ image: a, name: api }]\n", { file: FILE });
    expect(applyFlags(only, flags({ image: "c" })).images).toMatchObject([{ name: "api", image: "c" }]);
  });

  it.each([
    [{ max: "10M" }, /^--max wants bytes/],
    [{ metric: "layers", max: "1 kB" }, /^--max wants a whole number/],
    [{ metric: "efficiency", min: "95" }, /^--min wants a number from 0 to 1/],
    [{ metric: "efficiency", maxIncrease: ["1%"] }, /^--max-increase is not for efficiency/],
    [{ maxIncrease: ["1%", "2%"] }, /^--max-increase wants an amount/],
    [{ scope: "pth:/usr", max: "1" }, /^--scope "pth" is not known: did you mean path\?$/],
    [{ scope: "file:/usr", max: "1" }, /^--scope "file" is not known; known are path, package, category, layer, /],
    [{ scope: "/usr", max: "1" }, /^--scope wants KIND:GLOB, such as path:\/usr\/lib, not "\/usr"$/],
    [{ scope: "path:", max: "1" }, /^--scope wants KIND:GLOB/],
    [{ scope: "path:/usr" }, /^--scope says what a limit is about/],
    [{ scope: "path:/usr", metric: "layers", max: "1" }, /^--scope path cannot be counted in layers: only of a layer/],
    [{ scope: "path:/usr", metric: "efficiency", maxIncrease: ["1%"] }, /^--max-increase is not for efficiency/],
    [{ rules: ["vcs=off", "apt-list=off"] }, /^--rule "apt-list" names no rule: did you mean apt-lists\?$/],
    [{ rules: ["nothing-*=off"] }, /^--rule "nothing-\*" names no rule: imgweigh rules lists them$/],
    [{ rules: ["vcs=wrn"] }, /^--rule "vcs=wrn": the level has to be one of error, warn, off: did you mean warn\?$/],
    [{ rules: ["vcs"] }, /^--rule wants RULE=LEVEL, not "vcs"$/],
    [{ ignores: ["apt-list=x"] }, /^--ignore "apt-list" names no rule: did you mean apt-lists\?$/],
    [{ ignores: ["vcs"] }, /^--ignore wants RULE\[:PATH\] \[until DAY\]=REASON, not "vcs"$/],
    [{ ignores: ["vcs= "] }, /^--ignore wants RULE/],
    [{ ignores: ["vcs:=x"] }, /^--ignore wants RULE/],
    [{ ignores: ["vcs until 2027-13-01=x"] }, /^--ignore "vcs until 2027-13-01=x": until has to be a day, YYYY-MM-DD/],
    [{ ignores: ["vcs until =x"] }, /^--ignore "vcs until =x": until has to be a day/],
  ] as const)("that say nothing of the kind are refused: %o", (some, message) => {
    expect(() => applyFlags(null, flags({ image: "a", ...some }))).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringMatching(message) }),
    );
  });
});

describe("words for a shell", () => {
  it.each([
    ["ghcr.io/acme/api:1@sha256:ab", "ghcr.io/acme/api:1@sha256:ab"],
    ["a b", "'a b'"],
    ["it's", String.raw`'it'\''s'`],
    ["$(reboot)", "'$(reboot)'"],
    ["`x`;", "'`x`;'"],
    ["~root", "'~root'"],
    ["", "''"],
  ])("%j", (word, quoted) => {
    expect(shellQuote(word)).toBe(quoted);
  });
});

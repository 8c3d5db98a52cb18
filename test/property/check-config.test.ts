import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AMOUNT_PATTERNS, INCREASE_PATTERNS } from "../../packages/core/src/check/amounts.ts";
import { parseConfig } from "../../packages/core/src/check/parse-config.ts";
import { isImgweighError } from "../../packages/core/src/errors.ts";

const schema = JSON.parse(
  readFileSync(new URL("../../packages/core/schema/config.v1.json", import.meta.url), "utf8"),
) as { $defs: Record<string, { anyOf: { pattern?: string }[] }> };
const validate = new Ajv2020({ strict: true, strictRequired: false, allErrors: true }).compile(schema);

async function isRead(value: unknown): Promise<boolean> {
  return parseConfig(JSON.stringify(value), { file: "imgweigh.json", env: { SET: "x" } }).then(
    () => true,
    (error: unknown) => {
      if (isImgweighError(error) && error.code === "CONFIG_INVALID") return false;
      throw error;
    },
  );
}

const size = fc.constantFrom(
  "0",
  "12",
  "1 kB",
  "1.5MB",
  "1.1234567 MB",
  "10M",
  "1 GiB",
  "1000000000 MB",
  "999 TB",
  "1000 TB",
  "kB",
  "-1",
  "",
  " 1",
  "1 MB ",
  "1.5",
  "0.5 B",
);
const amount = fc.oneof(
  size,
  fc.constantFrom(
    "2%",
    "0.95",
    "95 %",
    "100%",
    "101%",
    "1.5",
    "2.12345%",
    "2% and 100 kB",
    "1 kB and 1%",
    "1% and 1%",
    "3 and 2%",
    "2% and 1.5",
  ),
  fc.constantFrom(0, 1, 0.5, 1.5, -1, 1e3, 1e300, 2 ** 53, 2 ** 53 - 1, 1e-7),
  fc.constantFrom(true, null, [], {}),
);

/** Fields with a value that fits mostly, each there or not. */
const record = (fields: Record<string, fc.Arbitrary<unknown>>) => fc.record(fields, { requiredKeys: [] });
const mostly = (
  right: fc.Arbitrary<unknown>,
  wrong: fc.Arbitrary<unknown> = fc.constantFrom(1, "", "?", null, [], {}),
) => fc.oneof({ weight: 60, arbitrary: right }, { weight: 1, arbitrary: wrong });
const text = mostly(fc.constantFrom("a", "a/b:1", "x".repeat(40)));

const scope = mostly(
  fc.oneof(
    {
      weight: 30,
      arbitrary: fc.constantFrom<unknown>(
        { path: "/usr" },
        { package: "apk/*" },
        { category: "logs" },
        { layer: "0" },
        { instruction: "RUN *" },
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<unknown>({ path: "/a", layer: "1" }, { paths: "/a" }, { layer: 0 }, { path: "" }),
    },
  ),
);
/** Amounts that each metric takes, and increases; now and then any. */
const RIGHT = {
  content: [
    ["0", "1.5MB", "1 GiB", 0, 1000],
    ["2%", "2% and 100 kB", "1 kB", 0],
  ],
  wasted: [["12", 2 ** 53 - 1], ["1 kB and 1%"]],
  layers: [
    ["12", 12],
    ["2", 2, "3 and 2%"],
  ],
  efficiency: [["0.95", "95 %", 0.5, 1], []],
} as const;
const budget = mostly(
  fc.constantFrom(...(Object.keys(RIGHT) as (keyof typeof RIGHT)[])).chain((metric) => {
    const [amounts, increases] = RIGHT[metric];
    const bounds = {
      max: mostly(fc.constantFrom<unknown>(...amounts), amount),
      ...(increases.length === 0 ? {} : { maxIncrease: mostly(fc.constantFrom<unknown>(...increases), amount) }),
    };
    return fc
      .tuple(
        record({
          ...(metric === "layers" ? {} : { scope }),
          min: mostly(fc.constantFrom<unknown>(...amounts), amount),
        }),
        fc.record(bounds),
        fc.integer({ min: 0, max: 60 }),
      )
      .map(([some, all, dice]) => ({
        ...some,
        ...(dice === 0 ? {} : all),
        ...(dice === 1 ? {} : { metric }),
        ...(dice === 2 ? { maxIncrease: 1 } : {}),
        ...(dice === 3 ? { scope: { path: "/a" } } : {}),
        ...(dice === 4 ? { size: 1 } : {}),
      }));
  }),
);
const rules = mostly(
  fc.dictionary(fc.constantFrom("vcs", "apt-*", "*"), mostly(fc.constantFrom("error", "warn", "off"))),
);
const ignore = mostly(
  fc.array(
    mostly(
      record({
        rule: fc.constantFrom<unknown>("vcs", "*"),
        reason: text,
        path: text,
        until: mostly(
          fc.constantFrom("2026-12-31", "2026-02-28", "2028-02-29", "2026-11-30"),
          fc.constantFrom("2026-13-01", "2026-02-30", "2026-04-31", "26-01-01", "tomorrow", 2026),
        ),
      }),
    ),
    { maxLength: 2 },
  ),
);
const lists = { budgets: mostly(fc.array(budget, { maxLength: 3 })), rules, ignore };
const level = mostly(fc.constantFrom("error", "warn", "off"));
const image = record({
  image: text,
  platform: text,
  dockerfile: text,
  baseline: text,
  failOn: level,
  ...lists,
});

/** Each image with its own name: that is more than a schema can ask for. */
const images = fc
  .array(mostly(image), { maxLength: 3 })
  .map((all) =>
    all.map((one, i) =>
      typeof one === "object" && one !== null && !Array.isArray(one) ? { name: `n${i}`, ...one } : one,
    ),
  );
const config = fc.record(
  {
    version: mostly(fc.constant(1)),
    images: mostly(images),
    defaults: mostly(record({ platform: text, ...lists })),
    failOn: level,
    $schema: mostly(fc.constant("config.v1.json")),
  },
  { requiredKeys: ["version", "images"] },
);

/** What the file says: without `undefined`, and -0. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("the schema of a configuration and its reader", () => {
  it("have the same patterns of amounts", () => {
    const patternOf = (name: string) => schema.$defs[name]?.anyOf.find(({ pattern }) => pattern !== undefined)?.pattern;
    expect({
      bytes: patternOf("bytes"),
      count: patternOf("count"),
      ratio: patternOf("ratio"),
    }).toEqual(AMOUNT_PATTERNS);
    expect({ bytes: patternOf("bytesIncrease"), count: patternOf("countIncrease") }).toEqual(INCREASE_PATTERNS);
  });

  it("agree on what is a configuration", async () => {
    let [right, wrong] = [0, 0];
    await fc.assert(
      fc.asyncProperty(config, async (value) => {
        const plain = asJson(value);
        const isValid = validate(plain);
        if (isValid) right++;
        else wrong++;
        expect(await isRead(plain), JSON.stringify(validate.errors)).toBe(isValid);
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(right, wrong)).toBeGreaterThan(50);
  });

  it("agree on each amount of each metric", async () => {
    const metrics = ["content", "layers", "efficiency"];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...metrics),
        fc.constantFrom("max", "min", "maxIncrease"),
        amount,
        async (metric, bound, value) => {
          const whole = { version: 1, images: [{ image: "a", budgets: [{ metric, [bound]: value }] }] };
          expect(await isRead(whole)).toBe(validate(whole));
        },
      ),
      { numRuns: 400 },
    );
  });
});

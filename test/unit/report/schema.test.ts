import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { evaluate, parseSnapshot, slimSnapshot, summarizeCheck } from "../../../packages/core/src/doors/config.ts";
import { limitDiff, limitLists } from "../../../packages/core/src/doors/report.ts";
import {
  analyzeImage,
  analyzePlatforms,
  diff,
  explain,
  inspectImage,
  inspectPlatforms,
  loadImage,
  resolveSource,
  snapshotImage,
  weigh,
} from "../../../packages/core/src/index.ts";
import { findBranches } from "../../../packages/core/src/ledger/branches.ts";
import { listPath } from "../../../packages/core/src/ledger/listing.ts";
import { buildContext } from "../../../packages/core/src/lint/build-context.ts";
import { lintDockerfile } from "../../../packages/core/src/lint/lint-dockerfile.ts";
import { summarizeLint } from "../../../packages/core/src/lint/lint-files.ts";
import { alpineLike } from "../../support/alpine-like.ts";
import { temporaryDirectory } from "../../support/analyze-files.ts";
import { api, checked, incomplete, passing } from "../../support/check-results.ts";
import { buildImage, ociFiles, writeFiles } from "../../support/image-builder.ts";
import { RemoteImage } from "../../support/remote-image.ts";
import { estargzLayer } from "../../support/seekable-layers.ts";
import { file } from "../../support/tar-bytes.ts";

type Schema = Record<string, unknown>;

/** The published schemas allow fields to be added; here an undeclared one is a mistake. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const copy: Schema = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, closed(inner)]));
  if (copy["type"] === "object" && copy["properties"] !== undefined && copy["additionalProperties"] === undefined) {
    copy["additionalProperties"] = false;
  }
  return copy;
}

function schemaOf(name: string): Schema {
  const text = readFileSync(new URL(`../../../packages/core/schema/${name}`, import.meta.url), "utf8");
  return closed(JSON.parse(text)) as Schema;
}

/** @param others schemas that the first one refers to */
function validator(name: string, ...others: string[]) {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
  for (const other of others) ajv.addSchema(schemaOf(other));
  return ajv.compile(schemaOf(name));
}

const analysisSchema = validator("analysis.v1.json");
const analysesSchema = validator("analyses.v1.json", "analysis.v1.json");
const inspectionSchema = validator("inspection.v1.json");
const baselineSchema = validator("baseline.v1.json", "analysis.v1.json");
const diffSchema = validator("diff.v1.json", "analysis.v1.json");
const lintSchema = validator("lint.v1.json");
const checkSchema = validator("check.v1.json", "analysis.v1.json", "diff.v1.json");
const whySchema = validator("why.v1.json");
const listingSchema = validator("listing.v1.json");
const branchesSchema = validator("branches.v1.json");

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

const odd = buildImage({
  history: null,
  layers: [
    { entries: [file(Buffer.from([0x66, 0xff]), "1"), file("../up", "2"), file("a", "x")] },
    { entries: [file("a", "y")] },
  ],
});

describe("the schemas", () => {
  it("describe what a Dockerfile shows", async () => {
    const text = "FROM alpine:3.20\n# imgweigh ignore=apk-index wanted\nRUN apk add curl\nRUN api del curl\nCOPY . .\n";
    const context = buildContext({ directory: ".", ignoreFile: ".dockerignore", hasIgnoreFile: false }, [
      { path: "a.tar", contentBytes: 3 },
    ]);
    const file = await lintDockerfile({ name: "Dockerfile", text, context }, { today: "2026-06-15" });
    const result = summarizeLint([file, await lintDockerfile({ name: "-", text }, { today: "2026-06-15" })]);
    expect(lintSchema(result), JSON.stringify(lintSchema.errors)).toBe(true);
    expect(file.ignored.length + file.findings.length).toBeGreaterThan(2);
  });

  it("describe the analysis of the demo", async () => {
    const analysis = await analyzeImage("demo:");
    expect(analysisSchema(analysis), JSON.stringify(analysisSchema.errors)).toBe(true);
    const limited = limitLists(analysis, 1);
    expect(limited.omitted["wasted"]).toEqual({ count: 16, bytes: analysis.waste.bytes - 2_104_000 });
    expect(analysisSchema(limited), JSON.stringify(analysisSchema.errors)).toBe(true);
  });

  it("describe an image without name, history and blob sizes, with odd names", async () => {
    const analysis = await analyzeImage("-", { stdin: once(odd.asDockerArchive()) });
    expect(analysis.image.reference).toBeNull();
    expect(analysis.warnings.map(({ code }) => code)).toContain("path-traversal");
    expect(
      analysis.largestFiles.some(({ pathBase64 }) => pathBase64 === Buffer.from([0x2f, 0x66, 0xff]).toString("base64")),
    ).toBe(true);
    expect(analysisSchema(analysis), JSON.stringify(analysisSchema.errors)).toBe(true);
  });

  it("describe a root file system", async () => {
    const analysis = await analyzeImage("tar:-", { stdin: once(odd.layers[0]?.tar ?? Buffer.alloc(0)) });
    expect(analysis.source).toEqual({ kind: "tar", verified: "none" });
    expect(analysisSchema(analysis), JSON.stringify(analysisSchema.errors)).toBe(true);
  });

  it("describe an image with packages, a base and a program that cannot start", async () => {
    const analysis = await analyzeImage("-", { stdin: once(alpineLike().asOciArchive()) });
    expect(analysis.packages.map(({ name }) => name)).toContain("libcurl");
    expect(analysis.base.name).toBe("alpine:3.20.3");
    expect(analysis.libc.evidence).toHaveLength(1);
    expect(analysis.unowned.length).toBeGreaterThan(1);
    expect(analysisSchema(analysis), JSON.stringify(analysisSchema.errors)).toBe(true);
    const limited = limitLists(analysis, 1);
    expect(Object.keys(limited.omitted).sort()).toEqual([
      "groups.directory",
      "groups.instruction",
      "groups.package",
      "largestFiles",
      "packages",
      "unowned",
      "wasted",
    ]);
    expect(analysisSchema(limited), JSON.stringify(analysisSchema.errors)).toBe(true);
  });

  it("describe what lies where", async () => {
    const ledger = weigh(await loadImage(resolveSource("demo:")));
    for (const listing of [listPath(ledger, { depth: 9, all: true }), listPath(ledger, { path: "/usr", layer: 7 })])
      expect(listingSchema(listing), JSON.stringify(listingSchema.errors)).toBe(true);
    const branches = { schemaVersion: 1, ...findBranches(ledger) };
    expect(branchesSchema(branches), JSON.stringify(branchesSchema.errors)).toBe(true);
    expect(branchesSchema({ ...branches, rest: 1 })).toBe(false);
  });

  it.each(["/srv/app/server", "/var/cache/apk", "/usr/lib/cc1", "/", "bash", "apk/libcrypto3", ".build-deps", "gcc"])(
    "describe why %s is there",
    async (subject) => {
      const reason = explain(weigh(await loadImage(resolveSource("demo:"))), subject);
      expect(reason.kind).toBe(subject.startsWith("/") ? "path" : "package");
      expect(whySchema(reason), JSON.stringify(whySchema.errors)).toBe(true);
    },
  );

  it("describe an image for several platforms, and what is listed by tables of contents", async () => {
    const layers = [estargzLayer([file("a", "x")]), { entries: [file("b", "y")] }];
    const platforms = ["amd64", "arm64"].map((architecture) =>
      buildImage({ layers, names: ["acme/app:1"], platform: { os: "linux", architecture } }),
    );
    const source = new RemoteImage(writeFiles(ociFiles(platforms), temporaryDirectory()));
    const analyses = await analyzePlatforms(source);
    expect(analyses.analyses.map(({ source: { verified } }) => verified)).toEqual(["toc", "toc"]);
    expect(analysesSchema(analyses), JSON.stringify(analysesSchema.errors)).toBe(true);
    const inspections = await inspectPlatforms(source);
    expect(inspections.images).toHaveLength(2);
    for (const result of [inspections, ...inspections.images, await inspectImage("demo:")])
      expect(inspectionSchema(result), JSON.stringify(inspectionSchema.errors)).toBe(true);
    expect(inspectionSchema(analyses)).toBe(false);
    expect(analysesSchema(inspections)).toBe(false);
  });

  it("describe baselines and what differs from them", async () => {
    const [demo, alpine, strange] = [
      await snapshotImage("demo:"),
      await snapshotImage("-", { stdin: once(alpineLike().asOciArchive()) }),
      await snapshotImage("-", { stdin: once(odd.asDockerArchive()) }),
    ].map(({ snapshot }) => snapshot);
    if (demo === undefined || alpine === undefined || strange === undefined) throw new Error("three were weighed");
    const cut = parseSnapshot(JSON.stringify(limitLists(await analyzeImage("demo:"), 1)));
    const snapshots = [demo, alpine, strange, slimSnapshot(demo), cut];
    for (const one of snapshots) {
      expect(baselineSchema(one), JSON.stringify(baselineSchema.errors)).toBe(true);
      for (const other of snapshots) {
        const result = diff(one, other);
        expect(diffSchema(result), JSON.stringify(diffSchema.errors)).toBe(true);
        expect(diffSchema(limitDiff(result, 1)), JSON.stringify(diffSchema.errors)).toBe(true);
      }
    }
    expect(baselineSchema({ ...demo, kind: "analysis" })).toBe(false);
    expect(diffSchema({ ...diff(demo, alpine), moved: [] })).toBe(false);
  });

  it.each([
    ["with images that fail and pass", checked],
    ["that passes", passing],
    ["that lacks an image", incomplete],
  ])("describe a check %s", (_, result) => {
    expect(checkSchema(result), JSON.stringify(checkSchema.errors)).toBe(true);
    expect(checkSchema({ ...result, size: 1 })).toBe(false);
    expect(checkSchema({ ...result, images: [{ ...api, diff: {} }] })).toBe(false);
    expect(checkSchema({ ...result, images: [{ ...api, budgets: [{ ...api.budgets[0], status: "warned" }] }] })).toBe(
      false,
    );
  });

  it("describe a check of a real image against itself", async () => {
    const { analysis, snapshot } = await snapshotImage("demo:");
    const origin = { file: null, line: null, key: "--max" };
    const limit = { value: 1, text: "1" };
    const budgets = [
      { metric: "content" as const, scope: null, max: limit, min: null, maxIncrease: null, origin },
      { metric: "efficiency" as const, scope: null, max: null, min: limit, maxIncrease: null, origin },
    ];
    const config = { name: "demo", image: "demo:", platform: null, dockerfile: null, baseline: null };
    const rest = { budgets, rules: [], failOn: "error" as const, ignores: [], origin, origins: {} };
    const verdict = evaluate({
      check: { ...config, ...rest },
      analysis,
      snapshot,
      baseline: snapshot,
      today: "2026-01-01",
    });
    const result = summarizeCheck([verdict], []);
    expect(verdict.budgets.map(({ status }) => status)).toEqual(["failed", "failed"]);
    expect(checkSchema(result), JSON.stringify(checkSchema.errors)).toBe(true);
  });

  it("refuse what they do not describe", async () => {
    const analysis = await analyzeImage("demo:");
    expect(analysisSchema({ ...analysis, size: 1 })).toBe(false);
    expect(analysisSchema({ ...analysis, schemaVersion: 2 })).toBe(false);
    expect(analysisSchema({ ...analysis, efficiency: null })).toBe(false);
    const [gcc] = analysis.packages;
    expect(analysisSchema({ ...analysis, packages: [{ ...gcc, requiredBy: null }] })).toBe(false);
    expect(analysisSchema({ ...analysis, packages: [{ ...gcc, ecosystem: "brew" }] })).toBe(false);
    expect(whySchema({ ...gcc, kind: "package", schemaVersion: 1 })).toBe(false);
  });
});

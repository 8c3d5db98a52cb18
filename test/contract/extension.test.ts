import { analyzeImage, checkImages, type ImageSource } from "@imgweigh/core";
import { applyFlags, parseConfig } from "@imgweigh/core/config";
import {
  defineRule,
  PACKAGE_DATABASES,
  type PackageDb,
  pathFromText,
  pathRule,
  RULES,
  textOfPath,
} from "@imgweigh/core/extend";
import { ANALYSIS_FORMATS, formatAnalysis, formatReport } from "@imgweigh/core/report";
import { describe, expect, it } from "vitest";
import { temporaryFile } from "../support/analyze-files.ts";
import { buildImage, dockerArchiveFiles, packFiles } from "../support/image-builder.ts";

/*
 * docs/development.md says how a rule, a package database, a source and a report are added. Here each is added from
 * outside, by the package's names alone, and followed to where its results end.
 */

/** Left by a build tool that imgweigh does not know. */
const leftovers = pathRule({
  id: "acme-leftovers",
  title: "leftovers of acme",
  about: "acme keeps what it made in var/acme. Nothing reads it once the image is built.",
  severity: "warn",
  confidence: "high",
  related: [],
  docsUrl: "https://acme.example/rules/leftovers",
  paths: ["var/acme/**"],
  sentence: "What acme made stays in the image",
  remove: { command: "rm -rf /var/acme", advice: "", assumes: [] },
});

/** It goes by facts rather than by paths, and has no page. */
const layers = defineRule({
  id: "acme-layers",
  title: "many layers",
  about: "The image has more than one layer.",
  severity: "info",
  confidence: "high",
  related: [],
  *find({ ledger }) {
    if (ledger.image.layers.length < 2) return;
    const fix = { kind: "none", text: "Join them.", image: [], build: [], assumes: [] } as const;
    yield { title: "The image has several layers", key: "layers", paths: [], layers: [], fix };
  },
});

/** One file that lists names and paths, a line each: `tool /usr/bin/tool`. */
const acme: PackageDb = {
  id: "acme",
  level: "os",
  captures: [
    { id: "acme/list", version: 1, names: ["etc/acme.list"], prefixes: [], suffixes: [], magic: [], maxBytes: 4096 },
  ],
  binaries: false,
  archives: false,
  isState: (path) => textOfPath(path).path === "/etc/acme.list",
  read({ files }) {
    const lines = files.flatMap(({ content }) => new TextDecoder().decode(content).trim().split("\n"));
    const packages = lines.map((line) => {
      const [name = "", path = ""] = line.split(" ");
      const files = [pathFromText(path)];
      return { ecosystem: "acme", name, version: "1.2", files, roots: [], explicit: null, requires: [] };
    });
    return { packages, troubles: [] };
  },
};

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);
const built = buildImage({
  names: ["acme/app:1"],
  layers: [
    {
      createdBy: "/bin/sh -c acme install",
      compression: "none",
      entries: [
        { name: "etc/acme.list", content: new TextEncoder().encode("tool /usr/bin/tool\n") },
        { name: "usr/bin/tool", content: bytes(5000) },
        { name: "var/acme/log", content: bytes(9000) },
      ],
    },
    {
      createdBy: "/bin/sh -c true",
      compression: "none",
      entries: [{ name: "srv/a", content: bytes(10) }],
    },
  ],
});
const archive = temporaryFile("app.tar", packFiles(dockerArchiveFiles([built])));
const extended = { rules: [...RULES, leftovers, layers], databases: [...PACKAGE_DATABASES, acme] };

describe("rules and a database of one's own", async () => {
  const analysis = await analyzeImage(archive, extended);

  it("reach the analysis: bytes are weighed, edited and planned as for any other rule", () => {
    const [found, several] = ["acme-leftovers", "acme-layers"].map((id) =>
      analysis.findings.find(({ rule }) => rule === id),
    );
    expect(found).toMatchObject({ bytes: { content: 9000 }, docsUrl: "https://acme.example/rules/leftovers" });
    expect(found?.fix.change?.after).toContain("rm -rf /var/acme");
    expect(several).toMatchObject({ docsUrl: null });
    expect(analysis.plan.findings).toContain(found?.id);
    expect(analysis.groups.package.find(({ key }) => key === "acme/tool")?.liveBytes).toBe(5000);
    expect(analysis.groups.package.find(({ key }) => key === "[package-state]")?.liveBytes).toBe(19);
  });

  it("are not known where they are not given", async () => {
    const plain = await analyzeImage(archive);
    expect(plain.findings.map(({ rule }) => rule)).not.toContain("acme-leftovers");
    expect(plain.groups.package.map(({ key }) => key)).not.toContain("acme/tool");
  });

  it("can be named in a configuration and by flags, misspelled ones are told, and a check fails by them", async () => {
    const text = `version: 1\nimages:\n  - image: ${archive}\n    rules: { acme-leftovers: error }\n`;
    const named = { file: "imgweigh.yaml", rules: extended.rules };
    const config = applyFlags(
      await parseConfig(text, named),
      { metric: "content", ignores: ["acme-layers=so be it"] },
      extended.rules,
    );
    const { result, failures } = await checkImages(config, extended);
    expect(failures).toEqual([]);
    expect(result.passed).toBe(false);
    const [image] = result.images;
    expect(image?.findings.filter(({ fails }) => fails).map(({ finding }) => finding.rule)).toEqual(["acme-leftovers"]);
    expect(image?.ignored.map(({ finding }) => finding.rule)).toEqual(["acme-layers"]);
    await expect(parseConfig(text, { file: "imgweigh.yaml" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(parseConfig(text.replace("leftovers", "leftover"), named)).rejects.toThrow(
      "did you mean acme-leftovers?",
    );
  });

  it("reach every report: SARIF says what they are about, with a page or without", () => {
    for (const format of ANALYSIS_FORMATS)
      expect(formatAnalysis(analysis, format, extended), format).toContain("acme-leftovers");
    const { runs } = JSON.parse(formatAnalysis(analysis, "sarif", extended)) as {
      runs: { tool: { driver: { rules: { id: string; helpUri?: string; fullDescription: { text: string } }[] } } }[];
    };
    const described = new Map(runs[0]?.tool.driver.rules.map((rule) => [rule.id, rule]));
    expect(described.get("imgweigh/acme-leftovers")).toMatchObject({
      helpUri: leftovers.docsUrl,
      fullDescription: { text: leftovers.about },
    });
    expect(described.get("imgweigh/acme-layers")).toMatchObject({ fullDescription: { text: layers.about } });
    expect(described.get("imgweigh/acme-layers")?.helpUri).toBeUndefined();
  });

  it("reach the comment, where a rule without a page is no link", async () => {
    const config = applyFlags(null, { image: archive, metric: "content", max: "1 GB" }, extended.rules);
    const { result } = await checkImages(config, extended);
    const text = formatReport(result, "markdown", extended);
    expect(text).toContain("[`acme-leftovers`](https://acme.example/rules/leftovers)");
    expect(text).toMatch(/\| `acme-layers` \|/);
  });
});

it("refuses a rule whose id could not be named", () => {
  for (const id of ["", "Acme", "acme logs", "acme/logs", "-acme", "acme-*"])
    expect(() => defineRule({ ...layers, id }), id).toThrow(TypeError);
});

/** An image at hand in memory. */
const memory: ImageSource = {
  async open() {
    const declared = built.layers.map(({ tar, diffId }, i) => ({
      key: `layer ${i}`,
      digest: null,
      size: tar.length,
      mediaType: null,
      diffId: diffId as `sha256:${string}`,
      annotations: new Map<string, string>(),
    }));
    const run = { entrypoint: null, cmd: ["/usr/bin/tool"], healthcheck: null, healthcheckFlags: [], shell: null };
    const rest = { env: [], user: null, workingDir: null, exposedPorts: [], volumes: [], stopSignal: null };
    return {
      shape: "random-access",
      local: false,
      description: {
        kind: "registry",
        reference: "acme/memory:1",
        manifestDigest: null,
        configDigest: null,
        platform: null,
        config: {
          platform: null,
          diffIds: declared.map(({ diffId }) => diffId),
          history: [],
          labels: new Map(),
          run: { ...run, ...rest },
        },
        annotations: new Map(),
        layers: declared,
        warnings: [],
      },
      blobBytes: ({ size }) => size ?? 0,
      async *blob({ key }) {
        const layer = built.layers[Number(key.split(" ")[1])];
        if (layer !== undefined) yield layer.tar;
      },
      async close() {},
    };
  },
};

it("weighs an image out of a source of one's own as it does out of an archive", async () => {
  const [own, saved] = [await analyzeImage(memory), await analyzeImage(archive)];
  expect(own.image.reference).toBe("acme/memory:1");
  expect(own.sizes.contentBytes).toBe(saved.sizes.contentBytes);
  expect(own.layers.map(({ diffId }) => diffId)).toEqual(saved.layers.map(({ diffId }) => diffId));
});

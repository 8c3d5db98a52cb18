import { describe, expect, it } from "vitest";
import { parseSnapshot, slimSnapshot } from "../../../packages/core/src/doors/config.ts";
import { formatBaseline, formatJson, limitLists } from "../../../packages/core/src/doors/report.ts";
import { type Analysis, analyzeImage, diff, type Snapshot, snapshotImage } from "../../../packages/core/src/index.ts";

const { snapshot, analysis } = await snapshotImage("demo:");

function codeOf(text: string | Uint8Array, options: Parameters<typeof parseSnapshot>[1] = {}): string {
  try {
    parseSnapshot(text, options);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
  return "read";
}

function edited(change: (copy: Record<string, unknown> & Snapshot) => unknown): string {
  const copy = JSON.parse(formatBaseline(snapshot));
  change(copy);
  return JSON.stringify(copy);
}

/** Read-only data, opened for a test to break. */
function open<T>(value: T): Record<string, unknown> {
  return value as Record<string, unknown>;
}

describe("a baseline file", () => {
  it("has one row a line", () => {
    const lines = formatBaseline(snapshot).split("\n");
    expect(lines.filter((line) => line.includes('"path":'))).toHaveLength(snapshot.files.length);
    expect(lines.filter((line) => line.includes('"key":"apk/'))).toHaveLength(
      snapshot.groups.package.filter(({ key }) => key.startsWith("apk/")).length,
    );
    expect(parseSnapshot(formatBaseline(snapshot))).toEqual(snapshot);
    expect(parseSnapshot(Buffer.from(`\ufeff${formatBaseline(snapshot)}`))).toEqual(snapshot);
  });

  it("has every row of a long list, with a comma before the next", () => {
    const [row] = snapshot.files;
    const files = Array.from({ length: 1000 }, (_, i) => ({ ...row, path: `srv/${i}` }));
    const text = formatBaseline({ ...snapshot, files } as Snapshot);
    const rows = files.map((file) => `    ${JSON.stringify(file)}`).join(",\n");
    expect(text).toContain(`\n  "files": [\n${rows}\n  ]`);
    expect(JSON.parse(text)).toEqual({ ...snapshot, files });
  });

  it("is small: paths and directories of at least a thousandth", () => {
    const slim = slimSnapshot(snapshot);
    const least = Math.ceil(snapshot.sizes.contentBytes / 1000);
    expect(slim.filesFrom).toBe(least);
    expect(slim.files.map(({ path }) => path)).toEqual(
      snapshot.files
        .filter(({ contentBytes }) => contentBytes * 1000 >= snapshot.sizes.contentBytes)
        .map(({ path }) => path),
    );
    expect(slim.files.length).toBeLessThan(snapshot.files.length);
    expect(slim.groups.package).toEqual(snapshot.groups.package);
    expect(slimSnapshot(slim)).toEqual(slim);
  });

  it.each<[string, string]>([
    ["", "CONFIG_INVALID: the baseline is not valid JSON"],
    ["[]", "CONFIG_INVALID: the baseline is neither a baseline nor a saved analysis"],
    ['{"schemaVersion":1}', "CONFIG_INVALID: the baseline is neither a baseline nor a saved analysis"],
    ['{"schemaVersion":1,"kind":"baseline"}', "CONFIG_INVALID: the baseline: image is not an object"],
    ['{"schemaVersion":"1","kind":"baseline"}', 'SCHEMA_UNSUPPORTED: the baseline has schema version "1"'],
    ['{"kind":"baseline"}', "SCHEMA_UNSUPPORTED: the baseline has schema version (none)"],
    [
      edited((copy) => {
        open(copy.layers[1])["entries"] = -1;
      }),
      "CONFIG_INVALID: the baseline: layers[1].entries is not a whole number of at least 0",
    ],
    [
      edited((copy) => {
        open(copy.files[3])["hash"] = 7;
      }),
      "CONFIG_INVALID: the baseline: files[3].hash is not 64 hexadecimal digits",
    ],
    [
      edited((copy) => {
        open(copy.groups.package[0])["contentBytes"] = 1e300;
      }),
      "CONFIG_INVALID: the baseline: groups.package[0].contentBytes is not a whole number",
    ],
    [
      edited((copy) => {
        open(copy)["efficiency"] = null;
      }),
      "CONFIG_INVALID: the baseline: efficiency is not a number from 0 to 1",
    ],
    [
      edited((copy) => {
        open(copy.groups)["package"] = copy.groups.package.slice(0, -1);
      }),
      "CONFIG_INVALID: the baseline: groups.package is not what the image is made of",
    ],
    [
      edited((copy) => {
        open(copy)["files"] = [...copy.files, copy.files[0]];
      }),
      `CONFIG_INVALID: the baseline: files[${snapshot.files.length}] is not a row of its own`,
    ],
    [
      edited((copy) => {
        open(copy)["packages"] = [...copy.packages, copy.packages[0]];
      }),
      `CONFIG_INVALID: the baseline: packages[${snapshot.packages.length}] is not a row of its own`,
    ],
  ])("is refused where it is broken: %#", (text, message) => {
    expect(codeOf(text)).toContain(message);
  });

  it("is refused where it is too long, and named as it was given", () => {
    const text = formatBaseline(snapshot);
    expect(codeOf(text, { limits: { maxBaselineBytes: text.length }, name: "b.json" })).toBe("read");
    expect(codeOf(text, { limits: { maxBaselineBytes: text.length - 1 }, name: "b.json" })).toContain(
      "LIMIT_EXCEEDED: b.json",
    );
  });

  it("takes names that are keys of every object", () => {
    const name = "__proto__";
    const text = edited((copy) => {
      open(copy)["omitted"] = JSON.parse(`{"${name}":{"count":1,"bytes":null}}`);
      open(copy.packages[0])["name"] = name;
    });
    const read = parseSnapshot(text);
    expect(read.packages.some((row) => row.name === name)).toBe(true);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    // Of another image: what one image is compared with itself by, it takes from itself.
    const other = { ...snapshot, layers: snapshot.layers.map((layer) => ({ ...layer, diffId: null })) };
    expect(diff(read, other).packages).toHaveLength(2);
  });
});

describe("a saved analysis", () => {
  it("tells as much as it holds", () => {
    const read = parseSnapshot(formatJson(analysis));
    expect(read.sizes).toEqual(snapshot.sizes);
    expect(read.groups).toEqual(snapshot.groups);
    expect(read.packages).toEqual(snapshot.packages);
    expect(read.findings).toEqual(snapshot.findings);
    expect(read.filesFrom).toBe(1);
    const known = snapshot.files.filter(({ contentBytes }) => contentBytes > 0);
    expect(read.files).toEqual(known.map((file) => ({ ...file, hash: null, blobBytes: null })));
  });

  it("cut by --limit knows only the paths of which it has every byte", () => {
    const short: Analysis = { ...limitLists(analysis, 3), wasted: analysis.wasted };
    const { wasted: _, ...omitted } = short.omitted;
    const read = parseSnapshot(formatJson({ ...short, omitted }));
    const least = short.largestFiles[2]?.bytes ?? 0;
    expect(read.files.map(({ path }) => path)).toEqual(short.largestFiles.map(({ path }) => path).sort());
    expect(read.filesFrom).toBeGreaterThan(least);
    for (const file of snapshot.files)
      if (file.contentBytes >= read.filesFrom) expect(read.files.map(({ path }) => path)).toContain(file.path);
    expect(parseSnapshot(formatJson(limitLists(analysis, 3))).files).toEqual([]);
  });

  it("of several platforms is chosen by platform", () => {
    const other = {
      ...analysis,
      image: { ...analysis.image, platform: { os: "linux", architecture: "arm64", variant: null } },
    };
    const text = formatJson({ schemaVersion: 1, analyses: [analysis, other] });
    expect(parseSnapshot(text, { platform: "linux/arm64" }).image.platform?.architecture).toBe("arm64");
    expect(codeOf(text)).toContain("IMAGE_AMBIGUOUS");
    expect(codeOf(text, { platform: "linux/s390x" })).toContain("NOT_COMPARABLE");
    expect(codeOf(formatJson({ schemaVersion: 1, analyses: [analysis] }))).toBe("read");
    expect(codeOf(formatJson({ schemaVersion: 1, analyses: [] }))).toContain("IMAGE_AMBIGUOUS");
  });

  it("is not an inspection, nor why something is there", async () => {
    const { plan: _, ...rest } = await analyzeImage("demo:");
    expect(codeOf(formatJson(rest))).toContain("neither a baseline nor a saved analysis");
  });
});

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Analysis } from "../../packages/core/src/finding/analysis.ts";
import { type AnalyzeOptions, analyzeImage } from "../../packages/core/src/index.ts";
import { errorOf, inChunks, ledgerOf, temporaryDirectory } from "../support/analyze-files.ts";
import { type Files, writeFiles } from "../support/image-builder.ts";

/** Real images beside the checkout, with totals that other programs computed: a union simulation, umoci, GNU tar. */
const ROOT = join(import.meta.dirname, "..", "..", "..", "shared", "corpus");
const present = existsSync(join(ROOT, "truth.json"));

interface TrueLayer {
  readonly index: number;
  readonly diff_id: string;
  readonly compression: string;
  readonly blob_bytes: number;
  readonly tar_bytes: number;
  readonly entries: number;
  readonly regular_bytes: number;
  readonly final_bytes_from_here: number;
  readonly wasted_bytes_from_here: number;
}

interface WasteRow {
  readonly from_layer: number;
  readonly by_layer: number;
  readonly fate: "deleted" | "overwritten";
  readonly bytes: number;
}

interface TrueImage {
  readonly ref: string | null;
  readonly error?: string;
  readonly layer_count: number;
  readonly sum_layer_regular_bytes: number;
  readonly final_regular_bytes: number;
  readonly wasted_bytes: number;
  readonly wasted_deleted_bytes: number;
  readonly wasted_overwritten_bytes: number;
  readonly waste_ledger: readonly WasteRow[];
  readonly layers: readonly TrueLayer[];
}

interface Truth {
  readonly format: string;
  readonly images?: readonly TrueImage[];
}

const TRUTH: Readonly<Record<string, Truth>> = present
  ? JSON.parse(readFileSync(join(ROOT, "truth.json"), "utf8"))
  : {};

/** What the truth lists and is no image, or not all there: the code it has to end in. */
const ERRORS: Readonly<Record<string, string>> = {
  // A Helm chart.
  test_index_media_type: "NOT_AN_IMAGE",
  test_gc_image_unknown_mediatype: "LAYER_MISSING",
  "no_manifest.tar": "NOT_AN_IMAGE",
  "null_manifest.tar": "ARCHIVE_MALFORMED",
  "emptyLayer.tar": "NOT_AN_IMAGE",
};

function errorFor(key: string): string | undefined {
  return ERRORS[key.slice(key.lastIndexOf("/") + 1)];
}

/** The symlinks of these layouts are text files in the corpus. */
function withLinks(directory: string): string {
  const files: Files = new Map();
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(directory, name);
    if (!statSync(path).isFile()) continue;
    const bytes = readFileSync(path);
    const isLink = name.startsWith("blobs") && bytes.length < 100 && bytes.toString().startsWith("../../");
    files.set(name, isLink ? { link: bytes.toString() } : bytes);
  }
  return writeFiles(files, temporaryDirectory());
}

function argumentFor(key: string, format: string): string {
  const path = join(ROOT, key);
  if (key.includes("docker-library__busybox") && format === "oci-layout") return withLinks(path);
  return format === "bare-tar" ? `tar:${path}` : path;
}

/** What the truth says, in our words (see the corpus' README, "Definitions"). */
function expectTruth(analysis: Analysis, image: TrueImage): void {
  const { sizes, waste } = analysis;
  expect(sizes.contentBytes).toBe(image.sum_layer_regular_bytes);
  expect(sizes.rootfsBytes).toBe(image.final_regular_bytes);
  expect(waste.bytes).toBe(image.wasted_bytes);
  expect(waste.deletedBytes + waste.opaqueHiddenBytes).toBe(image.wasted_deleted_bytes);
  expect((waste.overwrittenBytes ?? 0) + (waste.metadataOnlyBytes ?? 0) + waste.duplicateEntryBytes).toBe(
    image.wasted_overwritten_bytes,
  );
  expect(
    analysis.layers.map(({ index, diffId, tarBytes, entries, contentBytes, liveBytes }) => ({
      index,
      diffId,
      tarBytes,
      entries,
      contentBytes,
      liveBytes,
      wasted: contentBytes - liveBytes,
    })),
  ).toEqual(
    image.layers.map((layer) => ({
      index: layer.index,
      diffId: layer.diff_id,
      tarBytes: layer.tar_bytes,
      entries: layer.entries,
      contentBytes: layer.regular_bytes,
      liveBytes: layer.final_bytes_from_here,
      wasted: layer.wasted_bytes_from_here,
    })),
  );
  // What a compressed layer weighs as a blob; nobody pulls a root file system, nor knows what a plain tar would pull as.
  if (analysis.source.kind === "tar") return;
  expect(analysis.layers.map(({ blobBytes }) => blobBytes)).toEqual(
    image.layers.map((layer) => (layer.compression === "none" ? null : layer.blob_bytes)),
  );
}

/** Who shipped what was wasted, and who killed it. */
function expectWasteLedger(analysis: Analysis, image: TrueImage): void {
  const sums = new Map<string, number>();
  for (const { fate, addedIn, removedIn, bytes } of analysis.wasted) {
    const word = fate === "deleted" || fate === "opaque-hidden" ? "deleted" : "overwritten";
    const key = `${addedIn} by ${removedIn}: ${word}`;
    sums.set(key, (sums.get(key) ?? 0) + bytes);
  }
  const truth = new Map<string, number>();
  for (const row of image.waste_ledger) {
    if (row.bytes > 0) truth.set(`${row.from_layer} by ${row.by_layer}: ${row.fate}`, row.bytes);
  }
  expect(Object.fromEntries([...sums].sort())).toEqual(Object.fromEntries([...truth].sort()));
}

const ROWS = Object.entries(TRUTH).flatMap(([key, { format, images }]) =>
  errorFor(key) === undefined
    ? (images ?? []).map((image) => ({ key, format, image, chosen: images?.length === 1 ? null : image.ref }))
    : [],
);

function optionsFor(chosen: string | null): AnalyzeOptions {
  return chosen === null ? {} : { image: chosen };
}

describe.skipIf(!present)("the corpus, where ../shared/corpus is beside the checkout", () => {
  test("is all there", () => {
    expect(Object.keys(TRUTH).length).toBeGreaterThan(60);
    expect(ROWS.length).toBeGreaterThan(60);
  });

  test.each(ROWS)("$key $chosen", async ({ key, format, image, chosen }) => {
    const analysis = await analyzeImage(argumentFor(key, format), optionsFor(chosen));
    expectTruth(analysis, image);
    expectWasteLedger(analysis, image);
  });

  test.each(Object.entries(TRUTH).filter(([key]) => errorFor(key) !== undefined))(
    "%s is refused",
    async (key, truth) => {
      expect((await errorOf(analyzeImage(argumentFor(key, truth.format)))).code).toBe(errorFor(key));
    },
  );

  const FILES = ROWS.filter(({ format }) => format !== "oci-layout" && format !== "dir");
  test.each(FILES)("$key $chosen on stdin, in odd chunks, gzipped as a whole", async ({ key, format, chosen }) => {
    const prefix = format === "bare-tar" ? "tar:" : "";
    const fromFile = await analyzeImage(`${prefix}${join(ROOT, key)}`, optionsFor(chosen));
    const bytes = readFileSync(join(ROOT, key));
    const isPacked = ["1f8b", "28b5"].includes(bytes.subarray(0, 2).toString("hex"));
    const inputs: [Uint8Array, number][] = [[bytes, 9973]];
    if (!isPacked && bytes.length < 2_000_000) inputs.push([gzipSync(bytes, { level: 1 }), 100_000]);
    for (const [input, size] of inputs) {
      const stdin = inChunks(input, size);
      const streamed = await analyzeImage(`${prefix}-`, { ...optionsFor(chosen), stdin });
      expect(streamed).toEqual(fromFile);
    }
  });

  test("one image in four forms is one image", async () => {
    const forms = ["alpine-3.20.docker.tar", "alpine-3.20.oci", "alpine-3.20.oci-zstd", "alpine-3.20.oci.tar"];
    const [first, ...others] = await Promise.all(forms.map((name) => analyzeImage(join(ROOT, "images", name))));
    // Configs differ in dates and tools, so only the ledger is one.
    const essence = (analysis: Analysis) => ({ ...ledgerOf(analysis), configDigest: null });
    for (const other of others) expect(essence(other)).toEqual(essence(first as Analysis));
  });
});

function has(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!present || !has("skopeo"))("images of the corpus, copied into every format by skopeo", () => {
  const COPIED = [
    ["images/directory-whiteout.docker.tar", "docker-archive"],
    ["images/rewrites-and-hardlinks.docker.tar", "docker-archive"],
    ["images/two-images.docker.tar:corpus2/directory-whiteout:latest", "docker-archive"],
    ["fixtures/wagoodman__dive/.data/test-oci-gzip-image.tar", "oci-archive"],
    ["fixtures/wagoodman__dive/.data/test-oci-estargz-image.tar", "oci-archive"],
  ] as const;
  const TARGETS = ["oci", "oci-archive", "dir", "docker-archive"] as const;

  test.each(COPIED)("%s", async (key, transport) => {
    const [file = "", ...reference] = key.split(":");
    const original = await analyzeImage(join(ROOT, file), optionsFor(reference.join(":") || null));
    for (const target of TARGETS) {
      const path = join(temporaryDirectory(), target === "oci" || target === "dir" ? "copy" : "copy.tar");
      const name = target === "dir" ? "" : target === "docker-archive" ? ":copied:1" : ":1";
      execFileSync("skopeo", [
        "--insecure-policy",
        "copy",
        "--quiet",
        "--override-arch=arm64",
        `${transport}:${join(ROOT, key)}`,
        `${target}:${path}${name}`,
      ]);
      const copy = await analyzeImage(path);
      expect({ ...ledgerOf(copy), configDigest: null }).toEqual({ ...ledgerOf(original), configDigest: null });
    }
  });
});

import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Analysis } from "../../packages/core/src/finding/analysis.ts";
import { type AnalyzeOptions, analyzeImage, isImgweighError } from "../../packages/core/src/index.ts";
import {
  analyzeBytes,
  analyzeFiles,
  errorOf,
  ledgerOf,
  TRANSPORTS,
  type Transport,
  temporaryFile,
} from "../support/analyze-files.ts";
import {
  buildImage,
  DOCKER_DIALECTS,
  digestOf,
  dockerArchiveFiles,
  type Files,
  json,
  type LayerSpec,
  ociFiles,
  skopeoDirectoryFiles,
} from "../support/image-builder.ts";
import { file, filler, tarBytes, whiteout } from "../support/tar-bytes.ts";
import { zstdFrames } from "../support/zstd-bytes.ts";

const LAYERS: readonly LayerSpec[] = [
  { entries: [file("a", filler(700)), file("b", filler(900, 2))], createdBy: "COPY a b /", compression: "gzip" },
  { entries: [whiteout("a"), file("b", filler(901, 3))], createdBy: "RUN x", compression: "zstd-frames" },
];
const image = buildImage({ layers: LAYERS, names: ["app:1"] });
const blob = (digest: string): string => `blobs/${digest.replace(":", "/")}`;

/** The same image as every format stores it, with what a registry declares of each blob. */
const FORMATS: [string, () => Files, readonly (Transport | "directory" | "registry")[]][] = [
  ["OCI archive", () => ociFiles([image]), ["file", "stdin", "file.gz"]],
  ["OCI layout", () => ociFiles([image]), ["directory"]],
  ["registry", () => ociFiles([image]), ["registry"]],
  ["containerd archive", () => dockerArchiveFiles([image], "containerd"), ["file", "stdin", "file.zst"]],
  ["skopeo's dir", () => skopeoDirectoryFiles(image), ["directory"]],
];

describe.each(FORMATS)("in an %s", (format, filesOf, transports) => {
  /** The name of a blob in this format. */
  const nameOf = (files: Files, digest: string): string => (files.has(blob(digest)) ? blob(digest) : digest.slice(7));
  const [first, second] = image.layers as [(typeof image.layers)[0], (typeof image.layers)[0]];

  async function codeWith(change: (files: Files) => void): Promise<Set<string>> {
    const files = filesOf();
    change(files);
    const codes = new Set<string>();
    for (const transport of transports) codes.add((await errorOf(analyzeFiles(files, transport))).code);
    return codes;
  }

  test("a config that is not the declared one", async () => {
    const other = buildImage({ layers: LAYERS, config: { author: "somebody else" } });
    const codes = await codeWith((files) => files.set(nameOf(files, image.configDigest), other.config));
    expect(codes).toEqual(new Set(["DIGEST_MISMATCH"]));
  });

  test("a layer that inflates to the same bytes from another blob", async () => {
    const blobs = gzipSync(first.tar, { level: 0 });
    const codes = await codeWith((files) => files.set(nameOf(files, first.digest), blobs));
    expect(codes).toEqual(new Set(["DIGEST_MISMATCH"]));
  });

  test("a layer of the same length with one byte changed", async () => {
    const changed = Buffer.from(second.blob);
    // Beyond the headers, whose checksums would tell first.
    changed[1300] = (changed[1300] as number) ^ 1;
    const codes = await codeWith((files) => files.set(nameOf(files, second.digest), changed));
    expect(codes).toEqual(new Set(["DIGEST_MISMATCH"]));
  });

  test("a layer that is another layer of the image", async () => {
    const codes = await codeWith((files) => files.set(nameOf(files, first.digest), second.blob));
    expect(codes).toEqual(new Set(["DIGEST_MISMATCH"]));
  });

  test("a layer cut short", async () => {
    const codes = await codeWith((files) => files.set(nameOf(files, second.digest), second.blob.subarray(0, -1)));
    // A registry says how long a blob is before it sends it.
    expect(codes).toEqual(new Set([format === "registry" ? "DIGEST_MISMATCH" : "ARCHIVE_TRUNCATED"]));
  });

  test("a layer that is not there", async () => {
    const codes = await codeWith((files) => files.delete(nameOf(files, second.digest)));
    expect(codes).toEqual(new Set(["LAYER_MISSING"]));
  });

  test("a config that is not there", async () => {
    const codes = await codeWith((files) => files.delete(nameOf(files, image.configDigest)));
    expect(codes).toEqual(new Set(["LAYER_MISSING"]));
  });
});

/** Declarations that are wrong from the start: every blob is what its own digest says. */
describe("an image that declares", () => {
  const [first, second] = LAYERS as [LayerSpec, LayerSpec];
  const zero = `sha256:${"0".repeat(64)}`;

  async function codesOf(layers: readonly LayerSpec[], extra = {}, options: AnalyzeOptions = {}): Promise<Set<string>> {
    const wrong = buildImage({ layers, names: ["app:1"], ...extra });
    const codes = new Set<string>();
    for (const transport of ["file", "stdin", "directory", "registry"] as const) {
      codes.add((await errorOf(analyzeFiles(ociFiles([wrong]), transport, options))).code);
    }
    codes.add((await errorOf(analyzeFiles(skopeoDirectoryFiles(wrong), "directory", options))).code);
    return codes;
  }

  test("another diffID for a layer", async () => {
    expect(await codesOf([first, { ...second, diffId: zero }])).toEqual(new Set(["DIGEST_MISMATCH"]));
    const wrong = buildImage({ layers: [first, { ...second, diffId: zero }], names: ["app:1"] });
    for (const dialect of DOCKER_DIALECTS) {
      for (const transport of ["file", "stdin"] as const) {
        const error = await errorOf(analyzeFiles(dockerArchiveFiles([wrong], dialect), transport));
        expect(error.code).toBe("DIGEST_MISMATCH");
        expect(error.message).toContain("layer 1");
        expect(error.details["declared"]).toBe(zero);
      }
    }
  });

  test.each([-1, +1])("a layer %d byte longer than it is", async (more) => {
    const { blob: bytes } = buildImage({ layers: [first] }).layers[0] as { blob: Buffer };
    expect(await codesOf([{ ...first, size: bytes.length + more }])).toEqual(new Set(["DIGEST_MISMATCH"]));
    // Also where bodies are not read: the length of a file costs nothing.
    const wrong = buildImage({ layers: [{ ...first, size: bytes.length + more }] });
    const error = await errorOf(analyzeFiles(ociFiles([wrong]), "file", { verify: false }));
    expect(error.code).toBe("DIGEST_MISMATCH");
  });

  test.each([
    ["fewer diffIDs than layers", [digestOf(tarBytes([]))]],
    ["no diffIDs at all", []],
    ["diffIDs that are not a list", { "0": zero }],
    ["diffIDs that are no digests", ["sha256:abc", "md5:abc"]],
    ["diffIDs in upper case", [zero.replace(/0/g, "A"), zero.replace(/0/g, "A")]],
  ])("%s", async (_, ids) => {
    const extra = { config: { rootfs: { type: "layers", diff_ids: ids } } };
    expect(await codesOf(LAYERS, extra)).toEqual(new Set(["ARCHIVE_MALFORMED"]));
  });

  test("no rootfs", async () => {
    expect(await codesOf(LAYERS, { config: { rootfs: undefined } })).toEqual(new Set(["NOT_AN_IMAGE"]));
  });

  test.each([
    ["a negative size", { size: -1 }],
    ["a size that is no integer", { size: 1.5 }],
    ["a size beyond 2^53", { size: 2 ** 60 }],
    ["a digest that walks out of the layout", { digest: "sha256:../../../../etc/passwd" }],
    ["a digest of an algorithm nobody has", { digest: `blake3:${"0".repeat(64)}` }],
  ])("%s for a layer", async (_, wrong) => {
    expect(await codesOf([{ ...first, ...wrong }])).toEqual(new Set(["ARCHIVE_MALFORMED"]));
  });
});

describe("sha512", () => {
  test("digests are computed where they are declared", async () => {
    const { createHash } = await import("node:crypto");
    const long = (bytes: Uint8Array) => `sha512:${createHash("sha512").update(bytes).digest("hex")}`;
    const [first] = LAYERS as [LayerSpec];
    const { blob: bytes, tar } = buildImage({ layers: [first] }).layers[0] as { blob: Buffer; tar: Buffer };
    const right = buildImage({ layers: [{ ...first, digest: long(bytes) }] });
    for (const transport of ["file", "stdin", "directory", "registry"] as const) {
      expect((await analyzeFiles(ociFiles([right]), transport)).sizes.contentBytes).toBe(1600);
    }
    const wrong = buildImage({ layers: [{ ...first, digest: long(tar) }] });
    expect((await errorOf(analyzeFiles(ociFiles([wrong])))).code).toBe("DIGEST_MISMATCH");
    const diffIds = buildImage({ layers: [{ ...first, diffId: long(tar) }] });
    expect((await analyzeFiles(ociFiles([diffIds]), "file")).sizes.contentBytes).toBe(1600);
  });
});

describe("an archive cut short", () => {
  const ARCHIVES: [string, Buffer][] = [
    ...DOCKER_DIALECTS.map((dialect): [string, Buffer] => [dialect, image.asDockerArchive(dialect)]),
    ["OCI", image.asOciArchive()],
  ];

  /** Every block boundary, the bytes on both sides of it, and some in between. */
  function offsets(length: number, step: number): number[] {
    const all: number[] = [];
    for (let at = 0; at < length; at += step) all.push(...[at - 1, at, at + 1].filter((n) => n >= 0 && n < length));
    return all;
  }

  /** A wrong number is the one thing that must never come out: an error, or all of it. */
  async function neverLess(whole: Analysis, cut: Promise<Analysis>, at: number): Promise<"error" | "equal"> {
    const outcome = await cut.catch((error: unknown) => error);
    if (isImgweighError(outcome)) return "error";
    if (outcome instanceof Error) throw outcome;
    // Names are known only from manifest.json, which may be the part that is missing.
    expect(ledgerOf(outcome as Analysis), `cut after ${at} bytes`).toEqual(ledgerOf(whole));
    return "equal";
  }

  test.each(ARCHIVES)("%s, as a file and on stdin", async (_, bytes) => {
    const whole = await analyzeBytes(bytes);
    const outcomes = { error: 0, equal: 0 };
    for (const at of offsets(bytes.length, 512)) {
      const cut = bytes.subarray(0, at);
      const file = await neverLess(whole, analyzeBytes(cut), at);
      const stdin = await neverLess(whole, analyzeBytes(cut, "stdin"), at);
      outcomes[file]++;
      outcomes[stdin]++;
    }
    expect(outcomes.error).toBeGreaterThan(20);
  });

  test.each(["gz", "zst"] as const)("compressed as a whole: %s", async (compression) => {
    const bytes = image.asDockerArchive("classic");
    const whole = await analyzeBytes(bytes);
    const packed = compression === "gz" ? gzipSync(bytes) : zstdFrames(bytes, 4);
    for (const at of offsets(packed.length, 211)) {
      const path = temporaryFile("image", packed.subarray(0, at));
      expect(await neverLess(whole, analyzeImage(path), at)).toBe("error");
      const stdin = analyzeImage("-", { stdin: [packed.subarray(0, at)] as never });
      expect(await neverLess(whole, stdin, at)).toBe("error");
    }
  });

  test("a root file system, which no digest vouches for", async () => {
    const rootfs = tarBytes([file("etc/a", filler(700)), file("etc/b", "x")]);
    // The second of the two end blocks carries nothing: from there on the tar is whole enough for anyone.
    for (const at of offsets(rootfs.length - 512, 256)) {
      for (const transport of ["file", "stdin"] as const) {
        const error = await errorOf(analyzeBytes(rootfs.subarray(0, at), transport, {}, "tar:"));
        expect(["ARCHIVE_TRUNCATED", "ARCHIVE_MALFORMED"], `cut after ${at}`).toContain(error.code);
      }
    }
  });
});

describe("bytes that are no image", () => {
  test.each([
    ["nothing", Buffer.alloc(0), "NOT_AN_IMAGE"],
    ["text", Buffer.from("hello, world\n".repeat(100)), "NOT_AN_IMAGE"],
    ["JSON", json({ schemaVersion: 2 }), "NOT_AN_IMAGE"],
    ["an empty tar", tarBytes([]), "NOT_AN_IMAGE"],
    ["a tar of something else", tarBytes([file("readme", "hello")]), "NOT_AN_IMAGE"],
    ["a tar whose manifest.json is null", tarBytes([file("manifest.json", "null")]), "ARCHIVE_MALFORMED"],
    ["a tar whose manifest.json is an object", tarBytes([file("manifest.json", "{}")]), "ARCHIVE_MALFORMED"],
    ["a tar whose manifest.json is no JSON", tarBytes([file("manifest.json", "[{]")]), "ARCHIVE_MALFORMED"],
    ["a tar whose manifest.json is empty", tarBytes([file("manifest.json", "")]), "ARCHIVE_MALFORMED"],
    ["a tar whose manifest.json holds null", tarBytes([file("manifest.json", "[null]")]), "ARCHIVE_MALFORMED"],
    ["a tar whose index.json is a list", tarBytes([file("index.json", "[]")]), "ARCHIVE_MALFORMED"],
    ["a tar of before Docker 1.10", tarBytes([file("repositories", "{}"), file("x/layer.tar", "")]), "NOT_AN_IMAGE"],
  ])("%s", async (_, bytes, code) => {
    for (const transport of TRANSPORTS) {
      if (bytes.length === 0 && transport.includes(".")) continue;
      expect((await errorOf(analyzeBytes(bytes, transport))).code, transport).toBe(code);
    }
  });

  test.each([
    ["xz", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4])],
    ["bzip2", Buffer.from("BZh91AY&SY")],
  ])("%s", async (name, magic) => {
    const error = await errorOf(analyzeBytes(Buffer.concat([magic, filler(2000)])));
    expect(error.code).toBe("UNSUPPORTED_COMPRESSION");
    expect(error.hint).toContain(`${name} -dc`);
  });

  test("paths that are not there, or are something else", async () => {
    const path = temporaryFile("image.tar", image.asOciArchive());
    expect((await errorOf(analyzeImage(`${path}.absent.tar`))).code).toBe("FILE_UNREADABLE");
    expect((await errorOf(analyzeImage(`docker-archive:${path}.absent`))).code).toBe("FILE_UNREADABLE");
    expect((await errorOf(analyzeImage(`oci-layout:${path}.absent`))).code).toBe("FILE_UNREADABLE");
    expect((await errorOf(analyzeImage(`oci-layout:${path}`))).code).toBe("NOT_AN_IMAGE");
    expect((await errorOf(analyzeImage(`dir:${path}`))).code).toBe("NOT_AN_IMAGE");
    expect((await errorOf(analyzeImage(`docker-archive:${path}/..`))).code).toBe("FILE_UNREADABLE");
    expect((await errorOf(analyzeFiles(new Map([["x", Buffer.alloc(1)]]), "directory"))).code).toBe("NOT_AN_IMAGE");
  });
});

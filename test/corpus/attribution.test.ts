import { execFileSync } from "node:child_process";
import { createReadStream, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type Analysis, analyzeImage } from "@imgweigh/core";
import type { GroupRow } from "@imgweigh/core/results";
import { describe, expect, test } from "vitest";
import { analyzeBytes, inChunks } from "../support/analyze-files.ts";
import { buildImage } from "../support/image-builder.ts";

/** Who owns the bytes of the corpus's Alpines, against what Python's tarfile and the raw text of apk's database say. */
const ROOT = join(import.meta.dirname, "..", "..", "..", "shared", "corpus");
const present = existsSync(join(ROOT, "truth.json"));

/**
 * The root file system of an archive's only image: layers stacked with their whiteouts, a file's size by path, and apk's
 * database as it lies there. Hard links carry no bytes of their own.
 */
const ORACLE = `
import io, json, os, subprocess, sys, tarfile

def blobs(path):
    if path.startswith("tar:"):
        return [open(path[4:], "rb").read()]
    if os.path.isdir(path):
        read = lambda name: open(os.path.join(path, name), "rb").read()
    else:
        archive = tarfile.open(path)
        read = lambda name: archive.extractfile(name).read()
    blob = lambda descriptor: read("blobs/" + descriptor["digest"].replace(":", "/"))
    try:
        return [read(name) for name in json.loads(read("manifest.json"))[0]["Layers"]]
    except (KeyError, FileNotFoundError):
        manifest = json.loads(blob(json.loads(read("index.json"))["manifests"][0]))
        return [blob(layer) for layer in manifest["layers"]]

def plain(blob):
    return subprocess.run(["zstd", "-dc"], input=blob, stdout=subprocess.PIPE, check=True).stdout if blob[:4] == b"\\x28\\xb5\\x2f\\xfd" else blob

sizes, database = {}, ""
for blob in blobs(sys.argv[1]):
    layer = tarfile.open(fileobj=io.BytesIO(plain(blob)))
    members = [(os.path.normpath(member.name).lstrip("/"), member) for member in layer]
    gone = [os.path.join(os.path.dirname(p), os.path.basename(p)[4:]) for p, _ in members if os.path.basename(p).startswith(".wh.")]
    for path in [p for p in sizes if any(p == g or p.startswith(g + "/") for g in gone)]:
        del sizes[path]
    for path, member in members:
        if not os.path.basename(path).startswith(".wh.") and not member.isdir():
            sizes[path] = member.size if member.isreg() else 0
        if path == "lib/apk/db/installed":
            database = layer.extractfile(member).read().decode()
print(json.dumps({"sizes": sizes, "database": database}))
`;

interface RootFs {
  readonly sizes: Readonly<Record<string, number>>;
  readonly database: string;
}

function rootFsOf(reference: string): RootFs {
  const options = { encoding: "utf8", maxBuffer: 2 ** 28 } as const;
  return JSON.parse(execFileSync("python3", ["-c", ORACLE, reference], options));
}

/** Live bytes of each package: its record lists directories (F:) and the files in them (R:). */
function bytesByPackage({ sizes, database }: RootFs): Map<string, number> {
  const bytes = new Map<string, number>();
  let [name, directory] = ["", ""];
  for (const line of database.split("\n")) {
    const value = line.slice(2);
    if (line.startsWith("P:")) [name, directory] = [`apk/${value}`, ""];
    if (line.startsWith("P:")) bytes.set(name, 0);
    if (line.startsWith("F:")) directory = value;
    const path = directory === "" ? value : `${directory}/${value}`;
    if (line.startsWith("R:")) bytes.set(name, (bytes.get(name) ?? 0) + (sizes[path] ?? 0));
  }
  return bytes;
}

function namesIn(directory: string): string[] {
  return existsSync(join(ROOT, directory)) ? readdirSync(join(ROOT, directory)) : [];
}

/** Of archives with several images, and of images without apk, other tests tell. */
const ALPINES = [
  ...namesIn("rootfs")
    .filter((name) => name.startsWith("alpine-"))
    .map((name) => `tar:${join(ROOT, "rootfs", name)}`),
  ...namesIn("images")
    .filter((name) => !/go-on-scratch|images|whiteout|rewrites/.test(name))
    .map((name) => join(ROOT, "images", name)),
].map((reference) => [reference.slice(reference.lastIndexOf("/") + 1), reference] as const);

/** Nothing was built on these. */
const AS_SHIPPED = /^alpine-/;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function expectSums(rows: readonly GroupRow[], whole: Omit<GroupRow, "key">): void {
  for (const column of ["contentBytes", "liveBytes", "wastedBytes"] as const) {
    expect(sum(rows.map((row) => row[column]))).toBe(whole[column]);
  }
  const blobs = rows.map(({ blobBytes }) => blobBytes);
  if (whole.blobBytes === null) expect(blobs.every((blobBytes) => blobBytes === null)).toBe(true);
  else expect(sum(blobs.map((blobBytes) => blobBytes ?? Number.NaN))).toBe(whole.blobBytes);
}

describe.skipIf(!present)("each Alpine of the corpus", () => {
  test("there are Alpines of several versions", () => {
    expect(ALPINES.length).toBeGreaterThan(10);
  });

  test.each(ALPINES)("%s: packages weigh what their files weigh in the root file system", async (name, reference) => {
    const { packages, groups, sizes, libc, warnings } = await analyzeImage(reference);
    const rootFs = rootFsOf(reference);
    const expected = bytesByPackage(rootFs);
    const live = packages
      .filter(({ installed, ecosystem }) => installed && ecosystem === "apk")
      .map((row) => [`apk/${row.name}`, row.liveBytes] as const);
    expect(Object.fromEntries(live)).toEqual(Object.fromEntries(expected));
    expect(sizes.rootfsBytes).toBe(sum(Object.values(rootFs.sizes)));

    const liveOf = (key: string): number => groups.package.find((row) => row.key === key)?.liveBytes ?? 0;
    const rest = sum(groups.package.filter(({ key }) => !key.startsWith("apk/")).map(({ liveBytes }) => liveBytes));
    expect(rest).toBe(sizes.rootfsBytes - sum([...expected.values()]));
    if (AS_SHIPPED.test(name)) expect(liveOf("[unowned]") / sizes.rootfsBytes).toBeLessThan(0.05);
    expect(libc.kind).toBe("musl");
    // Its bash is Debian's, copied without a C library: it cannot start indeed.
    const broken = /stale-apk-index/.test(name) ? ["/bin/bash", "/usr/bin/clear_console"] : [];
    expect(warnings.map(({ code, path }) => [code, path])).toEqual(broken.map((path) => ["missing-interpreter", path]));
  });

  test.each(ALPINES)("%s: every grouping sums to the image", async (_, reference) => {
    const { groups, sizes, waste, unowned, base } = await analyzeImage(reference);
    const whole = {
      contentBytes: sizes.contentBytes,
      liveBytes: sizes.rootfsBytes,
      wastedBytes: waste.bytes,
      blobBytes: sizes.blobBytes,
    };
    expect(Object.keys(groups)).toEqual(["layer", "instruction", "package", "category", "directory", "base"]);
    for (const rows of Object.values(groups)) expectSums(rows, whole);
    const row = groups.package.find(({ key }) => key === "[unowned]");
    if (row === undefined) throw new Error("nothing is unowned");
    expectSums(unowned, row);
    expect(base.name).toMatch(/^alpine:3\.\d+/);
    expect(base.layers).toBe(1);
  });
});

describe.skipIf(!present)("one Alpine of the corpus", () => {
  const FORMS = ["alpine-3.20.docker.tar", "alpine-3.20.oci.tar", "alpine-3.20.oci", "alpine-3.20.oci-zstd"];

  /** All that attribution says, but blob bytes: those depend on how the image is packed. */
  function told({ groups, packages, unowned, base, libc }: Analysis): string {
    const plain = (rows: readonly GroupRow[]) =>
      rows.map((row) => ({ ...row, blobBytes: null })).filter(({ key }) => key !== "[format overhead]");
    const groupings = Object.entries(groups).map(([name, rows]) => [name, plain(rows)]);
    return JSON.stringify({ groupings, packages, unowned: plain(unowned), base, libc }, null, 1);
  }

  test("is the same from every form, and from stdin", async () => {
    const paths = FORMS.map((name) => join(ROOT, "images", name));
    const [first, ...others] = await Promise.all(paths.map(async (path) => told(await analyzeImage(path))));
    for (const other of others) expect(other).toBe(first);
    for (const path of paths.filter((name) => name.endsWith(".tar"))) {
      expect(told(await analyzeImage("-", { stdin: createReadStream(path) }))).toBe(first);
    }
  });

  test("has the same blob bytes from a file, from stdin, and in small pieces", { timeout: 120_000 }, async () => {
    const path = join(ROOT, "images", "alpine-3.20.oci.tar");
    const { groups, unowned } = await analyzeImage(path);
    expect(groups.package.every(({ blobBytes }) => blobBytes !== null)).toBe(true);
    const bytes = readFileSync(path);
    for (const size of [13, 4096, bytes.length]) {
      const streamed = await analyzeImage("-", { stdin: inChunks(bytes, size) });
      expect({ groups: streamed.groups, unowned: streamed.unowned }).toEqual({ groups, unowned });
    }
  });

  test("has the same blob bytes byte by byte", { timeout: 120_000 }, async () => {
    // A whole Alpine would take half a minute: its package index does, which is as real and crosses two steps of 256 KiB.
    const blob = readFileSync(join(ROOT, "rootfs", "APKINDEX-3.16-main-x86_64.tar.gz"));
    const archive = buildImage({ layers: [{ tar: gunzipSync(blob), blob }] }).asOciArchive();
    const whole = await analyzeBytes(archive);
    expect(sum(whole.groups.directory.map(({ blobBytes }) => blobBytes ?? Number.NaN))).toBe(blob.length);
    const bytewise = await analyzeImage("-", { stdin: inChunks(archive, 1) });
    expect(bytewise.groups).toEqual(whole.groups);
  });
});

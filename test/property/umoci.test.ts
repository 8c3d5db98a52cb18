import { spawnSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { KIND } from "../../packages/core/src/layer/layer-index.ts";
import { weigh } from "../../packages/core/src/ledger/ledger.ts";
import { buildImage } from "../support/image-builder.ts";
import { imageOf } from "../support/layers.ts";
import { has } from "../support/programs.ts";
import { dir, file, hardlink, opaque, symlink, type TarEntry, whiteout } from "../support/tar-bytes.ts";
import { anyImage, entriesOf, type LayerSteps } from "./arbitrary-images.ts";

const work = mkdtempSync(join(tmpdir(), "imgweigh-umoci-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

let count = 0;

/** Files that umoci leaves on disk, `path size`, paths as hex; null with its complaint where it refuses the image. */
function unpack(layers: readonly (readonly TarEntry[])[]): { files: string[] } | { refused: string } {
  const layout = join(work, `layout-${++count}`);
  const bundle = join(work, `bundle-${count}`);
  buildImage({ layers: layers.map((entries) => ({ entries })), names: ["t"] }).writeOciLayout(layout);
  const { status, stderr } = spawnSync("umoci", ["unpack", "--rootless", "--image", `${layout}:t`, bundle]);
  try {
    if (status !== 0) return { refused: stderr.toString() };
    const files: string[] = [];
    const pending = [Buffer.from(join(bundle, "rootfs"))];
    const root = (pending[0] as Buffer).length + 1;
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      for (const name of readdirSync(at, { encoding: "buffer" })) {
        const path = Buffer.concat([at, Buffer.from("/"), name]);
        const stat = lstatSync(path);
        if (stat.isDirectory()) pending.push(path);
        else if (stat.isFile()) files.push(`${path.subarray(root).toString("hex")} ${readFileSync(path).length}`);
      }
    }
    return { files: files.sort() };
  } finally {
    rmSync(layout, { recursive: true, force: true });
    rmSync(bundle, { recursive: true, force: true });
  }
}

/**
 * A marker whose way leads over a link that its own layer stores: engines go by the order in the tar, where a parent
 * stands before what is in it; here markers stand first, and umoci follows the old link. The naive model covers these.
 */
function linksUnderMarkers(layer: LayerSteps): boolean {
  const links = layer.some((step) => step.do === "symlink");
  return links && layer.some((step) => step.do === "opaque" || (step.do === "whiteout" && step.path.includes("/")));
}

/** The same files as we see them. */
async function ours(layers: readonly (readonly TarEntry[])[]): Promise<{ files: string[]; warnings: string[] }> {
  const image = await imageOf(...layers);
  const { squash } = weigh(image);
  const sizes = image.layers.flatMap(({ index }) => [...index.entries.sizes]);
  const { tree } = squash;
  const files: string[] = [];
  const pending = [0];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const child of tree.childrenOf(node)?.values() ?? []) {
      pending.push(child);
      if (tree.kinds[child] !== KIND.regular) continue;
      const path = Buffer.from(tree.pathOf(child), "latin1").toString("hex");
      files.push(`${path} ${sizes[tree.inodes[child] as number]}`);
    }
  }
  return { files: files.sort(), warnings: squash.warnings.map(({ code }) => code) };
}

const LOWER = [dir("d"), file("d/x", "1"), dir("d/e"), file("d/e/y", "22"), file("a", "333")];
const USR_MERGE = [
  dir("usr"),
  dir("usr/bin"),
  dir("usr/lib"),
  symlink("bin", "usr/bin"),
  symlink("lib", "/usr/lib"),
  file("usr/lib/l", "1"),
];

const CASES: [string, TarEntry[][]][] = [
  ["whiteouts of files and directories", [LOWER, [whiteout("a"), whiteout("d/e")]]],
  ["a whiteout behind the file it names", [LOWER, [file("a", "4444"), whiteout("a")]]],
  [
    "an opaque whiteout before and behind entries",
    [LOWER, [dir("d"), file("d/z", "z"), opaque("d"), file("d/w", "w")]],
  ],
  ["an opaque whiteout and the same file again", [LOWER, [dir("d"), file("d/x", "new"), opaque("d")]]],
  [
    "an opaque whiteout over an opaque one",
    [LOWER, [opaque("d"), dir("d/e"), file("d/e/n", "n")], [dir("d"), opaque("d/e")]],
  ],
  [
    "a merged usr",
    [USR_MERGE, [file("bin/sh", "1"), file("lib/x", "22")], [whiteout("usr/lib/x"), whiteout("bin/sh")]],
  ],
  ["a merged usr, opaque through the link", [USR_MERGE, [opaque("lib"), file("lib/n", "n")]]],
  ["a merged usr undone", [USR_MERGE, [dir("lib"), file("lib/own", "1")]]],
  ["a file in place of a directory", [LOWER, [file("d", "now a file")]]],
  ["a directory in place of a file", [LOWER, [dir("a"), file("a/x", "1")]]],
  [
    "a directory in place of a symlink",
    [
      [...LOWER, symlink("l", "d")],
      [dir("l"), file("l/n", "1")],
    ],
  ],
  ["a symlink in place of a directory", [LOWER, [dir("t"), symlink("d", "t"), file("d/n", "1")]]],
  ["a file in place of a symlink", [[...LOWER, symlink("l", "a")], [file("l", "own")]]],
  ["links past the root", [[dir("r"), symlink("r/up", "../../../.."), file("r/up/x", "1")]]],
  ["hard links across layers", [LOWER, [hardlink("h", "a"), hardlink("d/h", "d/x")], [whiteout("a"), whiteout("d/x")]]],
  ["hard links through a merged usr", [USR_MERGE, [hardlink("h", "lib/l")], [whiteout("lib/l")]]],
  ["duplicate entries", [[file("x", "1"), file("x", "22"), symlink("l", "x"), file("l", "333")]]],
];

describe.skipIf(!has("umoci"))("umoci leaves the files on disk that we call live", () => {
  it.each(CASES)("%s", async (_, layers) => {
    const expected = unpack(layers);
    const { files } = await ours(layers);
    expect({ files }).toEqual(expected);
  });

  it("of any image without oddities", async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(anyImage, async (steps) => {
        fc.pre(!steps.some(linksUnderMarkers));
        const layers = (await withoutOddities(steps)).map(entriesOf);
        const unpacked = unpack(layers);
        if ("refused" in unpacked) return;
        compared++;
        expect((await ours(layers)).files).toEqual(unpacked.files);
      }),
      { numRuns: 60 },
    );
    expect(compared).toBeGreaterThan(50);
  });
});

/** The steps that we do not warn of: dangling links and files in the way umoci refuses, or leaves as it happens. */
async function withoutOddities(layers: readonly LayerSteps[]): Promise<LayerSteps[]> {
  const kept: LayerSteps[] = [];
  for (const steps of layers) {
    let layer: LayerSteps = [];
    // umoci applies a marker when it comes to it, so that an entry before it may have gone through a link it removes.
    const isMarker = ({ do: what }: LayerSteps[number]): boolean => what === "opaque" || what === "whiteout";
    for (const step of [...steps.filter(isMarker), ...steps.filter((step) => !isMarker(step))]) {
      const longer = [...layer, step];
      const { warnings } = await ours([...kept, longer].map(entriesOf));
      if (warnings.length === 0) layer = longer;
    }
    kept.push(layer);
  }
  return kept;
}
